"""Wind: bands of noise that swell with the gusts, the higher ones only when it blows hard; leaves that rustle in
them, and gaps that whistle, higher as it blows harder."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mixdown_ambient.circle import RATE, Circle, Curve, Sound, bell, decibels_to_gain, sides
from mixdown_ambient.kind import Kind, Scene, Space


def _make(circle: Circle, scene: Scene) -> Sound:
    strong, near = scene.intensity, 1 - scene.distance
    slow = circle.wander(0.25) * (2.2 + 1.6 * strong) / np.sqrt(circle.share)
    gusts = slow + circle.wander(2.5, slope=0.8) * (0.8 + 0.8 * strong)
    gusts = np.where(gusts > 0, 8 * np.tanh(gusts / 8), gusts)  # a lull may be deep, a gust no blast
    loop = 1.0 * circle.noise(_air(110, 1.1), shared=0.5) * _swell(circle, gusts, 1.0)
    loop += (0.4 + 0.25 * strong) * circle.noise(_air(420, 0.9), shared=0.25) * _swell(circle, gusts, 1.5)
    loop += (0.05 + 0.10 * strong) * circle.noise(_air(1_500, 1.0), shared=0.1) * _swell(circle, gusts, 1.8)
    loop += near * (0.02 + 0.05 * strong) * _leaves(circle, gusts)
    for _ in range(2):
        loop += 0.3 * strong * np.sqrt(circle.share) * _whistle(circle, gusts)
    return loop.astype(np.float32)


def _air(centre: float, octaves: float) -> Curve:
    band = bell(centre, octaves)
    return lambda hertz: band(hertz) / np.sqrt(hertz) * (hertz > 20)


def _swell(circle: Circle, decibels: NDArray[np.float64], times: float) -> Sound:
    return circle.around(decibels_to_gain(decibels * times))


def _leaves(circle: Circle, gusts: NDArray[np.float64]) -> Sound:
    """They answer the gusts twice over, and flutter."""
    flutter = gusts * 1.8 + 2.5 * circle.wander(12.0, slope=0.0)
    return circle.noise(bell(4_200, 0.8), shared=0.05) * circle.around(decibels_to_gain(flutter))


def _whistle(circle: Circle, gusts: NDArray[np.float64]) -> Sound:
    """A tone whose pitch and strength follow the wind, and which is never quite steady; somewhere else each."""
    rng = circle.rng
    hertz = rng.uniform(330, 800) * 2 ** np.clip(0.035 * gusts + 0.05 * circle.wander(1.0), -0.6, 0.6)
    turns = np.cumsum(circle.around(hertz), dtype=np.float64) / RATE
    turns *= np.round(turns[-1]) / turns[-1]
    wave = np.sin((turns % 1.0).astype(np.float32) * np.float32(2 * np.pi))
    breath = np.abs(circle.wander(9.0, slope=0.2)) * np.clip(decibels_to_gain(1.4 * gusts) - 0.9, 0, 4)
    gain = sides(rng.uniform(-0.8, 0.8)).astype(np.float32)
    return np.asarray(gain[:, None] * wave * circle.around(breath), np.float32)


WIND = Kind(name="wind", make=_make, distance=0.2, space=Space(1.2, 0.08))
