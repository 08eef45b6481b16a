"""Noise of the three usual colours: power flat over frequency, falling with it, falling with its square."""

from __future__ import annotations

from functools import partial

from mixdown_ambient.circle import Circle, Sound
from mixdown_ambient.kind import Kind, Scene


def _coloured(circle: Circle, scene: Scene, *, slope: float, shared: float = 0.0) -> Sound:
    """Amplitude as f to the power ``slope``. Intensity is its level and nothing else."""
    return circle.noise(lambda hertz: hertz**slope * (hertz >= 20), shared=shared)


WHITE_NOISE = Kind(name="white_noise", make=partial(_coloured, slope=0.0))
PINK_NOISE = Kind(name="pink_noise", make=partial(_coloured, slope=-0.5))
BROWN_NOISE = Kind(name="brown_noise", make=partial(_coloured, slope=-1.0, shared=0.3))
