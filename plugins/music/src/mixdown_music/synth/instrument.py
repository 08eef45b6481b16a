"""What an instrument is, and the oscillators and envelopes that instruments are made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

RATE = 48_000
"""Frames per second of everything the composer renders."""

Sound = NDArray[np.float32]
"""float32, shape (channels, frames), one or two channels; a loud note peaks near 1."""


@dataclass(frozen=True, slots=True)
class Instrument:
    """``sound(pitch, velocity, frames)`` is a note held for ``frames``, the same for the same arguments.

    ``release`` is the time in seconds in which it falls silent when let go; ``whole`` notes are struck and
    never let go (drums). ``response`` is the exponent from velocity to amplitude.
    """

    name: str
    sound: Callable[[int, float, int], Sound]
    release: float = 0.1
    whole: float = 0.0
    """Seconds that a struck sound lasts whatever the note's length; 0 for one that is held."""
    response: float = 1.4
    layers: int = 4
    """Strengths of touch that differ in timbre."""


def frequency(pitch: float) -> float:
    """Hz of a MIDI pitch, A4 (69) at 440."""
    return float(440.0 * 2.0 ** ((pitch - 69) / 12))


@lru_cache(maxsize=8)
def times(frames: int) -> NDArray[np.float32]:
    """Seconds; shared, so read-only."""
    t = np.arange(frames, dtype=np.float32) / np.float32(RATE)
    t.setflags(write=False)
    return t


def phase(hertz: float, frames: int, start: float = 0.0) -> NDArray[np.float32]:
    """Radians of a steady tone within one turn: counted in float64, so that a long note stays in tune."""
    turns = _count(frames) * (hertz / RATE) + start
    turns -= np.floor(turns)
    return np.asarray(turns * (2 * np.pi), np.float32)


@lru_cache(maxsize=8)
def _count(frames: int) -> NDArray[np.float64]:
    n = np.arange(frames, dtype=np.float64)
    n.setflags(write=False)
    return n


def fall(frames: int, seconds: float) -> NDArray[np.float32]:
    """An exponential decay to 1/e in ``seconds``."""
    return np.asarray(np.exp(times(frames) * np.float32(-1.0 / seconds)), np.float32)


def rise(sound: NDArray[np.floating], seconds: float) -> NDArray[np.float32]:
    """As float32, faded in by a raised cosine over ``seconds``, the last axis being time; maybe in place."""
    sound = np.asarray(sound, np.float32)
    frames = min(int(seconds * RATE), sound.shape[-1])
    if frames:
        ramp = 0.5 - 0.5 * np.cos(np.pi * (np.arange(frames) + 0.5) / frames)
        sound[..., :frames] *= ramp.astype(np.float32)
    return sound


def noise(frames: int, *seed: int) -> NDArray[np.float32]:
    """White noise of unit power, the same for the same seeds."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed))).standard_normal(
        frames, dtype=np.float32
    )
