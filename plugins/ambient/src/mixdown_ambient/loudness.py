"""Loudness of a loop by ITU-R BS.1770-4, measured on the circle: the filter's response times the spectrum."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import fft
from scipy.signal import freqz

from mixdown_ambient.circle import FRAMES, RATE, Sound

# The two biquads of BS.1770-4, tables 1 and 2, which are given for 48 kHz.
_SHELF = ((1.53512485958697, -2.69169618940638, 1.19839281085285), (1.0, -1.69065929318241, 0.73248077421585))
_HIGH_PASS = ((1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621))
_PEAK = 10 ** (-4.0 / 20)


def loudness(loop: Sound) -> float:
    """In LUFS, ungated: a bed is as loud everywhere."""
    spectrum = fft.rfft(loop, axis=1)
    power = (
        np.square(np.abs(spectrum), dtype=np.float64) * _weights()
    )  # a sum, not a product by BLAS: same bits
    return float(-0.691 + 10 * np.log10(np.sum(power) / FRAMES**2))


def at(loop: Sound, lufs: float) -> Sound:
    """The loop at this loudness, or as near to it as peaks of -4 dBFS allow."""
    gain = 10 ** ((lufs - loudness(loop)) / 20)
    gain = min(gain, _PEAK / float(np.max(np.abs(loop))))
    return loop * np.float32(gain)


@lru_cache(maxsize=1)
def _weights() -> NDArray[np.float64]:
    """What each bin of a loop's spectrum counts for, both of its sides together."""
    hertz = fft.rfftfreq(FRAMES, 1 / RATE)
    response = freqz(*_SHELF, worN=hertz, fs=RATE)[1] * freqz(*_HIGH_PASS, worN=hertz, fs=RATE)[1]
    weights = 2 * np.abs(response) ** 2
    weights[0] /= 2
    weights[-1] /= 2
    return np.asarray(weights, np.float64)
