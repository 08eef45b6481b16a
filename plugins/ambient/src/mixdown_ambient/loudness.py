"""Loudness of a cycle by ITU-R BS.1770-4, measured on the circle: the filter's response times the spectrum."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.signal import freqz

from mixdown_ambient.circle import RATE

# The two biquads of BS.1770-4, tables 1 and 2, which are given for 48 kHz.
_SHELF = ((1.53512485958697, -2.69169618940638, 1.19839281085285), (1.0, -1.69065929318241, 0.73248077421585))
_HIGH_PASS = ((1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621))
_EDGES = np.concatenate([np.arange(0, 200, 2), np.geomspace(200, RATE / 2, 400)])
"""Bands so narrow that one weight does for each, in Hz."""


def loudness(bins: NDArray[np.complex64], frames: int) -> float:
    """In LUFS, ungated (a bed is as loud everywhere), of the spectrum, shape (2, frames // 2 + 1)."""
    power = bins.real**2 + bins.imag**2
    starts = np.unique((_EDGES[:-1] * frames / RATE).astype(np.int64))
    bands = np.add.reduceat(power.sum(axis=0, dtype=np.float64), starts)
    ends = np.append(starts[1:], power.shape[1])
    weights = np.interp((starts + ends) / 2 * RATE / frames, *_weights())
    # A sum, not a product by BLAS: same bits.
    return float(-0.691 + 10 * np.log10(np.sum(bands * weights) * 2 / frames**2))


@lru_cache(maxsize=1)
def _weights() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What power counts for, over frequency in Hz."""
    response = freqz(*_SHELF, worN=_EDGES, fs=RATE)[1] * freqz(*_HIGH_PASS, worN=_EDGES, fs=RATE)[1]
    return _EDGES, np.asarray(np.abs(response) ** 2, np.float64)
