"""Fireplace: the flames' low flutter, the hiss of gas and steam, and crackles in clusters; now and then a pop, and
a log that settles.

Crackles are short bursts with strengths of a heavy tail (Farnell, Designing Sound, 2010, practical 11).
"""

from __future__ import annotations

import numpy as np

from mixdown_ambient.circle import RATE, Circle, Sound, decibels_to_gain
from mixdown_ambient.kind import Kind, Scene, Space

_CRACKLES = 48


def _make(circle: Circle, scene: Scene) -> Sound:
    big, near = scene.intensity, 1 - 0.6 * scene.distance
    flicker = circle.wander(7.0, slope=0.25) * 2.6 + circle.wander(0.4) * 1.5
    roar = circle.noise(lambda f: f / (f + 45) / (1 + (f / 150) ** 1.6), shared=0.6)
    loop = (0.18 + 0.15 * big) * roar * circle.around(decibels_to_gain(np.minimum(flicker, 6)))
    breath = circle.noise(lambda f: f / (f + 150) / (1 + (f / 600) ** 2), shared=0.3)
    loop += (0.10 + 0.05 * big) * breath * circle.around(decibels_to_gain(np.minimum(0.7 * flicker, 7)))
    hiss = circle.noise(lambda f: f / (f + 3_000) / (1 + (f / 9_000) ** 2), shared=0.15)
    loop += (0.02 + 0.01 * big) * hiss * circle.drift(1.5, 2.5)
    bank = [_crackle(circle.rng) for _ in range(_CRACKLES)]
    bursts = _crackles(circle, bank, big) + _pops(circle, big)
    for _ in range(circle.rare(0.6 + 1.2 * big)):
        bursts += _settling(circle, bank)
    loop += near * (0.7 + 0.1 * big) * np.tanh(bursts * np.float32(0.7))  # none is much louder than all
    return loop.astype(np.float32)


def _crackle(rng: np.random.Generator) -> Sound:
    """A split of wood: a burst of a millisecond or two that rings between 1 and 9 kHz."""
    life = float(np.exp(rng.uniform(np.log(0.0006), np.log(0.008))))
    t = np.arange(int(7 * life * RATE) + 32) / RATE
    tone = np.sin(2 * np.pi * (np.exp(rng.uniform(np.log(1_000), np.log(9_000))) * t + rng.random()))
    sound = (0.6 * rng.standard_normal(len(t)) + tone) * np.exp(-t / life) * np.minimum(1, t / 0.00015)
    return np.asarray(sound / np.max(np.abs(sound)), np.float32)


def _crackles(circle: Circle, bank: list[Sound], big: float) -> Sound:
    """Single ones, and clusters: a split that runs on for a tenth of a second or three."""
    rng = circle.rng
    singles = circle.moments(circle.count(5 + 22 * big))
    clusters = circle.moments(circle.count(0.5 + 1.6 * big))
    sizes = rng.integers(4, 22, len(clusters))
    ages = rng.exponential(0.07, sizes.sum())
    where = (
        np.concatenate([singles, np.repeat(clusters, sizes) + (ages * RATE).astype(np.int64)]) % circle.frames
    )
    strength = np.minimum(0.5 + 0.7 * rng.pareto(1.5, len(where)), 4.0)
    strength[len(singles) :] *= np.repeat(rng.uniform(0.5, 1.3, len(clusters)), sizes)
    pan = np.concatenate(
        [rng.uniform(-0.7, 0.7, len(singles)), np.repeat(rng.uniform(-0.7, 0.7, len(clusters)), sizes)]
    )
    return circle.scatter(bank, rng.integers(0, len(bank), len(where)), where, strength, pan)


def _pops(circle: Circle, big: float) -> Sound:
    """Steam that bursts out of the wood: a crack with a body."""
    rng, bank = circle.rng, []
    for _ in range(8):
        t = np.arange(int(0.09 * RATE)) / RATE
        body = np.sin(2 * np.pi * rng.uniform(140, 420) * t) * np.exp(-t / 0.014)
        crack = rng.standard_normal(len(t)) * np.exp(-t / rng.uniform(0.001, 0.004))
        bank.append(np.asarray((0.5 * body + crack) * np.minimum(1, t / 0.0002), np.float32))
    number = circle.count(0.25 + 0.9 * big)
    which, where = rng.integers(0, len(bank), number), circle.moments(number)
    return circle.scatter(bank, which, where, rng.uniform(1.0, 3.0, number), rng.uniform(-0.5, 0.5, number))


def _settling(circle: Circle, bank: list[Sound]) -> Sound:
    """A log gives way: a few thuds, and embers that crackle after it."""
    rng = circle.rng
    t = np.arange(int(0.25 * RATE)) / RATE
    thud = np.sin(2 * np.pi * rng.uniform(60, 95) * t * (1 - 0.6 * t)) * np.exp(-t / 0.05)
    scrape = rng.standard_normal(len(t)) * np.exp(-t / 0.03)
    log = np.asarray((thud + 0.12 * scrape) * np.minimum(1, t / 0.002), np.float32)
    start, number = int(rng.integers(0, circle.frames)), int(rng.integers(25, 60))
    hits = (start + np.cumsum(rng.integers(2_500, 12_000, 3))) % circle.frames
    strength, pan = rng.uniform(0.5, 1.5, 3), rng.uniform(-0.4, 0.4, 3)
    thuds = circle.scatter([log], np.zeros(3, np.int64), hits, strength, pan)
    after = (start + 5_000 + (rng.exponential(0.5, number) * RATE).astype(np.int64)) % circle.frames
    strength, pan = np.minimum(0.4 + 0.6 * rng.pareto(1.6, number), 4.0), rng.uniform(-0.6, 0.6, number)
    return thuds + circle.scatter(bank, rng.integers(0, len(bank), number), after, strength, pan)


FIREPLACE = Kind(name="fireplace", make=_make, distance=0.1, space=Space(0.4, 0.08))
