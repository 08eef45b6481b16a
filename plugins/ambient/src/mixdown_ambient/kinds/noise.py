"""Noise of the three usual colours: power flat over frequency, falling with it, falling with its square."""

from __future__ import annotations

from functools import partial

import numpy as np

from mixdown_ambient.circle import Sound, bed
from mixdown_ambient.kind import Kind, Settings

_LOWEST = 20.0


def _coloured(settings: Settings, rng: np.random.Generator, *, slope: float) -> Sound:
    """Amplitude as f to the power ``slope``, nothing below hearing."""
    return bed(rng, lambda hertz: hertz**slope * (hertz >= _LOWEST))


WHITE_NOISE = Kind(name="white_noise", make=partial(_coloured, slope=0.0))
PINK_NOISE = Kind(name="pink_noise", make=partial(_coloured, slope=-0.5))
BROWN_NOISE = Kind(name="brown_noise", make=partial(_coloured, slope=-1.0))
