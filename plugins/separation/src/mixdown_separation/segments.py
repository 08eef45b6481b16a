"""A stream of any length through a model that hears a segment at a time: segments overlap and fade into one another.

As in Demucs (Défossez et al., ``demucs/apply.py``): a quarter of overlap, triangular weights.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mixdown_kernel import Samples


class Model(Protocol):
    """From ``frames`` frames of stereo to as many of its stems, their channels side by side."""

    frames: int
    channels: int

    def __call__(self, segment: Samples) -> Samples: ...


def overlapped(model: Model, blocks: Iterable[Samples]) -> Iterator[Samples]:
    """What the model makes of a stereo stream, equally long."""
    step = model.frames * 3 // 4
    weight = _triangle(model.frames)
    made = np.zeros((model.frames, model.channels), np.float32)
    weights = np.zeros((model.frames, 1), np.float32)
    for waiting, ended in _gathered(blocks, model.frames, step):
        segment = np.zeros((model.frames, 2), np.float32)
        segment[: len(waiting)] = waiting
        made += weight * model(segment)
        weights += weight
        yield (made / weights)[: len(waiting) if ended else step]
        made, weights = _moved(made, step), _moved(weights, step)


def _gathered(blocks: Iterable[Samples], frames: int, step: int) -> Iterator[tuple[Samples, bool]]:
    """Segments that begin ``step`` apart; whether one is the last."""
    waiting = np.zeros((0, 2), np.float32)
    for block in blocks:
        waiting = np.concatenate([waiting, block])
        while len(waiting) > frames:
            yield waiting[:frames], False
            waiting = waiting[step:]
    while len(waiting):
        yield waiting, len(waiting) <= step
        waiting = waiting[step:]


def _triangle(frames: int) -> NDArray[np.float32]:
    rising = np.arange(1, frames + 1, dtype=np.float32)
    return np.divide(np.minimum(rising, rising[::-1]), frames, dtype=np.float32)[:, None]


def _moved(samples: Samples, step: int) -> Samples:
    moved = np.zeros_like(samples)
    moved[:-step] = samples[step:]
    return moved
