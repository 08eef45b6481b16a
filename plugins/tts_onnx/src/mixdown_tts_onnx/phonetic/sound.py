"""Silence: where it is, and taking it off the ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

if TYPE_CHECKING:
    from numpy.typing import NDArray

WINDOW, HOP = 2048, 512
TRIM_DB = 60.0
QUIET_DB = 40.0


def sounding(samples: NDArray[np.float32], below_db: float = TRIM_DB) -> tuple[int, int]:
    """First and end frame of what is less than ``below_db`` under the loudest window; (0, 0) for silence.

    Windows and threshold of ``librosa.effects.trim``, which kokoro-onnx applies to every take.
    """
    if not len(samples) or not samples.any():
        return 0, 0
    padded = np.pad(np.asarray(samples, np.float32), WINDOW // 2)
    power = np.mean(np.square(sliding_window_view(padded, WINDOW)[::HOP]), axis=1)
    loud = np.flatnonzero(power > power.max() * 10 ** (-below_db / 10))
    return int(loud[0]) * HOP, min(len(samples), (int(loud[-1]) + 1) * HOP)


def silences(samples: NDArray[np.float32], shortest: int) -> list[tuple[int, int]]:
    """Runs of at least ``shortest`` frames, half-open, that lie 40 dB or more under the loudest 5 ms or so."""
    block = max(1, shortest // 12)
    count = len(samples) // block
    if not count:
        return []
    power = np.mean(np.square(samples[: count * block].reshape(count, block)), axis=1)
    quiet = power <= power.max() * 10 ** (-QUIET_DB / 10)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], quiet, [False]]).astype(np.int8)))
    runs = [(int(start) * block, int(end) * block) for start, end in edges.reshape(-1, 2)]
    if runs and runs[-1][1] == count * block:
        runs[-1] = (runs[-1][0], len(samples))
    return [run for run in runs if run[1] - run[0] >= shortest]
