"""What an instrument is: a tone to play in, a sound out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

RATE = 48_000
"""Frames per second of everything the composer renders."""

Mono = NDArray[np.float32]
"""float32, shape (frames,)."""
Sound = NDArray[np.float32]
"""float32, shape (channels, frames), one or two channels; a loud tone peaks near 1."""


@dataclass(frozen=True, slots=True)
class Tone:
    """What an instrument is asked for: the first ``frames`` of a tone that is not let go.

    ``take`` tells repetitions apart, where an instrument has more than one recording of itself, so to speak.
    """

    pitch: int
    """MIDI pitch; of a kit the General MIDI percussion key."""
    velocity: float
    """0 to 1."""
    frames: int
    take: int = 0

    @property
    def hertz(self) -> float:
        """The pitch's frequency, A4 (69) at 440."""
        return float(440.0 * 2.0 ** ((self.pitch - 69) / 12))

    @property
    def seconds(self) -> float:
        return self.frames / RATE

    def random(self, *salt: int) -> np.random.Generator:
        """Chance that is the same for the same pitch and take, whatever the velocity and length."""
        return np.random.Generator(np.random.PCG64(np.random.SeedSequence([self.pitch, self.take, *salt])))

    def across(self, low: float, high: float, *, of: tuple[int, int] = (36, 96)) -> float:
        """A value that goes from ``low`` at one pitch to ``high`` at another, geometrically."""
        share = float(np.clip((self.pitch - of[0]) / (of[1] - of[0]), 0, 1))
        return float(low * (high / low) ** share)


@dataclass(frozen=True, slots=True)
class Instrument:
    """``sound(tone)`` is the same for the same tone, in any process.

    Attributes:
        release: seconds in which a tone falls silent when it is let go.
        struck: seconds for which a pitch sounds whatever its note's length, for what is struck and never let go;
            a pitch not named is held.
        response: the exponent from velocity to amplitude.
        layers: strengths of touch that differ in timbre.
        takes: how many tones of one pitch and strength there are.
        fitted: a tone is made for its note's own length, whose end it leads to.
    """

    name: str
    sound: Callable[[Tone], Sound]
    release: float = 0.1
    struck: Mapping[int, float] = field(default_factory=dict)
    response: float = 1.4
    layers: int = 4
    takes: int = 1
    fitted: bool = False
