"""The voices that are made, and how."""

from __future__ import annotations

from dataclasses import dataclass

from training.voice.engines import FLITE_RATE, HTS_RATE
from training.voice.fit import Plan
from training.voice.lessons import Teacher
from training.voice.network import Size
from training.voice.targets import FLITE_ALPHA, HTS_ALPHA


@dataclass(frozen=True, slots=True)
class Voice:
    name: str
    teacher: Teacher
    rate: int
    alpha: float
    """Of the mel-cepstrum."""


VOICES = {
    "rowan": Voice("rowan", "flite", FLITE_RATE, FLITE_ALPHA),
    "wren": Voice("wren", "hts", HTS_RATE, HTS_ALPHA),
}
PLAN = Plan(Size(), steps=9_600)
FRAMES = 3_200
"""Of a batch, padding included."""
