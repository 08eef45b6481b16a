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
    cosine, and made of multiplications alone it has the same bits on every machine. Where fades overlap they multiply,
    so that a track shorter than its two fades still begins and ends at zero, and one that is ended again while it dies
    away does so without a jump; this also makes no difference between an end known from the start and one announced
    later.

    ``declick`` frames are the least that an announced end fades over, and a start that is `cut`.
    """

    def __init__(self, start: int, fade_in: int, fade_out: int, declick: int = 0) -> None:
        self.start = start
        self.end: int | None = None
        self._fade_in = fade_in
        self._fade_out = max(fade_out, declick)
        self._declick = declick
        self._falls: list[tuple[int, int]] = []
        """Where each fade-out begins and ends."""

    def cut(self) -> None:
        """The sound begins in the middle of its wave."""
        self._fade_in = max(self._fade_in, self._declick)

    def end_at(self, frame: int, now: int, fade: int | None = None) -> None:
        """End at ``frame``, over ``fade`` frames instead of the fade-out; what of it should have begun before ``now``
        is left out.

        May be said again: a fade that has not begun is forgotten, one that has goes on.
        """
        fade = self._fade_out if fade is None else fade
        length = max(0, min(fade, frame - max(self.start, now)))
        self._falls = [fall for fall in self._falls if fall[0] < now]
        self._falls.append((frame - length, frame))
        self.end = min(end for _, end in self._falls)

    def curve(self, position: int, frames: int) -> Curve:
        """The gain over ``frames`` from ``position``: one number wherever it stands still."""
        stop = position + frames
        end = stop if self.end is None else self.end
        if stop <= self.start or position >= end:
            return SILENT
        if position >= self.start + self._fade_in and all(stop <= begin for begin, _ in self._falls):
            return FULL
        frame = np.arange(position, stop, dtype=np.float64)
        curve = np.ones(frames)
        curve[: max(0, self.start - position)] = 0
        curve[max(0, end - position) :] = 0
        if self._fade_in:
            curve *= smoothstep((frame - self.start + 0.5) / self._fade_in)
        for begin, end in self._falls:
            if end > begin:
                curve *= smoothstep((end - frame - 0.5) / (end - begin))
        return curve.astype(np.float32)


def smoothstep(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """``x² (3 - 2x)``, 0 below 0 and 1 above 1."""
    x = np.clip(x, 0, 1)
    return np.asarray(x * x * (3 - 2 * x))
