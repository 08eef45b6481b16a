"""Where a track sounds, and how it begins and ends."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mixdown_mixing.kernels import Curve

FULL = np.float32(1)
SILENT = np.float32(0)


class Envelope:
    """Silence outside ``start`` to the end, S-shaped fades inside, all anchored at absolute frames.

    A fade's gain is ``x² (3 - 2x)``: half the amplitude in its middle and level at both ends, within 1 % of a raised
    cosine, and made of multiplications alone it has the same bits on every machine. Where a track
    is shorter than its two fades they multiply, so that it still begins and ends at zero; this also makes no
    difference between an end known from the start and one announced later.

    ``declick`` frames are the least that an announced end fades over, and a start that is `cut`.
    """

    def __init__(self, start: int, fade_in: int, fade_out: int, declick: int = 0) -> None:
        self.start = start
        self.end: int | None = None
        self._fade_in = fade_in
        self._fade_out = max(fade_out, declick)
        self._declick = declick
        self._fading = 0

    def cut(self) -> None:
        """The sound begins in the middle of its wave."""
        self._fade_in = max(self._fade_in, self._declick)

    def end_at(self, frame: int, now: int) -> None:
        """End at ``frame``; a fade-out that should have begun before ``now`` is shortened to what is left.

        May be said again, while the fade has not begun.
        """
        self.end = frame
        self._fading = max(0, min(self._fade_out, frame - max(self.start, now)))

    def curve(self, position: int, frames: int) -> Curve:
        """The gain over ``frames`` from ``position``: one number wherever it stands still."""
        stop = position + frames
        end = stop if self.end is None else self.end
        if stop <= self.start or position >= end:
            return SILENT
        if position >= self.start + self._fade_in and stop <= end - self._fading:
            return FULL
        frame = np.arange(position, stop, dtype=np.float64)
        curve = np.ones(frames)
        curve[: max(0, self.start - position)] = 0
        curve[max(0, end - position) :] = 0
        if self._fade_in:
            curve *= _smoothstep((frame - self.start + 0.5) / self._fade_in)
        if self._fading:
            curve *= _smoothstep((end - frame - 0.5) / self._fading)
        return curve.astype(np.float32)


def _smoothstep(x: NDArray[np.float64]) -> NDArray[np.float64]:
    x = np.clip(x, 0, 1)
    return np.asarray(x * x * (3 - 2 * x))
