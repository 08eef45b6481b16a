"""The spectra that HT-Demucs exports without a Fourier transform of their own take and give.

Source: Rouard et al., "Hybrid Transformers for Music Source Separation" (ICASSP 2023), ``demucs/htdemucs.py``, ``_spec``
and ``_ispec``: Hann windows of 4096 every 1024, scaled by the root of the size, the signal reflected by one and a half
hops at its ends, without the highest bin; real and imaginary parts are channels.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
import scipy.fft
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Floats = NDArray[np.float32]

SIZE = 4096
HOP = SIZE // 4
BINS = SIZE // 2
LEAD = 3 * HOP // 2
SCALE = math.sqrt(SIZE)
_OVERLAP = 1.5
"""What squared Hann windows sum to at four in each place."""


def columns(frames: int) -> int:
    """How many columns the spectrum of so many frames has."""
    return -(-frames // HOP)


def spectrum(signal: Floats) -> Floats:
    """From shape (channels, frames) to (2 × channels, `BINS`, columns)."""
    channels, frames = signal.shape
    trail = LEAD + columns(frames) * HOP - frames
    padded = np.pad(signal, ((0, 0), (LEAD, trail)), mode="reflect")
    windows = sliding_window_view(padded, SIZE, axis=1)[:, ::HOP] * _window()
    bins = scipy.fft.rfft(windows, axis=2)[:, :, :-1].transpose(0, 2, 1) / SCALE
    parts = np.stack([bins.real, bins.imag], axis=1)
    return parts.reshape(2 * channels, BINS, -1).astype(np.float32)


def signals(spectra: NDArray[Any], frames: int) -> Floats:
    """From shape (stems, 2 × channels, `BINS`, columns) to (stems, channels, frames)."""
    return np.stack([_signal(one, frames) for one in spectra])


def _signal(spectrum: NDArray[Any], frames: int) -> Floats:
    parts = spectrum.reshape(-1, 2, BINS, spectrum.shape[-1]).astype(np.float32)
    bins = (parts[:, 0] + 1j * parts[:, 1]).transpose(0, 2, 1)
    windows = scipy.fft.irfft(np.pad(bins, ((0, 0), (0, 0), (0, 1))), SIZE, axis=2) * _window()
    channels, count, _ = windows.shape
    quarters = windows.reshape(channels, count, 4, HOP)
    summed = np.zeros((channels, count + 3, HOP), np.float32)
    for quarter in range(4):
        summed[:, quarter : quarter + count] += quarters[:, :, quarter]
    whole = summed.reshape(channels, -1)[:, LEAD : LEAD + frames]
    return np.asarray(whole * np.float32(SCALE / _OVERLAP), np.float32)


@cache
def _window() -> Floats:
    return np.hanning(SIZE + 1)[:-1].astype(np.float32)
