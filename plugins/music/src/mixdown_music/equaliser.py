"""Equalisers, as Robert Bristow-Johnson's Audio EQ Cookbook writes them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.signal import sosfilt

from mixdown_music.synth import RATE, Sound


@dataclass(frozen=True, slots=True)
class Band:
    """One band. ``gain`` in dB counts for shelves and bells; ``q`` for bells and for the corner of the cuts."""

    kind: Literal["low_cut", "low", "bell", "high", "high_cut"]
    hertz: float
    gain: float = 0.0
    q: float = 0.7071


def equalise(sound: Sound, bands: tuple[Band, ...]) -> Sound:
    """``sound`` is (channels, frames)."""
    return np.asarray(sosfilt(sections(bands), sound, axis=1), np.float32) if bands else sound


@lru_cache(maxsize=64)
def sections(bands: tuple[Band, ...]) -> NDArray[np.float64]:
    """Second-order sections, as SciPy takes them."""
    return np.stack([_biquad(band) for band in bands])


def _biquad(band: Band) -> NDArray[np.float64]:
    w = 2 * np.pi * band.hertz / RATE
    cos, alpha = np.cos(w), np.sin(w) / (2 * band.q)
    a = 10 ** (band.gain / 40)
    if band.kind == "bell":
        b, over = (1 + alpha * a, -2 * cos, 1 - alpha * a), (1 + alpha / a, -2 * cos, 1 - alpha / a)
    elif band.kind == "low_cut":
        b, over = ((1 + cos) / 2, -(1 + cos), (1 + cos) / 2), (1 + alpha, -2 * cos, 1 - alpha)
    elif band.kind == "high_cut":
        b, over = ((1 - cos) / 2, 1 - cos, (1 - cos) / 2), (1 + alpha, -2 * cos, 1 - alpha)
    else:
        sign = 1 if band.kind == "low" else -1
        root = 2 * np.sqrt(a) * alpha
        more, less, turn = (a + 1) + root, (a + 1) - root, sign * (a - 1) * cos
        b = (a * (more - turn), sign * 2 * a * ((a - 1) - sign * (a + 1) * cos), a * (less - turn))
        over = (more + turn, -sign * 2 * ((a - 1) + sign * (a + 1) * cos), less + turn)
    return np.asarray(np.array([*b, *over]) / over[0])
