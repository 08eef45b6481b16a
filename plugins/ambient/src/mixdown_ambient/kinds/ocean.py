"""Ocean: swells every six to twelve seconds that rise, break and run back over the pebbles, each wave its own and
at its own place along the shore, over the steady roar of the sea."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mixdown_ambient.circle import Circle, Sound, ring, sides
from mixdown_ambient.kind import Kind, Scene, Space


@dataclass(frozen=True, slots=True)
class Waves:
    """Gains over the circle, 10 ms apart: the water's body, the breaking, what washes up (of two sides), and what
    runs back."""

    body: NDArray[np.float64]
    crash: NDArray[np.float64]
    wash: NDArray[np.float64]
    backwash: NDArray[np.float64]


def _make(circle: Circle, scene: Scene) -> Sound:
    high, near = scene.intensity, 1 - scene.distance
    waves = _waves(circle, high)
    whole = np.float32(1 / np.sqrt(circle.share))  # waves are shared out by their number, each is whole
    loop = (
        0.3 * circle.noise(lambda f: (f > 25) / (1 + (f / 140) ** 1.2), shared=0.5) * circle.drift(0.2, 1.0)
    )
    body = circle.noise(lambda f: f / (f + 60) / (1 + (f / 420) ** 1.5), shared=0.35)
    loop += (0.5 + 0.3 * high) * body * circle.around(waves.body)
    crash = circle.noise(lambda f: f / (f + 250) / (1 + (f / 2_200) ** 1.6), shared=0.2)
    loop += (0.08 + 0.85 * high) * (0.3 + 0.7 * near) * crash * circle.around(waves.crash)
    wash = circle.noise(lambda f: f / (f + 1_200) / (1 + (f / 7_500) ** 2), shared=0.05)
    wash *= np.stack([circle.around(side) for side in waves.wash])
    loop += (0.14 + 0.4 * high) * (0.2 + 0.8 * near) * wash
    loop += 0.2 * near**1.5 * whole * circle.patter(8_000, _pebbles, density=circle.around(waves.backwash))
    return loop.astype(np.float32)


def _pebbles(hertz: NDArray[np.float32]) -> NDArray[np.complex64]:
    return np.asarray(ring(1_900, 700)(hertz) + 0.7 * ring(4_200, 1_600)(hertz), np.complex64)


def _waves(circle: Circle, high: float) -> Waves:
    """Swell comes at one period, a little early or late, in sizes of its own."""
    rng = circle.rng
    length = circle.points * 0.01
    # Trains that sound together leave gaps as often as they meet, so there are more of them.
    period = rng.uniform(7.0, 9.5) * circle.share**0.35
    count = max(1, round(circle.seconds * circle.share / period))
    seconds = np.arange(circle.points) * 0.01
    body, crash, backwash = (
        np.full(circle.points, 0.08),
        np.full(circle.points, 0.02),
        np.zeros(circle.points),
    )
    wash = np.full((2, circle.points), 0.03)
    for i in range(count):
        crest = (i + rng.uniform(-0.16, 0.16)) * length / count
        size = rng.uniform(0.45, 1.0) / np.sqrt(circle.share)
        after, before = (seconds - crest) % length, (crest - seconds) % length
        rise, run = rng.uniform(1.2, 2.0), rng.uniform(1.5, 2.4)
        fresh = 1 - np.exp(-before)
        body += size * (np.exp(-((before / rise) ** 2)) + np.exp(-after / run) * fresh * (after > 0))
        crash += (
            size
            * rng.uniform(0.4, 1) ** (1 - high)
            * np.minimum(after / 0.25, 1)
            * np.exp(-after / (0.45 * run))
            * fresh
        )
        spread = size * np.minimum(after / 1.0, 1) * np.exp(-after / (1.1 * run)) * fresh
        way = np.clip(rng.uniform(-0.7, 0.7) + rng.uniform(-0.25, 0.25) * after, -1, 1)
        wash += spread * sides(way) * np.sqrt(2)
        backwash += np.exp(-(((after - 2.2 * run) / (0.6 * run)) ** 2))
    return Waves(body, crash, wash, np.minimum(backwash, 1))


OCEAN = Kind(name="ocean", make=_make, distance=0.3, space=Space(1.0, 0.06))
