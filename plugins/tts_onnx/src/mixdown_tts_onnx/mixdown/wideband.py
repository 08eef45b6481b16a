"""What a voice that knows nothing above half its own rate has there: what goes with it in one that does.

The logarithm of the response between 7 and 16 kHz is a linear function of the mel-cepstrum below and of voicing, which
`training.wideband` fits on the teacher that has 32 kHz (within 4.4 dB, where it varies by 13; the lines in ``wideband.json``).
So a wider response is a mel-cepstrum's response with other curves in the place of its cosines, and costs nothing more.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mixdown_tts_onnx.mixdown.description import Description

RATE = 32_000
FADE_HZ = (6_800.0, 7_500.0)
"""From what the voice knows itself to what is added: recordings of 16 kHz end below 8."""


@dataclass(frozen=True, slots=True)
class Wideband:
    """``weights`` (cepstra + 2, knots) make log responses at ``hertz`` (knots,) of cepstra, voicing and 1."""

    hertz: NDArray[np.float64]
    weights: NDArray[np.float64]

    def curves(self, known: NDArray[np.float64], hertz: NDArray[np.float64]) -> NDArray[np.float64]:
        """What each coefficient, voicing and 1 add to the log response at ``hertz`` (n,): (cepstra + 2, n).

        ``known`` (cepstra, n) are the voice's own; above half its rate they do not matter.
        """
        own = np.concatenate([known, np.zeros((2, len(hertz)))])
        added = np.stack([np.interp(hertz, self.hertz, one) for one in self.weights])
        low, high = FADE_HZ
        share = np.clip((hertz - low) / (high - low), 0, 1)
        made: NDArray[np.float64] = own * (1 - share) + added * share
        return made


def wideband(voice: Description) -> Wideband | None:
    """For voices with the parameters that it was fitted to; others sound at their own rate."""
    fitted = _fitted()
    if (voice.rate, voice.alpha, voice.layout.cepstra) != (
        fitted["rate"],
        fitted["alpha"],
        fitted["mel_cepstra"],
    ):
        return None
    return Wideband(np.array(fitted["hertz"], np.float64), np.array(fitted["weights"], np.float64))


def sound_rate(voice: Description) -> int:
    """Hz, at which it is heard."""
    return RATE if wideband(voice) else voice.rate


@cache
def _fitted() -> dict[str, Any]:
    text = files("mixdown_tts_onnx.mixdown").joinpath("wideband.json").read_text("utf-8")
    found: dict[str, Any] = json.loads(text)
    return found
