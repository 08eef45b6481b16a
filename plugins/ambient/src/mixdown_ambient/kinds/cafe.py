"""Cafe: guests who talk, cups and spoons, a chair now and then, the coffee machine's steam, in a room that answers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from mixdown_ambient.babble import babble
from mixdown_ambient.circle import RATE, Circle, Sound, bell, sides
from mixdown_ambient.kind import Kind, Scene, Space

_CUP = ((1.0, 1.0, 0.075), (2.32, 0.6, 0.045), (4.25, 0.35, 0.028), (6.63, 0.2, 0.018))
"""Modes of a small round thing: ratio, strength, seconds."""


def _make(circle: Circle, scene: Scene) -> Sound:
    full, near = scene.intensity, 1 - 0.7 * scene.distance
    loop = (0.14 + 0.05 * full) * circle.noise(lambda f: f / (f + 60) / (1 + (f / 350) ** 1.5), shared=0.5)
    talkers = max(1, round((3 + 13 * full) * circle.share))
    loop += 0.12 * babble(circle, talkers, laughing=0.01 + 0.06 * full)
    loop += near * _crockery(circle, full)
    loop += near * _chairs(circle, circle.count(0.02 + 0.08 * full))
    for _ in range(circle.rare(2.2 * full)):
        circle.add(loop, _steam(circle.rng), int(circle.rng.integers(0, circle.frames)))
    return loop.astype(np.float32)


def _crockery(circle: Circle, full: float) -> Sound:
    """A cup put down touches twice; a spoon that stirs knocks some times."""
    rng = circle.rng
    bank = [_clink(rng) for _ in range(24)]
    occasions = circle.count(0.2 + 0.9 * full)
    which, where, strength, pan = [], [], [], []
    for start in circle.moments(occasions):
        knocks = int(rng.integers(5, 12)) if rng.random() < 0.12 else int(rng.integers(1, 4))
        gaps = rng.uniform(0.11, 0.17, knocks) if knocks > 4 else rng.exponential(0.06, knocks) + 0.012
        where.append((start + (np.cumsum(gaps) * RATE).astype(np.int64)) % circle.frames)
        which.append(np.full(knocks, rng.integers(0, len(bank))))
        strength.append(min(np.exp(rng.normal(-1.5, 0.6)), 0.4) * rng.uniform(0.4, 1, knocks))
        pan.append(np.full(knocks, rng.uniform(-0.9, 0.9)))
    if not where:
        return circle.silence()
    return circle.scatter(bank, *(np.concatenate(part) for part in (which, where, strength, pan)))


def _clink(rng: np.random.Generator) -> Sound:
    """China, glass or steel, which differ in pitch and in how long they ring."""
    hertz, ringing = (
        (rng.uniform(900, 1_900), 0.6),
        (rng.uniform(1_900, 3_300), 1.4),
        (rng.uniform(2_800, 4_600), 1.0),
    )[int(rng.integers(3))]
    t = np.arange(int(0.4 * RATE)) / RATE
    modes = [
        strength
        * rng.uniform(0.5, 1)
        * np.sin(2 * np.pi * hertz * ratio * rng.uniform(0.98, 1.02) * t)
        * np.exp(-t / (life * ringing))
        for ratio, strength, life in _CUP
        if hertz * ratio < 18_000
    ]
    knock = 0.5 * rng.standard_normal(len(t)) * np.exp(-t / 0.0012)
    sound = (np.sum(modes, axis=0) + knock) * np.minimum(1, t / 0.0004) * np.minimum(1, t[::-1] / 0.02)
    return np.asarray(sound, np.float32)


def _chairs(circle: Circle, number: int) -> Sound:
    """Legs over the floor: they stick and slip."""
    rng, bank = circle.rng, []
    for _ in range(4):
        t = np.arange(int(rng.uniform(0.25, 0.6) * RATE)) / RATE
        turns = np.cumsum(rng.uniform(60, 130) * (1 + 0.3 * np.sin(2 * np.pi * rng.uniform(1, 3) * t))) / RATE
        slips = (1 - turns % 1.0) ** 6 * rng.standard_normal(len(t))
        bank.append(_coloured(slips * np.sin(np.pi * t / t[-1]), 600, 1.0))
    which, where = rng.integers(0, len(bank), number), circle.moments(number)
    return circle.scatter(bank, which, where, rng.uniform(0.1, 0.3, number), rng.uniform(-0.8, 0.8, number))


def _steam(rng: np.random.Generator) -> Sound:
    """Milk is frothed, two to five seconds long, across the room: shape (2, frames)."""
    t = np.arange(int(rng.uniform(2.0, 5.0) * RATE)) / RATE
    ends = np.minimum(1, t / 0.3) * np.minimum(1, t[::-1] / 0.5)
    rough = 1 + 0.3 * np.sin(2 * np.pi * rng.uniform(24, 38) * t + 2 * np.sin(2 * np.pi * 0.8 * t))
    hiss = _coloured(rng.standard_normal(len(t)) * ends * rough, 3_800, 0.9)
    return (sides(rng.uniform(-0.8, 0.8))[:, None] * 0.12 * hiss).astype(np.float32)


def _coloured(sound: NDArray[np.float64], centre: float, octaves: float) -> Sound:
    """Of unit peak, in a band; its ends stay where they are."""
    hertz = np.maximum(fft.rfftfreq(len(sound), 1 / RATE), 1).astype(np.float32)
    banded = fft.irfft(fft.rfft(sound) * bell(centre, octaves)(hertz), len(sound))
    banded *= np.minimum(1, np.arange(len(sound)) / 480) * np.minimum(1, np.arange(len(sound))[::-1] / 480)
    return np.asarray(banded / np.max(np.abs(banded)), np.float32)


CAFE = Kind(name="cafe", make=_make, distance=0.2, space=Space(0.8, 0.4))
