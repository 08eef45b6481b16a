"""Controls that move: straight lines between corners, on a grid that is the same whatever the blocks."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.signal import sosfilt

from mixdown_music.equaliser import Band, sections
from mixdown_music.synth import RATE, Sound

HOP = RATE // 100
"""Frames from corner to corner."""
STEP = RATE // 30
"""Frames for which the filter stands still: a thirtieth of an octave or so in a sweep of some bars."""


def lines(corners: ArrayLike, hop: int = HOP) -> NDArray[np.float32]:
    """Straight lines from corner to corner, ``hop`` frames each: (corners - 1) · hop frames."""
    points = np.asarray(corners, np.float32)
    share = (np.arange(hop) / hop).astype(np.float32)
    return (points[:-1, None] + (points[1:] - points[:-1])[:, None] * share).ravel()


class Lane:
    """One control of one part: where it has been told to be, by absolute frame. Before its first point it is 1."""

    def __init__(self) -> None:
        self._points: deque[tuple[int, float]] = deque()

    def add(self, frame: int, value: float, now: int) -> None:
        """From frame ``now``, up to which all is played, it goes to ``value`` at ``frame``."""
        if not self._points:
            self._points.append((max(now, frame - STEP), 1.0 if frame else value))
        elif self._points[-1][0] < now:
            self._points.append((now, self._points[-1][1]))
        self._points.append((frame, value))

    def values(self, start: int, frames: int, step: int) -> NDArray[np.float64]:
        """At ``start``, ``start + step``... up to ``start + frames``; what lies before ``start`` is forgotten."""
        while len(self._points) > 1 and self._points[1][0] <= start:
            self._points.popleft()
        at, values = zip(*self._points, strict=True)
        return np.asarray(np.interp(np.arange(start, start + frames + 1, step), at, values))


class Filter:
    """A low-pass of 24 dB an octave whose cut-off follows a control: 200 Hz at 0, open at 1."""

    def __init__(self) -> None:
        self._state = np.zeros((2, 2, 2))
        self._open = True

    def process(self, sound: Sound, values: Sequence[float]) -> Sound:
        """``sound`` is (2, frames); ``values`` those of evenly spaced steps, and the next one's."""
        if min(values) > 0.995:
            return sound if self._open else self._leave(sound)
        if min(values) == max(values) and not self._open:
            values = [values[0]] * 2
        step = -(-sound.shape[1] // (len(values) - 1))
        out = np.empty_like(sound)
        for i, value in enumerate(values[:-1]):
            part = sound[:, i * step : (i + 1) * step]
            filtered = self._filtered(part, value)
            if self._open:  # it comes in over one step, so that nobody hears it switched on
                filtered = np.asarray(part + (filtered - part) * np.linspace(0, 1, part.shape[1]), np.float32)
                self._open = False
            out[:, i * step : (i + 1) * step] = filtered
        return out

    def _leave(self, sound: Sound) -> Sound:
        """The open filter goes out of the way, from all of it to nothing."""
        self._open = True
        gone = self._filtered(sound, 1.0) - sound
        return np.asarray(sound + gone * np.linspace(1, 0, sound.shape[1]), np.float32)

    def _filtered(self, sound: Sound, value: float) -> Sound:
        filtered, self._state = sosfilt(_lowpass(round(value * 512)), sound, axis=1, zi=self._state)
        return np.asarray(filtered, np.float32)


@lru_cache(maxsize=513)
def _lowpass(value: int) -> NDArray[np.float64]:
    """Butterworth of the fourth order, at ``value`` / 512."""
    hertz = min(200.0 * 100.0 ** (value / 512), 19_500.0)
    return sections((Band("high_cut", hertz, q=0.5412), Band("high_cut", hertz, q=1.3066)))
