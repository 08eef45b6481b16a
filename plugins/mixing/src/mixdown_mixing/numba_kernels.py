"""The inner loops compiled by numba: the same operations in the same order as in numpy, without its passes over
memory, and outside the interpreter's lock. Only loudness has a filter of its own instead of libebur128's."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

from mixdown_kernel import Samples
from mixdown_mixing.ebu_energies import EbuEnergies
from mixdown_mixing.k_weighting import biquads
from mixdown_mixing.kernels import BlockEnergies, Curve
from mixdown_mixing.true_peak import AFTER, BEFORE, TAPS

HALF = np.float32(0.5)
F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """Without fast-math: a sum may not be reordered, or the bits would depend on the processor.

    What a kernel needs comes as an argument: numba's cache on disk does not notice that a constant of another module
    has changed.
    """
    compile_ = partial(numba.njit, nogil=True, error_model="numpy")
    try:
        return cast(F, compile_(cache=True)(function))
    except RuntimeError:  # nowhere to keep a cache: neither beside this file nor in a home directory
        return cast(F, compile_()(function))


class NumbaKernels:
    """Compiles everything when it is made (a second or two, once per machine)."""

    def __init__(self) -> None:
        for channels in (1, 2):
            self._compile(channels)

    def scale(self, samples: Samples, gains: NDArray[np.float32], curve: Curve, out: Samples) -> None:
        _mix(np.ascontiguousarray(samples), gains, np.atleast_1d(curve), out, False)

    def mix_in(self, samples: Samples, gains: NDArray[np.float32], curve: Curve, out: Samples) -> None:
        _mix(np.ascontiguousarray(samples), gains, np.atleast_1d(curve), out, True)

    def cell_peaks(self, samples: Samples, cell: int) -> NDArray[np.float32]:
        peaks: NDArray[np.float32] = _cell_peaks(
            np.ascontiguousarray(samples).reshape(-1), cell * samples.shape[1]
        )
        return peaks

    def curvatures(self, samples: Samples, starts: NDArray[np.intp], length: int) -> NDArray[np.float32]:
        flat = np.ascontiguousarray(samples).reshape(-1)
        largest: NDArray[np.float32] = _curvatures(
            flat, samples.shape[1], starts - BEFORE, length + BEFORE + AFTER
        )
        return largest

    def interpolated_peaks(
        self, samples: Samples, starts: NDArray[np.intp], length: int, filters: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        mirrored = filters[:, ::-1]
        flat = np.ascontiguousarray(samples).reshape(-1)
        peaks: NDArray[np.float32] = _interpolated_peaks(
            flat,
            samples.shape[1],
            starts - BEFORE,
            length,
            (filters + mirrored) * HALF,
            (filters - mirrored) * HALF,
        )
        return peaks

    def block_energies(self, rate: int, channels: int) -> BlockEnergies:
        # Beyond stereo the standard weighs channels by their place, which libebur128 knows.
        return CompiledEnergies(rate, channels) if channels <= 2 else EbuEnergies(rate, channels)

    def _compile(self, channels: int) -> None:
        out = np.zeros((480, channels), np.float32)
        gains = np.ones(channels, np.float32)
        for samples in (np.zeros((480, 1), np.float32), out.copy()):
            self.mix_in(samples, gains, np.float32(1), out)
        self.cell_peaks(out, 48)
        self.curvatures(out, np.array([BEFORE]), TAPS)
        self.interpolated_peaks(out, np.array([BEFORE]), TAPS, np.zeros((1, TAPS), np.float32))
        CompiledEnergies(48_000, channels).push(out)


class CompiledEnergies:
    """K-weighting of mono and stereo, read out every 100 ms."""

    def __init__(self, rate: int, channels: int) -> None:
        self._interval = (rate + 5) // 10
        self._coefficients = biquads(rate)
        self._state = np.zeros((channels, 4))
        self._energies: list[float] = []
        self._sum = 0.0
        self._frames = 0

    def push(self, samples: Samples) -> None:
        samples = np.ascontiguousarray(samples, np.float32)
        position = 0
        while position < samples.shape[0]:
            block = samples[position : position + self._interval - self._frames % self._interval]
            self._sum = _weighted_energy(block, self._coefficients, self._state, self._sum)
            position += block.shape[0]
            self._frames += block.shape[0]
            if self._frames % self._interval == 0:
                self._energies.append(self._sum / self._interval)
                self._sum = 0.0

    def energies(self) -> NDArray[np.float64]:
        return np.array(self._energies)

    def mean(self) -> float:
        return (sum(self._energies) * self._interval + self._sum) / max(1, self._frames)


@compiled
def _mix(
    samples: Samples, gains: NDArray[np.float32], curve: NDArray[np.float32], out: Samples, add: bool
) -> None:
    frames, channels = out.shape
    step = 1 if curve.size > 1 else 0
    if channels == 2 and add:  # the common case, plain enough to be vectorised
        right = samples.shape[1] - 1
        for frame in range(frames):
            at = curve[frame * step]
            out[frame, 0] += samples[frame, 0] * (at * gains[0])
            out[frame, 1] += samples[frame, right] * (at * gains[1])
        return
    mono = samples.shape[1] == 1
    for frame in range(frames):
        at = curve[frame * step]
        for channel in range(channels):
            share = samples[frame, 0 if mono else channel] * (at * gains[channel])
            out[frame, channel] = out[frame, channel] + share if add else share


@compiled
def _cell_peaks(flat: NDArray[np.float32], cell: int) -> NDArray[np.float32]:
    # Magnitudes compare like their bit patterns, and a maximum of integers may be vectorised.
    bits = flat.view(np.int32)
    peaks = np.zeros(flat.size // cell, np.int32)
    for i in range(peaks.size):
        peak = np.int32(0)
        for j in range(i * cell, (i + 1) * cell):
            peak = max(peak, np.int32(bits[j] & np.int32(0x7FFFFFFF)))
        peaks[i] = peak
    return peaks.view(np.float32)


@compiled
def _curvatures(
    flat: NDArray[np.float32], channels: int, starts: NDArray[np.intp], length: int
) -> NDArray[np.float32]:
    largest = np.zeros(starts.size, np.float32)
    size = (length - 2) * channels
    bends = np.empty(size, np.float32)
    bits = bends.view(np.int32)
    for block in range(starts.size):
        here = starts[block] * channels
        for i in range(size):
            j = here + i
            bends[i] = (flat[j + 2 * channels] - flat[j + channels]) - (flat[j + channels] - flat[j])
        peak = np.int32(0)
        for i in range(size):
            peak = max(peak, np.int32(bits[i] & np.int32(0x7FFFFFFF)))
        bits[0] = peak
        largest[block] = bends[0]
    return largest


@compiled
def _interpolated_peaks(
    flat: NDArray[np.float32],
    channels: int,
    starts: NDArray[np.intp],
    length: int,
    symmetric: NDArray[np.float32],
    antisymmetric: NDArray[np.float32],
) -> NDArray[np.float32]:
    peaks = np.zeros(starts.size, np.float32)
    size, taps = length * channels, symmetric.shape[1]
    even, odd = np.empty(size, np.float32), np.empty(size, np.float32)
    for block in range(starts.size):
        first = starts[block] * channels
        for phase in range(symmetric.shape[0]):
            even[:] = 0
            odd[:] = 0
            for tap in range(taps // 2):
                left = flat[first + tap * channels : first + tap * channels + size]
                right = flat[first + (taps - 1 - tap) * channels : first + (taps - 1 - tap) * channels + size]
                for i in range(size):
                    even[i] += (left[i] + right[i]) * symmetric[phase, tap]
                    odd[i] += (left[i] - right[i]) * antisymmetric[phase, tap]
            for i in range(size):
                peaks[block] = max(peaks[block], abs(even[i]) + abs(odd[i]))
    return peaks


@compiled
def _weighted_energy(
    samples: Samples, coefficients: NDArray[np.float64], state: NDArray[np.float64], energy: float
) -> float:
    """Add the K-weighted energy of ``samples``; both biquads in transposed direct form II."""
    b0, b1, b2, a1, a2 = coefficients[0]
    d0, d1, d2, c1, c2 = coefficients[1]
    for channel in range(samples.shape[1]):
        s, t, u, v = state[channel]
        total = 0.0
        for frame in range(samples.shape[0]):
            x = samples[frame, channel]
            y = b0 * x + s
            s = b1 * x - a1 * y + t
            t = b2 * x - a2 * y
            z = d0 * y + u
            u = d1 * y - c1 * z + v
            v = d2 * y - c2 * z
            total += z * z
        energy += total
        # A filter ringing out into denormal numbers would be a hundred times slower.
        state[channel, 0] = s if abs(s) > 1e-30 else 0.0
        state[channel, 1] = t if abs(t) > 1e-30 else 0.0
        state[channel, 2] = u if abs(u) > 1e-30 else 0.0
        state[channel, 3] = v if abs(v) > 1e-30 else 0.0
    return energy
