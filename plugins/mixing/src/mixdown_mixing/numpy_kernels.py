"""The inner loops in numpy. Only element-wise operations: they give equal bits however a stream is cut."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from mixdown_kernel import Samples
from mixdown_mixing.ebu_energies import EbuEnergies
from mixdown_mixing.kernels import BlockEnergies, Curve
from mixdown_mixing.true_peak import AFTER, BEFORE, TAPS

BATCH = 256
"""Blocks interpolated at a time, so that the intermediate arrays stay in the processor's cache."""


class NumpyKernels:
    def scale(self, samples: Samples, gains: NDArray[np.float32], curve: Curve, out: Samples) -> None:
        for channel, share in _shares(samples, gains, curve):
            out[:, channel] = share

    def mix_in(self, samples: Samples, gains: NDArray[np.float32], curve: Curve, out: Samples) -> None:
        for channel, share in _shares(samples, gains, curve):
            out[:, channel] += share

    def cell_peaks(self, samples: Samples, cell: int) -> NDArray[np.float32]:
        frames, channels = samples.shape
        return np.asarray(np.abs(samples).reshape(frames // cell, cell * channels).max(axis=1, initial=0))

    def curvatures(self, samples: Samples, starts: NDArray[np.intp], length: int) -> NDArray[np.float32]:
        channels = samples.shape[1]
        largest = np.empty(starts.size, np.float32)
        for first in range(0, starts.size, BATCH):
            rows = _rows(samples, starts[first : first + BATCH], length)
            change = rows[:, channels:] - rows[:, :-channels]
            bend = change[:, channels:] - change[:, :-channels]
            largest[first : first + BATCH] = np.abs(bend, out=bend).max(axis=1)
        return largest

    def interpolated_peaks(
        self, samples: Samples, starts: NDArray[np.intp], length: int, filters: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        channels = samples.shape[1]
        peaks = np.empty(starts.size, np.float32)
        for first in range(0, starts.size, BATCH):
            rows = _rows(samples, starts[first : first + BATCH], length)
            # The rows are interpolated as one run; what straddles two of them is cut off again.
            flat = rows.reshape(-1)
            largest = np.zeros(flat.size, np.float32)
            for taps in filters:
                _interpolate(flat, channels, taps, largest[: flat.size - (TAPS - 1) * channels])
            peaks[first : first + BATCH] = largest.reshape(rows.shape)[:, : length * channels].max(axis=1)
        return peaks

    def block_energies(self, rate: int, channels: int) -> BlockEnergies:
        return EbuEnergies(rate, channels)


def _shares(
    samples: Samples, gains: NDArray[np.float32], curve: Curve
) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """What each channel of the mix gets. A mono track in the middle is multiplied once."""
    mono = samples.shape[1] == 1
    share = samples[:, 0] * (curve * gains[0])
    yield 0, share
    for channel in range(1, gains.size):
        if not mono or gains[channel] != gains[0]:
            share = samples[:, 0 if mono else channel] * (curve * gains[channel])
        yield channel, share


def _rows(samples: Samples, starts: NDArray[np.intp], length: int) -> NDArray[np.float32]:
    """A copy of each block with its context, interleaved, one a row."""
    samples = np.ascontiguousarray(samples)
    frames, channels = samples.shape
    span = length + BEFORE + AFTER
    shape, strides = (frames - span + 1, span * channels), (4 * channels, 4)
    windows: NDArray[np.float32] = np.ndarray(shape, np.float32, samples, strides=strides)
    return windows[starts - BEFORE]


def _interpolate(
    flat: NDArray[np.float32], channels: int, taps: NDArray[np.float32], largest: NDArray[np.float32]
) -> None:
    """Raise ``largest`` to the magnitude of interleaved ``flat`` filtered by ``taps`` and by their mirror image.

    Both are a symmetric part plus or minus an antisymmetric one.
    """
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
        if antisymmetric.any():
            np.subtract(left, right, out=pair)
            pair *= antisymmetric[tap]
            odd += pair
    # The larger of |even + odd| and |even - odd| is the sum of the magnitudes.
    np.abs(even, out=even)
    np.abs(odd, out=odd)
    even += odd
    np.maximum(largest, even, out=largest)
