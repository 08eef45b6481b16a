"""The voices that are made, and how."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from training.voice.engines import FLITE_RATE, HTS_RATE
from training.voice.lessons import Teacher
from training.voice.targets import FLITE_ALPHA, HTS_ALPHA

LICENCE = "MIT, made from CMU's and HTS' work under their terms: see the notices"


@dataclass(frozen=True, slots=True)
class Voice:
    name: str
    gender: Literal["female", "male"]
    teacher: Teacher
    learnt_from: str
    rate: int
    alpha: float
    """Of the mel-cepstrum."""
    bands_hz: tuple[int, ...] = ()
    """The edges of the band strengths."""
    licence: str = LICENCE


VOICES = {
    voice.name: voice
    for voice in (
        Voice(
            "rowan",
            "male",
            "flite",
            "flite 2.2, voice cmu_us_rms (Carnegie Mellon University)",
            FLITE_RATE,
            FLITE_ALPHA,
            (0, 750, 1750, 3850, 6200, 8000),
        ),
        Voice(
            "wren",
            "female",
            "hts",
            "HTS voice cmu_us_slt_arctic_hts (Carnegie Mellon University, Nagoya Institute of Technology)",
            HTS_RATE,
            HTS_ALPHA,
        ),
    )
}
