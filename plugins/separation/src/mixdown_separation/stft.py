"""The short-time Fourier transform on a grid that blocks share."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.fft
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Signal = NDArray[np.float32]
"""Shape (channels, frames)."""
Spectrum = NDArray[np.complex64]
"""Shape (channels, columns, bins)."""

_OVERLAP = np.float32(1.5)
"""What squared Hann windows sum to at four in each place."""


@dataclass(frozen=True)
class Transform:
    """Hann windows of ``size`` frames every quarter of that; analysis and synthesis reconstruct what they were given.

    Windows begin at whole hops before and within the signal. What is outside of the signal counts as silence.
    """

    size: int

    @property
    def hop(self) -> int:
        return self.size // 4

    @cached_property
    def window(self) -> NDArray[np.float32]:
        return np.hanning(self.size + 1)[:-1].astype(np.float32)

    def frequencies(self, rate: int) -> NDArray[np.float32]:
        """Of the bins, in Hz."""
        return np.fft.rfftfreq(self.size, 1 / rate).astype(np.float32)

    def forward(self, signal: Signal) -> Spectrum:
        """A signal of a whole number of hops."""
        lead = self.size - self.hop
        padded = np.pad(signal, ((0, 0), (lead, lead)))
        columns = sliding_window_view(padded, self.size, axis=1)[:, :: self.hop]
        spectrum: Spectrum = scipy.fft.rfft(columns * self.window, axis=2)
        return spectrum

    def inverse(self, spectrum: Spectrum) -> Signal:
        columns = scipy.fft.irfft(spectrum, self.size, axis=2) * self.window
        channels, count, _ = columns.shape
        lead = self.size - self.hop
        quarters = columns.reshape(channels, count, 4, self.hop)
        summed = np.zeros((channels, count + 3, self.hop), np.float32)
        for quarter in range(4):
            summed[:, quarter : quarter + count] += quarters[:, :, quarter]
        return np.divide(summed.reshape(channels, -1)[:, lead:-lead], _OVERLAP, dtype=np.float32)
