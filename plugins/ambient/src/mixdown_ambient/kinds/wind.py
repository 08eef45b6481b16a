"""Wind: bands of noise that swell with the gusts, the higher ones only when it blows hard, and a whistle."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mixdown_ambient.circle import Curve, Sound, bed, drift
from mixdown_ambient.kind import Kind, Settings


def _make(settings: Settings, rng: np.random.Generator) -> Sound:
    intensity, brightness = settings["intensity"], settings["brightness"]
    gusts = drift(rng, cycles=5, depth=0.25 + 0.2 * intensity) * drift(rng, cycles=14, depth=0.15)
    loop = 0.6 * bed(rng, _band(120, 1.0), shared=0.4) * gusts
    loop += 0.55 * bed(rng, _band(380, 0.9), shared=0.2) * gusts**1.4
    loop += (0.05 + 0.22 * brightness) * bed(rng, _band(1_600, 1.0), shared=0.1) * gusts**1.6
    for _ in range(2):  # two gaps that whistle, each somewhere else and at its own moments
        pitch = float(rng.uniform(380, 900)) * (0.8 + 0.6 * brightness)
        moment = np.maximum(drift(rng, cycles=4, depth=1.0) - 1.0, 0.0) ** 2
        loop += 0.2 * intensity * bed(rng, _band(pitch, 0.035), shared=0.7) * moment * gusts
    return np.asarray(loop, np.float32)


def _band(centre: float, octaves: float) -> Curve:
    """A bell over the logarithm of frequency."""

    def curve(hertz: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(
            np.exp(-0.5 * (np.log2(hertz / centre) / octaves) ** 2) * (hertz > 20) / np.sqrt(hertz)
        )

    return curve


WIND = Kind(name="wind", make=_make, parameters={"brightness": 0.4})
