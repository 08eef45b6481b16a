"""A loop is a circle: everything here is periodic in it, so that no loop has a seam to hide."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import fft

RATE = 48_000
FRAMES = 30 * RATE

Curve = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""Amplitude over frequency in Hz (never 0)."""
Sound = NDArray[np.float32]
"""float32, shape (channels, FRAMES) for a bed, (frames,) for an event."""


def bed(rng: np.random.Generator, curve: Curve, *, shared: float = 0.0) -> Sound:
    """Two channels of steady Gaussian noise of this spectrum, each of unit power.

    ``shared`` (0 to 1) is what the channels have in common: 0 is all around, 1 is mono.
    """
    hertz = fft.rfftfreq(FRAMES, 1 / RATE)
    amplitude = curve(np.maximum(hertz, 1.0))
    amplitude[0] = 0.0
    turns = rng.standard_normal((2, 2 * len(hertz)), dtype=np.float32).view(np.complex64)
    if shared:
        turns[1] = np.float32(shared) * turns[0] + np.float32(np.sqrt(1 - shared**2)) * turns[1]
    turns *= amplitude.astype(np.float32)
    sound = fft.irfft(turns, FRAMES, axis=1, overwrite_x=True)
    return np.asarray(sound / np.sqrt(np.mean(sound**2, axis=1, keepdims=True)), np.float32)


def drift(rng: np.random.Generator, *, cycles: int, depth: float) -> Sound:
    """A slow gain around 1, within 1 ± ``depth``: the first ``cycles`` harmonics of the loop at random."""
    t = np.arange(0, FRAMES, 480) / FRAMES
    waves = [
        rng.standard_normal() / np.sqrt(k) * np.cos(2 * np.pi * (k * t + rng.random()))
        for k in range(1, cycles + 1)
    ]
    curve = np.sum(waves, axis=0)
    curve *= depth / np.max(np.abs(curve))
    return around(1 + curve)


def around(points: NDArray[np.float64]) -> Sound:
    """A curve through evenly spaced points of the circle, one value a frame."""
    grid = np.linspace(0, FRAMES, len(points) + 1)
    return np.asarray(np.interp(np.arange(FRAMES), grid, np.append(points, points[0])), np.float32)


def place(loop: Sound, event: Sound, frame: int, gain: float, pan: float) -> None:
    """Add an event at a frame, wrapped around the loop's end; pan -1 to 1 at constant power."""
    angle = (pan + 1) * np.pi / 4
    sides = np.array([[np.cos(angle)], [np.sin(angle)]], np.float32) * np.float32(gain)
    first = min(len(event), FRAMES - frame)
    loop[:, frame : frame + first] += sides * event[:first]
    if first < len(event):
        loop[:, : len(event) - first] += sides * event[first:]
