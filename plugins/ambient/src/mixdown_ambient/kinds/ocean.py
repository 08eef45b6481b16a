"""Ocean: swells that rise, break and run back, each wave its own, over the sea's steady roar."""

from __future__ import annotations

import numpy as np

from mixdown_ambient.circle import FRAMES, Sound, around, bed, drift
from mixdown_ambient.kind import Kind, Settings

_POINTS = FRAMES // 480
"""Control points of the waves, one every 10 ms."""


def _make(settings: Settings, rng: np.random.Generator) -> Sound:
    intensity, distance = settings["intensity"], settings["distance"]
    swell, foam = _waves(rng, count=int(rng.integers(3, 5 + round(intensity))))
    loop = (
        0.45
        * bed(rng, lambda f: (f > 25) / (1 + (f / 150) ** 1.2), shared=0.5)
        * drift(rng, cycles=4, depth=0.2)
    )
    loop += (
        (0.5 + 0.5 * intensity)
        * bed(rng, lambda f: (f / (f + 60)) / (1 + (f / 500) ** 1.5), shared=0.3)
        * swell
    )
    top = 6_500 * (1 - 0.6 * distance)
    spray = bed(rng, lambda f: (f / (f + 900)) / (1 + (f / top) ** 2), shared=0.05)
    loop += (0.25 + 0.35 * intensity) * (1 - 0.7 * distance) * spray * foam
    return np.asarray(loop, np.float32)


def _waves(rng: np.random.Generator, count: int) -> tuple[Sound, Sound]:
    """The gain of the water's body and, later and shorter, of its foam; a loop holds ``count`` waves."""
    seconds = np.arange(_POINTS) * 0.01
    length = _POINTS * 0.01
    swell, foam = np.full(_POINTS, 0.12), np.full(_POINTS, 0.04)
    for i in range(count):
        crest = (i + rng.uniform(-0.22, 0.22)) * length / count
        size = rng.uniform(0.6, 1.0)
        after = (seconds - crest) % length
        before = (crest - seconds) % length
        rise, run = rng.uniform(1.4, 2.2), rng.uniform(1.8, 2.8)
        swell += size * (
            np.exp(-((before / rise) ** 2)) + np.exp(-after / run) * (after > 0) * (1 - np.exp(-before))
        )
        foam += size * np.minimum(after / 0.5, 1) * np.exp(-after / (0.8 * run)) * (1 - np.exp(-before))
    return around(swell), around(foam)


OCEAN = Kind(name="ocean", make=_make, parameters={"distance": 0.3})
