"""The side chain: how far parts are pushed back by the kick at each moment."""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

from mixdown_music.automation import lines
from mixdown_music.synth import RATE

_GRID = RATE // 250
_ATTACK = 0.006
_HOLD = 0.03


class Pump:
    """Pushes at once, holds for a moment, and lets go over ``seconds`` in a raised cosine."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._kicks: deque[int] = deque()

    def kick(self, frame: int) -> None:
        self._kicks.append(frame)

    def gain(self, start: int, frames: int) -> NDArray[np.float32] | None:
        """0 to 1 for each frame, 1 where it pushes hardest; None where no kick is near."""
        while self._kicks and self._kicks[0] < start - (self._seconds + 1) * RATE:
            self._kicks.popleft()
        if not self._kicks:
            return None
        grid = np.arange(start, start + frames + 1, _GRID)
        since = (grid[None, :] - np.array(self._kicks)[:, None]) / RATE
        pushed = np.clip(since / _ATTACK, 0, 1)
        back = np.clip((since - _HOLD) / self._seconds, 0, 1)
        return lines(np.max(pushed * (0.5 + 0.5 * np.cos(np.pi * back)), axis=0), _GRID)
