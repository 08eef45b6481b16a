"""Whether a long bed comes back: correlation of its fine structure with itself at every lag.

Envelopes of 24 log-spaced bands (50 Hz to 16 kHz, every 20 ms, dB), each without what moves slower than once a second, so that swells of the sea, which do return, do not count. ``similarity`` is their normalised correlation with themselves
``lag_s`` later, at the lag where it is highest. A loop played twice has 1 at its length, whatever the sound; layers of
different lengths have at each of these the share that the layer has in what is heard; independent sound stays below 0.1.
Limit: half of what is heard. This is stricter than ears for noise: few people notice a noise that returns after ten seconds
(N. Guttman and B. Julesz, "Lower limits of auditory periodicity analysis", JASA 35, 1963), while a cup that does is heard
at once; a single event that returns in sound that does not is below the limit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Signal = NDArray[np.floating[Any]]

LIMIT = 0.5
SHORTEST_LAG_S = 1.0
_HOP_S, _WINDOW_S, _SLOW_S = 0.02, 0.04, 1.0
_BANDS, _LOW, _HIGH = 24, 50.0, 16_000.0
_LEAST_OVERLAP = 0.15
_BATCH = 1000


@dataclass(frozen=True, slots=True)
class Repetition:
    """``similarity``, -1 to 1, of the sound with itself ``lag_s`` seconds later, where it is highest."""

    lag_s: float
    similarity: float

    @property
    def ok(self) -> bool:
        return self.similarity <= LIMIT


def repetition(samples: Signal, rate: int, shortest_lag_s: float = SHORTEST_LAG_S) -> Repetition:
    """The most that sound of shape (frames,) or (frames, channels) resembles itself later.

    Give it more than two of the cycles it might have: lags up to 85 % of its length are looked at.
    """
    envelopes = _moving(_envelopes(samples, rate))
    frames = len(envelopes)
    first, last = round(shortest_lag_s / _HOP_S), int(frames * (1 - _LEAST_OVERLAP))
    if last <= first:
        raise ValueError(f"{len(samples) / rate:.1f} s are too short to look for repetition")
    similar = _correlation(envelopes)[first:last]
    at = int(similar.argmax())
    return Repetition((first + at) * _HOP_S, float(similar[at]))


def _envelopes(samples: Signal, rate: int) -> NDArray[np.float64]:
    """dB of shape (frames, bands)."""
    mono = np.asarray(samples).reshape(len(samples), -1).mean(axis=1)
    width, hop = round(_WINDOW_S * rate), round(_HOP_S * rate)
    hertz = np.fft.rfftfreq(width, 1 / rate)
    edges = np.geomspace(_LOW, min(_HIGH, rate / 2), _BANDS + 1)
    member = ((hertz >= edges[:-1, None]) & (hertz < edges[1:, None])).astype(np.float64)
    member = member[member.any(axis=1)]
    windows = sliding_window_view(mono, width)[::hop]
    shape = np.hanning(width)
    power = [
        np.abs(np.fft.rfft(windows[start : start + _BATCH] * shape)) ** 2 @ member.T
        for start in range(0, len(windows), _BATCH)
    ]
    return np.asarray(10 * np.log10(np.concatenate(power) + 1e-10))


def _moving(envelopes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Without the mean of the second around, each band at one variance."""
    width = round(_SLOW_S / _HOP_S) | 1
    padded = np.pad(envelopes, ((width // 2, width // 2), (0, 0)), mode="edge")
    sums = np.cumsum(np.pad(padded, ((1, 0), (0, 0))), axis=0)
    quick = envelopes - (sums[width:] - sums[:-width]) / width
    return np.asarray(quick / np.maximum(quick.std(axis=0), 1e-6))


def _correlation(envelopes: NDArray[np.float64]) -> NDArray[np.float64]:
    """By lag, over all bands, normalised by the energy of what overlaps."""
    frames = len(envelopes)
    size = 1 << int(np.ceil(np.log2(2 * frames)))
    spectrum = np.abs(np.fft.rfft(envelopes, size, axis=0)) ** 2
    products = np.fft.irfft(spectrum.sum(axis=1))[:frames]
    energy = np.cumsum(np.square(envelopes).sum(axis=1))
    early, late = energy[::-1], energy[-1] - np.concatenate([[0.0], energy[:-1]])
    return np.asarray(products / np.maximum(np.sqrt(early * late), 1e-9))
