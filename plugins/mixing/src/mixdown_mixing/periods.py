"""The period of voiced sound, from normalised autocorrelation (Talkin, "A robust algorithm for pitch tracking", 1995)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import soxr
from numpy.typing import NDArray

from mixdown_kernel import Samples

ANALYSIS_RATE = 6_000
"""Pitch lives below 3 kHz; a period known to 1/6 ms is refined by whoever uses it."""
HOP_MS = 10
WINDOW = 180
"""30 ms: two periods of the lowest voice."""
SHORTEST, LONGEST = 15, 94
"""Periods of 400 and of 64 Hz."""
NEAR_BEST = 0.92
"""The shortest lag this near to the best one is the period; the best may be a multiple of it."""
TRANSFORM = 512
SILENCE = 1e-9
BATCH = 1024


@dataclass(frozen=True, slots=True)
class Periods:
    """Every 5 ms the likeliest period in seconds, and how alike two such periods are (noise 0.2, vowels 0.9)."""

    seconds: NDArray[np.float64]
    likeness: NDArray[np.float64]

    def at(self, second: float) -> tuple[float, float]:
        """Period and likeness at a time of the sound; those at its ends beyond it."""
        index = min(max(0, int(second * 1000 / HOP_MS)), self.seconds.size - 1)
        return float(self.seconds[index]), float(self.likeness[index])


def periods(samples: Samples, rate: int) -> Periods:
    """Analyse sound of shape (frames, channels); of several channels the loudest is heard."""
    loudest = int(np.argmax(np.square(samples).sum(axis=0)))
    sound = soxr.resample(np.ascontiguousarray(samples[:, loudest]), rate, ANALYSIS_RATE, quality="MQ")
    hop = ANALYSIS_RATE * HOP_MS // 1000
    padded = np.pad(sound, (WINDOW // 2, WINDOW // 2 + LONGEST + hop))
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW + LONGEST)[::hop]
    found = [_analyse(frames[first : first + BATCH]) for first in range(0, len(frames), BATCH)]
    lags, likenesses = zip(*found, strict=True)
    return Periods(np.concatenate(lags) / ANALYSIS_RATE, np.concatenate(likenesses))


def _analyse(frames: NDArray[np.float32]) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """The lag of each frame and its normalised autocorrelation."""
    spectrum = np.fft.rfft(frames, TRANSFORM)
    start = np.fft.rfft(frames[:, :WINDOW], TRANSFORM)
    correlation = np.fft.irfft(spectrum * np.conj(start), TRANSFORM)[:, :LONGEST]
    energy = np.cumsum(np.pad(np.square(frames, dtype=np.float64), ((0, 0), (1, 0))), axis=1)
    energy = energy[:, WINDOW : WINDOW + LONGEST] - energy[:, :LONGEST]
    likeness = (correlation / np.sqrt(energy * energy[:, :1] + SILENCE))[:, SHORTEST:]
    best = likeness.max(axis=1)
    rising = np.argmax(likeness >= NEAR_BEST * best[:, None], axis=1)
    # From where it is near the best it climbs to the peak within a few lags.
    around = np.minimum(rising[:, None] + np.arange(8), likeness.shape[1] - 1)
    peak = rising + np.argmax(np.take_along_axis(likeness, around, axis=1), axis=1)
    return SHORTEST + np.minimum(peak, likeness.shape[1] - 1), best
