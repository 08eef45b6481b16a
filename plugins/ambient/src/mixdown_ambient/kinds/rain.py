"""Rain: a bed of drops too many to tell apart, and drops near by that ring as the bubbles they catch.

A drop on water sounds by its bubble, a damped sine that rises as the bubble shrinks and surfaces (Minnaert 1933;
van den Doel 2005), after the click of the impact.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mixdown_ambient.circle import FRAMES, RATE, Sound, bed, drift, place
from mixdown_ambient.kind import Kind, Settings

_DROPS = 64
"""Different drops; more of them than an ear can keep apart."""


def _make(settings: Settings, rng: np.random.Generator) -> Sound:
    intensity, brightness, distance = settings["intensity"], settings["brightness"], settings["distance"]
    loop = _downpour(rng, brightness, distance) * drift(rng, cycles=6, depth=0.16)
    loop += np.float32(0.10 + 0.25 * intensity) * bed(
        rng, lambda f: (f / (f + 40)) / (1 + (f / 180) ** 2), shared=0.3
    )
    near = (1 - distance) ** 1.5
    _drop_by_drop(
        loop,
        rng,
        per_second=25 + 260 * intensity,
        level=near * (0.75 - 0.3 * intensity),
        brightness=brightness,
    )
    return loop


def _downpour(rng: np.random.Generator, brightness: float, distance: float) -> Sound:
    """Distance takes the top off and draws the sides together."""
    top = 3_000 * 4**brightness * (1 - 0.65 * distance)

    def curve(hertz: NDArray[np.float64]) -> NDArray[np.float64]:
        hiss = 1 + 0.6 * np.exp(-(np.log(hertz / 4_500) ** 2) / 0.5)
        return np.asarray(hertz / (hertz + 250) / (1 + (hertz / top) ** 1.4) * hiss * hertz**-0.18)

    return bed(rng, curve, shared=0.2 + 0.4 * distance)


def _drop_by_drop(
    loop: Sound, rng: np.random.Generator, *, per_second: float, level: float, brightness: float
) -> None:
    """Many small drops and few big ones (their strengths have a heavy tail), anywhere in the loop."""
    drops = [_drop(rng, brightness) for _ in range(_DROPS)]
    count = int(rng.poisson(per_second * FRAMES / RATE))
    which, where = rng.integers(0, _DROPS, count), rng.integers(0, FRAMES, count)
    strength = np.minimum(0.25 + rng.pareto(1.8, count), 4.0) * level
    pan = rng.uniform(-1, 1, count)
    for i in range(count):
        place(loop, drops[which[i]], int(where[i]), float(strength[i]), float(pan[i]))


def _drop(rng: np.random.Generator, brightness: float) -> Sound:
    hertz = np.exp(rng.uniform(np.log(900 + 500 * brightness), np.log(5_000 + 6_000 * brightness)))
    life = rng.uniform(0.003, 0.018)
    t = np.arange(int(6 * life * RATE)) / RATE
    turns = hertz * t * (1 + 0.5 * rng.uniform(0.5, 3.0) * t)
    bubble = np.sin(2 * np.pi * turns) * np.exp(-t / life) * np.minimum(1, t / 0.0004)
    click = rng.standard_normal(len(t)) * np.exp(-t / 0.0007)
    sound = rng.uniform(0.3, 1) * bubble + rng.uniform(0.1, 0.6) * click
    return np.asarray(sound * (3.0 / np.max(np.abs(sound))), np.float32)


RAIN = Kind(name="rain", make=_make, parameters={"brightness": 0.5, "distance": 0.2})
