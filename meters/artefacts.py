"""An alarm for damaged speech: DNSMOS (Reddy et al., ICASSP 2022) and PLCMOS v2 (Diener et al., Interspeech 2023),
Microsoft's networks in the wheel ``speechmos``, MIT.

They were trained on people in calls. They hear noise, dropouts and packet loss; they do not judge naturalness: formant
synthesis (``overall`` 2.1 to 2.9) and a person (3.1) lie closer than a person with and without noise. Compare a
voice with itself, yesterday or undamaged, and at one level: ten sentences of flite's get an ``overall`` of 3.02 with peaks of 0.9,
3.09 with 0.7, 3.15 with 0.5. PLCMOS averages over listeners drawn at random: here three, always the same.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from dataclasses import astuple, dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from meters.analysis import mono

_RATE = 16_000
_LONGEST_S = 9.5
_LISTENERS = 3

PEAK = 0.9


@dataclass(frozen=True, slots=True)
class Artefacts:
    """Mean opinions, 1 to 5: overall, of the voice, of what is behind it, overall by ITU-T P.808 (another network, trained
    on another panel), and of how well losses are hidden."""

    overall: float
    signal: float
    background: float
    p808: float
    concealment: float


def artefacts(samples: NDArray[np.floating[Any]], rate: int, peak: float = PEAK) -> Artefacts:
    """The first 9.5 s of speech of shape (frames,) or (frames, channels), brought to ``peak``; needs the group ``listen``.

    Takes one to three seconds. ValueError for silence.
    """
    sound = mono(samples, rate, _RATE)[: round(_LONGEST_S * _RATE)]
    highest = float(np.abs(sound).max(initial=0))
    if highest == 0:
        raise ValueError("silence has no artefacts")
    sound = peak * sound / highest
    noise, losses = _networks()
    state = np.random.get_state()
    np.random.seed(0)  # PLCMOS draws from the common generator
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            opinions = noise(sound, _RATE, False)
            concealment = losses(sound)
    finally:
        np.random.set_state(state)
    return Artefacts(
        overall=float(opinions["ovrl_mos"]),
        signal=float(opinions["sig_mos"]),
        background=float(opinions["bak_mos"]),
        p808=float(opinions["p808_mos"]),
        concealment=float(concealment["plcmos"]),
    )


def mean_artefacts(clips: Iterable[tuple[NDArray[np.floating[Any]], int]], peak: float = PEAK) -> Artefacts:
    """The means over several sounds of (samples, rate), each brought to ``peak``. ValueError for none and for silence."""
    each = [astuple(artefacts(samples, rate, peak)) for samples, rate in clips]
    if not each:
        raise ValueError("there is nothing to judge")
    return Artefacts(*(float(mean) for mean in np.mean(each, axis=0)))


@lru_cache(maxsize=1)
def _networks() -> tuple[Any, Any]:
    from pathlib import Path

    from speechmos import dnsmos, plcmos

    folder = Path(dnsmos.__file__).parent / "dnsmos_models"
    noise = dnsmos.DNSMOS(str(folder / "sig_bak_ovr.onnx"), str(folder / "model_v8.onnx"))
    return noise, plcmos.PLCMOS(embed_rounds=_LISTENERS)
