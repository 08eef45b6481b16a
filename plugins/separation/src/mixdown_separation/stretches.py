"""An asset read stretch by stretch, each with what lies around it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mixdown_kernel import Samples
from mixdown_kernel.pcm import PcmFile


@dataclass(frozen=True)
class Stretch:
    """``own`` frames of the file, and the same within ``around``: ``context`` frames more on both sides, silent where
    the file has none."""

    around: Samples
    context: int
    frames: int

    @property
    def own(self) -> Samples:
        return self.around[self.context : self.context + self.frames]


def stretches(file: PcmFile, frames: int, context: int, grid: int) -> Iterator[Stretch]:
    """The whole file, in stretches of at most ``frames`` that are read with a multiple of ``grid`` frames."""
    for start in range(0, file.frames, frames):
        own = min(frames, file.frames - start)
        first, last = start - context, start + -(-own // grid) * grid + context
        around = np.zeros((last - first, file.channels), np.float32)
        within = max(first, 0)
        found = next(file.blocks(min(last, file.frames) - within, within))
        around[within - first : within - first + len(found)] = found
        yield Stretch(around, context, own)


def with_rest(mixture: Samples, stems: dict[str, NDArray[np.float32]]) -> dict[str, Samples]:
    """The stems, and ``other``: what they leave of the mixture, so that together they sum to it."""
    total = np.sum(list(stems.values()), axis=0, dtype=np.float64)
    return {**stems, "other": (mixture - total).astype(np.float32)}
