"""Rain: a bed of drops too many to tell apart, their patter on leaves and roofs, drops near by that ring as the
bubbles they catch, and in heavy rain a gutter that runs over.

A drop on water sounds by its bubble, a damped sine that rises as the bubble shrinks and surfaces (Minnaert 1933;
van den Doel 2005), after the click of the impact. Large bubbles are low and long.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mixdown_ambient.circle import RATE, Circle, Sound, decibels_to_gain, ring
from mixdown_ambient.kind import Kind, Scene, Space

_DROPS = 64
"""Different drops; more of them than an ear can keep apart."""


def _make(circle: Circle, scene: Scene) -> Sound:
    heavy, near = scene.intensity, (1 - scene.distance) ** 1.5
    loop = (0.45 + 0.55 * heavy) * circle.noise(_hiss, shared=0.2) * circle.drift(0.25, 1.2)
    loop += (0.06 + 0.5 * heavy**2) * circle.noise(lambda f: f / (f + 40) / (1 + (f / 250) ** 2), shared=0.4)
    loop += (0.1 + 0.4 * heavy) * (0.4 + 0.6 * near) * circle.patter(500 + 2_500 * heavy, _leaves)
    loop += near * _drops(circle, per_second=12 + 230 * heavy, level=0.8 - 0.25 * heavy)
    if heavy > 0.5:
        loop += near * 2 * (heavy - 0.5) * _gutter(circle)
    return loop.astype(np.float32)


def _hiss(hertz: NDArray[np.float32]) -> NDArray[np.float32]:
    hump = 1 + 0.6 * np.exp(-(np.log(hertz / np.float32(4_500)) ** 2) / 0.5)
    return np.asarray(hertz / (hertz + 300) / (1 + (hertz / 11_000) ** 2) * hump * hertz**-0.18, np.float32)


def _leaves(hertz: NDArray[np.float32]) -> NDArray[np.complex64]:
    """Ticks on leaves, with a little of the wood or tin beneath."""
    return np.asarray(ring(3_400, 1_400)(hertz) + 0.5 * ring(850, 160)(hertz), np.complex64)


def _drops(circle: Circle, *, per_second: float, level: float) -> Sound:
    """Many small drops and few big ones (their strengths have a heavy tail), all around."""
    drops = [_drop(circle.rng) for _ in range(_DROPS)]
    number = circle.count(per_second)
    strength = np.minimum(0.2 + circle.rng.pareto(1.8, number), 3.0) * level
    pan = circle.rng.uniform(-1, 1, number)
    return circle.scatter(
        drops, circle.rng.integers(0, _DROPS, number), circle.moments(number), strength, pan
    )


def _drop(rng: np.random.Generator) -> Sound:
    size = rng.random() ** 2
    life = 0.003 + 0.014 * size
    t = np.arange(int(6 * life * RATE)) / RATE
    bubble = _bubble(t, 8_000 * 0.14**size * rng.uniform(0.8, 1.25), life, rise=rng.uniform(0.5, 3))
    click = rng.standard_normal(len(t)) * np.exp(-t / 0.0007)
    sound = rng.uniform(0.3, 1) * bubble + rng.uniform(0.1, 0.5) * click
    return _faded(sound * ((1.5 + 1.5 * size) / np.max(np.abs(sound))))


def _bubble(t: NDArray[np.float64], hertz: float, life: float, rise: float) -> NDArray[np.float64]:
    turns = hertz * t * (1 + 0.5 * rise * t)
    return np.asarray(np.sin(2 * np.pi * turns) * np.exp(-t / life) * np.minimum(1, t / 0.0006))


def _faded(sound: NDArray[np.float64]) -> Sound:
    """Smooth at both ends, where what is left of a decay would click."""
    ends = np.minimum(1, np.arange(len(sound)) / 16) * np.minimum(1, np.arange(len(sound))[::-1] / 48)
    return np.asarray(sound * ends, np.float32)


def _gutter(circle: Circle) -> Sound:
    """Water that runs down at one place: low bubbles close upon each other, now more, now fewer."""
    rng = circle.rng
    bubbles = []
    for hertz in rng.uniform(350, 1_600, 24):
        life = float(6.0 / hertz + 0.004)
        t = np.arange(int(5 * life * RATE)) / RATE
        bubbles.append(_faded(_bubble(t, float(hertz), life, rise=rng.uniform(2, 8))))
    number = circle.count(45)
    where = circle.moments(number)
    gurgle = decibels_to_gain(6 * circle.wander(3.0))
    strength = 0.8 * rng.uniform(0.2, 1, number) * np.minimum(gurgle[where // 480], 2.5)
    return circle.scatter(
        bubbles, rng.integers(0, 24, number), where, strength, rng.normal(0.55, 0.05, number)
    )


RAIN = Kind(name="rain", make=_make, distance=0.2, space=Space(0.8, 0.06))
