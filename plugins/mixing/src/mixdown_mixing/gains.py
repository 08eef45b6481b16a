"""How loud a track is on each channel, and how it gets there when that changes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mixdown_mixing.fades import smoothstep
from mixdown_mixing.kernels import Curve


class Gains:
    """Gain and pan of one track. A change glides, S-shaped, from what is heard to what is wanted.

    Pan follows the balance law: ``left = min(1, 1 - pan)``, ``right = min(1, 1 + pan)``, so that the middle is
    untouched and nothing gets louder; it has no effect but in stereo.
    """

    def __init__(self, gain: float, pan: float, channels: int) -> None:
        self._channels = channels
        self._goal = self._origin = _values(gain, pan, channels)
        self._still = self._goal.astype(np.float32)
        self._begin = self._end = 0

    def change(self, gain: float, pan: float, position: int, frames: int) -> None:
        """Glide to ``gain`` and ``pan`` over ``frames`` from ``position`` on."""
        self._origin = self._values(position, 1)[0]
        self._goal = _values(gain, pan, self._channels)
        self._still = self._goal.astype(np.float32)
        self._begin, self._end = position, position + frames

    def channels(self, position: int, frames: int) -> NDArray[np.float32]:
        """Per channel, shape (channels,); while it glides, shape (frames, channels)."""
        if position >= self._end:
            return self._still[1:]
        return self._values(position, frames)[:, 1:].astype(np.float32)

    def level(self, position: int, frames: int) -> Curve:
        """The gain without pan, as a key is heard with it."""
        if position >= self._end:
            return np.float32(self._still[0])
        return self._values(position, frames)[:, 0].astype(np.float32)

    def _values(self, position: int, frames: int) -> NDArray[np.float64]:
        """Gain and channels, shape (frames, 1 + channels); exactly the goal where the glide has ended."""
        if self._end == self._begin:
            return np.tile(self._goal, (frames, 1))
        frame = np.arange(position, position + frames, dtype=np.float64)
        left = 1 - smoothstep((frame - self._begin + 0.5) / (self._end - self._begin))
        return np.asarray(self._goal + (self._origin - self._goal) * left[:, None])


def _values(gain: float, pan: float, channels: int) -> NDArray[np.float64]:
    values = np.full(1 + channels, gain)
    if channels == 2:
        values[1:] *= np.minimum(1, [1 - pan, 1 + pan])
    return values
