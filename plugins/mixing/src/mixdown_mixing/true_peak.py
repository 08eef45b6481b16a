"""True peak, found by oversampling only where it could matter.

ITU-R BS.1770-4 annex 2 measures the peak of the signal interpolated four times. A windowed sinc of `TAPS` taps a
phase does it here, up to eight times, in three steps that each look only at the blocks which can still exceed what
is asked about: a band-limited signal known at 2, 4 or 8 times its rate has no peak above ``1 / cos(pi / 2n)`` of
its largest sample.
"""

from __future__ import annotations

from functools import cache
from math import cos, pi

import numpy as np
from numpy.typing import NDArray

from mixdown_kernel import Samples
from mixdown_mixing.kernels import Kernels

TAPS = 32
BEFORE = TAPS // 2 - 1
AFTER = TAPS // 2
"""Frames of context that a block needs on either side."""

STEPS = ((2, (0.5,)), (4, (0.25,)), (8, (0.125, 0.375)))


@cache
def interpolator(phase: float) -> NDArray[np.float32]:
    """Taps that give the signal at ``phase`` between frame i and i + 1 from frames i - BEFORE to i + AFTER."""
    distance = np.arange(TAPS) - BEFORE - phase
    window = np.i0(8.0 * np.sqrt(np.maximum(0.0, 1 - (distance / (TAPS / 2)) ** 2)))
    taps = np.sinc(distance) * window
    return np.asarray(taps / taps.sum(), np.float32)


@cache
def overshoot() -> float:
    """The most by which the interpolated signal can exceed its samples, whatever they are."""
    return max(float(np.abs(interpolator(phase)).sum()) for _, phases in STEPS for phase in phases)


def block_peaks(
    samples: Samples, length: int, threshold: float, kernels: Kernels, *, rising: bool = False
) -> NDArray[np.float32]:
    """The true peak of each block of ``length`` frames, exact where it exceeds ``threshold``.

    ``samples`` holds the blocks with `BEFORE` frames before the first and `AFTER` behind the last; elsewhere the
    result is the sample peak or more. With ``rising`` only the largest peak of all has to be exact.
    """
    blocks = (samples.shape[0] - BEFORE - AFTER) // length
    peaks = kernels.cell_peaks(samples[BEFORE : BEFORE + blocks * length], length)
    reach = np.maximum(peaks, _neighbours(samples, peaks, length))
    bound = overshoot()
    for times, phases in STEPS:
        if rising:
            threshold = max(threshold, float(peaks.max(initial=0)))
        hot = np.flatnonzero(reach * bound > threshold)
        if not hot.size:
            break
        found = kernels.interpolated_peaks(samples, BEFORE + hot * length, length, phases)
        peaks[hot] = np.maximum(peaks[hot], found)
        reach = np.where(reach * bound > threshold, peaks, np.float32(0))
        bound = 1 / cos(pi / (2 * times))
    return peaks


def _neighbours(samples: Samples, peaks: NDArray[np.float32], length: int) -> NDArray[np.float32]:
    """The sample peak around each block, as far as the interpolator sees (a block is at least that long)."""
    first = np.abs(samples[:BEFORE]).max(initial=0)
    last = np.abs(samples[BEFORE + peaks.size * length :]).max(initial=0)
    padded = np.concatenate([[first], peaks, [last]])
    return np.asarray(np.maximum(padded[:-2], padded[2:]))
