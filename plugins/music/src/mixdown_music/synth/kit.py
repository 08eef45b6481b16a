"""Drum kits. Pitches are General MIDI percussion keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt

from mixdown_music.synth.instrument import RATE, Instrument, Sound, fall, frequency, noise, rise, times

KICK, RIM, SNARE, CLAP, BRUSH = 36, 37, 38, 39, 40
HAT, PEDAL_HAT, OPEN_HAT, CRASH, RIDE, SHAKER = 42, 44, 46, 49, 51, 70

Mono = NDArray[np.float32]
Hit = Callable[[float, int], Mono]
"""Velocity and frames to one channel."""


def _band(x: Mono, low: float, high: float) -> Mono:
    sos = butter(2, (low, high), "bandpass", fs=RATE, output="sos")
    return np.asarray(sosfilt(sos, x), np.float32)


def _drop(frames: int, start: float, end: float, seconds: float) -> Mono:
    """A sine falling from ``start`` to ``end`` Hz."""
    t = np.arange(frames, dtype=np.float64) / RATE
    turns = end * t + (start - end) * seconds * (1 - np.exp(-t / seconds))
    return np.sin(2 * np.pi * turns).astype(np.float32)


def _kick(velocity: float, frames: int, *, low: float, high: float, life: float, click: float) -> Mono:
    body = _drop(frames, high, low, 0.028) * fall(frames, life)
    beater = _band(noise(frames, 36), 900, 4500) * fall(frames, 0.004)
    return rise(np.tanh(1.3 * body + np.float32(click * (0.3 + velocity)) * beater), 0.001)


def _snare(velocity: float, frames: int, *, tone: float, life: float, bright: float) -> Mono:
    shell = 0.55 * _drop(frames, tone * 1.5, tone, 0.012) * fall(frames, 0.07)
    wires = _band(noise(frames, 38, int(velocity * 16)), 700, bright) * fall(frames, life)
    return rise(shell + np.float32(0.5 + 0.5 * velocity) * wires, 0.0007)


def _rim(velocity: float, frames: int) -> Mono:
    knock = _drop(frames, 1900, 1650, 0.004) * fall(frames, 0.012) + 0.5 * _drop(
        frames, 520, 480, 0.01
    ) * fall(frames, 0.02)
    return rise(0.6 * knock, 0.0005)


def _clap(velocity: float, frames: int) -> Mono:
    hands, t = np.zeros(frames, np.float32), times(frames)
    for start, life in ((0.0, 0.006), (0.011, 0.006), (0.023, 0.09)):
        hands += np.where(t >= start, np.exp(-np.maximum(t - start, 0) / np.float32(life)), 0).astype(
            np.float32
        )
    return rise(0.9 * hands * _band(noise(frames, 39), 700, 5000), 0.0007)


def _brush(velocity: float, frames: int) -> Mono:
    """A swept circle that swells and goes."""
    swell = np.sin(np.pi * np.minimum(times(frames) / np.float32(0.3), 1)) ** 2
    return rise(0.4 * swell * _band(noise(frames, 40, int(velocity * 16)), 1500, 8000), 0.0)


def _metal(velocity: float, frames: int, *, life: float, low: float, level: float, ring: float = 0.0) -> Mono:
    """Cymbals and hats: noise in a high band, and for a ride the ping of inharmonic partials."""
    wash = _band(noise(frames, int(low), int(velocity * 16)), low, 15_000) * fall(
        frames, life * (0.7 + 0.6 * velocity)
    )
    if ring:
        for ratio in (2.0, 2.83, 4.16, 5.43, 6.79):
            wash += np.float32(ring) * fall(frames, 0.25) * _drop(frames, 590 * ratio, 590 * ratio, 1.0)
    return rise(np.float32(level) * wash, 0.001)


def _shaker(velocity: float, frames: int) -> Mono:
    return rise(
        0.35 * _band(noise(frames, 70, int(velocity * 16)), 4500, 12_000) * fall(frames, 0.035), 0.018
    )


def _timpani(pitch: int, velocity: float, frames: int) -> Sound:
    """A tuned skin (1 : 1.5 : 2 : 2.44) under a felt mallet."""
    f, skin = frequency(pitch), np.zeros(frames, np.float32)
    for ratio, level, life in ((1.0, 1.0, 0.9), (1.5, 0.5, 0.6), (1.99, 0.3, 0.4), (2.44, 0.2, 0.3)):
        skin += np.float32(level) * fall(frames, life) * _drop(frames, 1.012 * f * ratio, f * ratio, 0.05)
    mallet = _band(noise(frames, 47), 80, 500) * fall(frames, 0.03)
    return rise(0.6 * (skin + np.float32(velocity) * mallet), 0.002)[None, :]


def _strike(pitch: int, velocity: float, frames: int, *, hits: Mapping[int, tuple[Hit, float]]) -> Sound:
    hit, pan = hits[pitch]
    mono = hit(velocity, frames)
    angle = (pan + 1) * np.pi / 4
    return np.stack([mono * np.float32(np.cos(angle)), mono * np.float32(np.sin(angle))]) * np.float32(
        np.sqrt(2)
    )


def _kit(name: str, hits: Mapping[int, tuple[Hit, float]], seconds: float = 0.6) -> Instrument:
    return Instrument(name, partial(_strike, hits=hits), release=0.05, whole=seconds, response=1.2)


DUSTY_KIT = _kit(
    "dusty_kit",
    {
        KICK: (partial(_kick, low=46, high=150, life=0.14, click=0.25), 0.0),
        SNARE: (partial(_snare, tone=175, life=0.085, bright=5200), 0.06),
        RIM: (_rim, 0.15),
        BRUSH: (_brush, -0.1),
        HAT: (partial(_metal, life=0.028, low=5500, level=0.34), 0.28),
        OPEN_HAT: (partial(_metal, life=0.16, low=5000, level=0.3), 0.28),
        SHAKER: (_shaker, -0.35),
        CRASH: (partial(_metal, life=0.5, low=3000, level=0.25), -0.3),
    },
)
JAZZ_KIT = _kit(
    "jazz_kit",
    {
        KICK: (partial(_kick, low=58, high=110, life=0.12, click=0.12), 0.0),
        SNARE: (partial(_snare, tone=205, life=0.11, bright=7500), -0.08),
        BRUSH: (_brush, -0.12),
        PEDAL_HAT: (partial(_metal, life=0.02, low=4500, level=0.3), 0.32),
        RIDE: (partial(_metal, life=0.32, low=4200, level=0.2, ring=0.035), -0.3),
        CRASH: (partial(_metal, life=0.7, low=3000, level=0.25), 0.35),
    },
    1.1,
)
MACHINE_KIT = _kit(
    "machine_kit",
    {
        KICK: (partial(_kick, low=47, high=230, life=0.2, click=0.5), 0.0),
        CLAP: (_clap, 0.05),
        SNARE: (partial(_snare, tone=190, life=0.12, bright=9000), 0.0),
        HAT: (partial(_metal, life=0.022, low=7000, level=0.32), 0.22),
        OPEN_HAT: (partial(_metal, life=0.12, low=6500, level=0.34), 0.22),
        SHAKER: (_shaker, -0.35),
        CRASH: (partial(_metal, life=0.6, low=3500, level=0.32), -0.25),
    },
)
CONCERT_CYMBALS = _kit(
    "concert_cymbals", {CRASH: (partial(_metal, life=0.9, low=2500, level=0.3), -0.25)}, 2.4
)
TIMPANI = Instrument("timpani", _timpani, release=0.05, whole=1.8, response=1.2)
