"""Sound as analyses of music take it: one channel at 22,050 Hz."""

from __future__ import annotations

from typing import Any

import numpy as np
import soxr
from numpy.typing import NDArray

ANALYSIS_RATE = 22_050


def mono(samples: NDArray[np.floating[Any]], rate: int, wanted: int = ANALYSIS_RATE) -> NDArray[np.float32]:
    """The mean of the channels at ``wanted`` Hz, shape (frames,)."""
    one = np.asarray(samples, np.float32).reshape(len(samples), -1).mean(axis=1)
    return np.asarray(one if rate == wanted else soxr.resample(one, rate, wanted), np.float32)
