"""Tape."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt

from mixdown_music.synth import RATE, Sound

_TOP = 9_000.0
_HISTORY = 128
_GRID = 240


class Tape:
    """A worn tape: wow and flutter as a wandering delay of up to two milliseconds, and a soft top. Linear, so that
    stems that pass it alike sum to the mix."""

    def __init__(self) -> None:
        self._sos = butter(2, _TOP, fs=RATE, output="sos")
        self._state = np.zeros((self._sos.shape[0], 2, 2))
        self._history: Sound = np.zeros((2, _HISTORY), np.float32)

    def process(self, sound: Sound, start: int) -> Sound:
        """``sound`` is (2, frames) from the absolute frame ``start``."""
        frames = sound.shape[1]
        extended = np.concatenate([self._history, sound], axis=1)
        self._history = extended[:, -_HISTORY:].copy()
        index, share = _flutter(start, frames)
        moved = np.take(extended, index, axis=1)
        moved += (np.take(extended, index - 1, axis=1) - moved) * share
        moved, self._state = sosfilt(self._sos, moved, axis=1, zi=self._state)
        return np.asarray(moved, np.float32)


@lru_cache(maxsize=2)
def _flutter(start: int, frames: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Where each frame is read in the history and its block, and how much of the frame before is mixed in."""
    # Drawn on a coarse grid that starts at frame 0, so that it is the same whatever the blocks.
    first = start // _GRID
    points = np.arange(first, (start + frames) // _GRID + 2)
    t = points * (_GRID / RATE)
    wander = 44.0 + 34.0 * np.sin(2 * np.pi * 0.55 * t) + 5 * np.sin(2 * np.pi * 1.31 * t + 2.0)
    wander += 2.4 * np.sin(2 * np.pi * 5.3 * t + 1.0)
    count = np.arange(start, start + frames)
    delay = np.interp(count, points * _GRID, wander)
    whole = delay.astype(np.int64)
    return count + (_HISTORY - start) - whole, (delay - whole).astype(np.float32)
