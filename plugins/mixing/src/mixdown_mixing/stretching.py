"""Time-stretch by normalised WSOLA (Verhelst and Roelands, ICASSP 1993)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mixdown_kernel import Audio, invalid

WINDOW_MS = 30.0
TOLERANCE_MS = 10.0
SLOWEST, FASTEST = 0.1, 10.0


def stretch(audio: Audio, speed: float) -> Audio:
    """``audio`` at ``speed`` times its tempo and its own pitch, exactly round(frames / speed) frames.

    Windows of 30 ms are laid down every 15 ms, each taken from within 10 ms of where the tempo would have it, there
    where it continues the previous one best: at the highest normalised cross-correlation, summed over the channels,
    so that stereo keeps its phase. Raises `Problem` ``invalid``/``invalid_speed`` outside 0.1 to 10.
    """
    if not SLOWEST <= speed <= FASTEST:
        raise invalid(
            "invalid_speed",
            f"A speed of {speed} is outside {SLOWEST}-{FASTEST}.",
            field="speed",
            allowed=[SLOWEST, FASTEST],
        )
    frames = round(audio.frames / speed)
    if frames == audio.frames:
        return audio
    window = 2 * max(2, round(WINDOW_MS / 2000 * audio.rate))
    search = _Search(audio.samples, window, max(1, round(TOLERANCE_MS / 1000 * audio.rate)), speed)
    return Audio(search.overlap_add(frames, speed), audio.rate)


class _Search:
    """The input with silence around it, and the search for the next window in it."""

    def __init__(self, samples: NDArray[np.float32], window: int, tolerance: int, speed: float) -> None:
        self._window = window
        self._hop = window // 2
        self._tolerance = tolerance
        self._margin = tolerance + 2 * window + int(2 * window * speed)
        self._channels = np.ascontiguousarray(np.pad(samples, ((self._margin, self._margin), (0, 0))).T)
        self._size = _fast_length(window + 2 * tolerance)
        squares = np.square(self._channels, dtype=np.float64).sum(axis=0)
        self._energy = np.concatenate([[0.0], np.cumsum(squares)])

    def overlap_add(self, frames: int, speed: float) -> NDArray[np.float32]:
        window, hop = self._window, self._hop
        fade = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(window) / window)).astype(np.float32)
        count = -(-frames // hop) + 1
        out = np.zeros((self._channels.shape[0], (count + 1) * hop), np.float32)
        previous = None
        for step in range(count):
            # Window and source share their centres, so that nothing lags; the first half window lies before zero.
            target = self._margin + round(step * hop * speed) - hop
            previous = target if previous is None else self._continue(previous, target)
            at = step * hop
            out[:, at : at + window] += self._channels[:, previous : previous + window] * fade
        return np.ascontiguousarray(out[:, hop : hop + frames].T)

    def _continue(self, previous: int, target: int) -> int:
        """Where within the tolerance around ``target`` the sound goes on as it did after ``previous``."""
        window, tolerance = self._window, self._tolerance
        first = target - tolerance
        candidates = self._channels[:, first : target + tolerance + window]
        natural = self._channels[:, previous + self._hop : previous + self._hop + window]
        spectrum = np.fft.rfft(candidates, self._size) * np.conj(np.fft.rfft(natural, self._size))
        likeness = np.fft.irfft(spectrum.sum(axis=0), self._size)[: 2 * tolerance + 1]
        last = target + tolerance + 1
        energy = self._energy[first + window : last + window] - self._energy[first:last]
        return first + int(np.argmax(likeness / np.sqrt(energy + 1e-6)))


def _fast_length(least: int) -> int:
    """The smallest 2^a, 3·2^a or 5·2^a that is at least ``least``: the transform is quick at such lengths."""
    return min(factor << (-(-least // factor) - 1).bit_length() for factor in (1, 3, 5))
