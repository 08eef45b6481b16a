"""Integrated loudness and true peak of a stream: ITU-R BS.1770-4, EBU R 128."""

from __future__ import annotations

from math import inf, log10

import numpy as np

from mixdown_kernel import Samples
from mixdown_mixing.kernels import Kernels
from mixdown_mixing.true_peak import AFTER, BEFORE, TAPS, block_peaks

ABSOLUTE_GATE_LUFS = -70.0
RELATIVE_GATE_LU = -10.0


class LoudnessMeter:
    """Measures what is pushed, in blocks of any size; the result does not depend on them.

    The standard gates blocks of 400 ms. Sound shorter than one such block has no integrated loudness by the
    standard: here it is its own single block, as long as it is, so that a word of 200 ms is brought to the level
    of the sentence it was cut from (padding it with silence would measure it 3 LU too quiet).
    """

    def __init__(self, rate: int, channels: int, kernels: Kernels) -> None:
        self._kernels = kernels
        self._energies = kernels.block_energies(rate, channels)
        self._block = max(TAPS, rate // 200)
        self._edge = np.zeros((BEFORE, channels), np.float32)
        self._peak = 0.0

    def push(self, samples: Samples) -> None:
        """Measure a block of shape (frames, channels)."""
        if samples.shape[1] != self._edge.shape[1]:
            raise ValueError(f"the meter was made for {self._edge.shape[1]} channels, not {samples.shape[1]}")
        self._energies.push(samples)
        self._edge = self._raise_peak(np.concatenate([self._edge, samples]))

    def loudness(self) -> float:
        """In LUFS; -inf where nothing rises above the absolute gate of -70 LUFS."""
        intervals = self._energies.energies()
        if intervals.size < 4:
            return _audible(_lufs(self._energies.mean()))
        # Gating blocks of 400 ms overlap by three quarters.
        blocks = (intervals[:-3] + intervals[1:-2] + intervals[2:-1] + intervals[3:]) / 4
        blocks = blocks[blocks > _energy(ABSOLUTE_GATE_LUFS)]
        if not blocks.size:
            return -inf
        relative = _energy(_lufs(float(blocks.mean())) + RELATIVE_GATE_LU)
        return _lufs(float(blocks[blocks > relative].mean()))

    def true_peak(self) -> float:
        """In dBTP, up to the last frame; -inf for silence."""
        channels = self._edge.shape[1]
        self._raise_peak(np.concatenate([self._edge, np.zeros((self._block + AFTER, channels), np.float32)]))
        return 20 * log10(self._peak) if self._peak else -inf

    def _raise_peak(self, samples: Samples) -> Samples:
        """Look for a higher peak in all whole blocks of ``samples``; return what the next call starts with."""
        blocks = (samples.shape[0] - BEFORE - AFTER) // self._block
        if blocks <= 0:
            return samples
        done = blocks * self._block
        peaks = block_peaks(
            samples[: done + BEFORE + AFTER], self._block, self._peak, self._kernels, rising=True
        )
        self._peak = max(self._peak, float(peaks.max()))
        return samples[done:]


def _lufs(energy: float) -> float:
    return -0.691 + 10 * log10(energy) if energy > 0 else -inf


def _energy(lufs: float) -> float:
    return float(10 ** ((lufs + 0.691) / 10))


def _audible(lufs: float) -> float:
    return lufs if lufs > ABSOLUTE_GATE_LUFS else -inf
