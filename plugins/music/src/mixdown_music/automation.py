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
STEP = RATE // 4
"""Frames in which one filter takes over from another."""
_OPEN = 0.995


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
    """A low-pass of 12 dB an octave whose cut-off follows a control: 200 Hz at 0, open at 1. Every `STEP` frames a
    filter takes over from the last one, faded across, so that it glides however quickly it is swept."""

    def __init__(self) -> None:
        self._state = np.zeros((1, 2, 2))
        self._reached = 1.0

    def process(self, sound: Sound, values: Sequence[float]) -> Sound:
        """``sound`` is (2, frames); ``values`` those at its start and after each `STEP` of it."""
        if min(values) > _OPEN and self._reached > _OPEN:
            return sound
        if min(values) == max(values) == self._reached:
            return self._filtered(sound, self._reached)
        out = np.empty_like(sound)
        for i, value in enumerate(values[1:]):
            part = sound[:, i * STEP : (i + 1) * STEP]
            out[:, i * STEP : (i + 1) * STEP] = self._across(part, value)
        return out

    def _across(self, part: Sound, value: float) -> Sound:
        """From the filter as it stands to that of ``value``."""
        state = self._state
        old = part if self._reached > _OPEN else self._filtered(part, self._reached)
        self._state, self._reached = state, value
        new = part if value > _OPEN else self._filtered(part, value)
        share = (np.arange(part.shape[1]) / part.shape[1]).astype(np.float32)
        return np.asarray(old + (new - old) * share, np.float32)

    def _filtered(self, sound: Sound, value: float) -> Sound:
        filtered, self._state = sosfilt(_lowpass(round(value * 512)), sound, axis=1, zi=self._state)
        return np.asarray(filtered, np.float32)


@lru_cache(maxsize=513)
def _lowpass(value: int) -> NDArray[np.float64]:
    """At ``value`` / 512, with a little of a synthesiser's resonance."""
    return sections((Band("high_cut", min(200.0 * 100.0 ** (value / 512), 20_000.0), q=0.9),))
