"""The inner loops in numpy. Only element-wise operations: they give equal bits however a stream is cut."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mixdown_kernel import Samples
from mixdown_mixing.ebu_energies import EbuEnergies
from mixdown_mixing.kernels import BlockEnergies, Curve
from mixdown_mixing.true_peak import AFTER, BEFORE, TAPS, interpolator

BATCH = 256
"""Blocks interpolated at a time, so that the intermediate arrays stay in the processor's cache."""


class NumpyKernels:
    def scale(self, samples: Samples, gains: NDArray[np.float32], curve: Curve, out: Samples) -> None:
        channels = out.shape[1]
        equal = bool((gains == gains[0]).all())
        if equal and samples.shape[1] == channels and np.ndim(curve) == 0:
            np.multiply(samples, curve * gains[0], out=out)
        elif equal and samples.shape[1] == 1:
            out[:] = samples * np.reshape(curve * gains[0], (-1, 1))
        else:
            mono = samples.shape[1] == 1
            for channel in range(channels):
                source = samples[:, 0 if mono else channel]
                np.multiply(source, curve * gains[channel], out=out[:, channel])

    def mix_in(self, samples: Samples, gains: NDArray[np.float32], curve: Curve, out: Samples) -> None:
        share = np.empty_like(out)
        self.scale(samples, gains, curve, share)
        np.add(out, share, out=out)

    def cell_peaks(self, samples: Samples, cell: int) -> NDArray[np.float32]:
        frames, channels = samples.shape
        cells = samples.reshape(frames // cell, cell * channels)
        return np.asarray(np.maximum(cells.max(axis=1, initial=0), -cells.min(axis=1, initial=0)))

    def interpolated_peaks(
        self, samples: Samples, starts: NDArray[np.intp], length: int, phases: tuple[float, ...]
    ) -> NDArray[np.float32]:
        channels = samples.shape[1]
        span = (length + BEFORE + AFTER) * channels
        windows = np.lib.stride_tricks.sliding_window_view(samples.reshape(-1), span)
        peaks = np.empty(starts.size, np.float32)
        for first in range(0, starts.size, BATCH):
            batch = starts[first : first + BATCH]
            flat = windows[(batch - BEFORE) * channels].reshape(-1)
            # The rows are interpolated as one run; what straddles two rows is cut off again below.
            frames = flat.size - (TAPS - 1) * channels
            largest = np.zeros(flat.size, np.float32)
            for phase in phases:
                _interpolate(flat, channels, phase, largest[:frames])
            rows = largest.reshape(batch.size, span)[:, : length * channels]
            peaks[first : first + batch.size] = rows.max(axis=1)
        return peaks

    def block_energies(self, rate: int, channels: int) -> BlockEnergies:
        return EbuEnergies(rate, channels)


def _interpolate(
    flat: NDArray[np.float32], channels: int, phase: float, largest: NDArray[np.float32]
) -> None:
    """Raise ``largest`` to the magnitude of interleaved ``flat`` at ``phase`` and at ``1 - phase``.

    Mirrored phases have mirrored taps: both are a symmetric part plus or minus an antisymmetric one.
    """
    taps = interpolator(phase)
    symmetric = (taps + taps[::-1]) / 2
    antisymmetric = (taps - taps[::-1]) / 2
    size = largest.size
    even, odd = np.zeros(size, np.float32), np.zeros(size, np.float32)
    pair = np.empty(size, np.float32)
    for tap in range(TAPS // 2):
        left = flat[tap * channels :][:size]
        right = flat[(TAPS - 1 - tap) * channels :][:size]
        np.add(left, right, out=pair)
        pair *= symmetric[tap]
        even += pair
        if phase != 0.5:
            np.subtract(left, right, out=pair)
            pair *= antisymmetric[tap]
            odd += pair
    # The larger of |even + odd| and |even - odd| is the sum of the magnitudes.
    np.abs(even, out=even)
    np.abs(odd, out=odd)
    even += odd
    np.maximum(largest, even, out=largest)
