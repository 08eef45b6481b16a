"""Chance that can be repeated: a stream of its own for everything that is drawn.

A part that draws more or less leaves the others as they were, so one seed stays one piece at every intensity.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import TypeVar
from zlib import crc32

import numpy as np

Generator = np.random.Generator
T = TypeVar("T")


def stream(seed: int, *path: str | int) -> Generator:
    """A generator for what ``path`` names, the same in every process."""
    words = [crc32(step.encode()) if isinstance(step, str) else step for step in path]
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *words])))


def pick(rng: Generator, options: Sequence[T]) -> T:
    return options[int(rng.integers(len(options)))]


def weigh(rng: Generator, options: Mapping[T, float]) -> T:
    """One of the options, as likely as its weight says."""
    bounds = list(accumulate(options.values()))
    return list(options)[bisect(bounds, float(rng.random()) * bounds[-1], hi=len(bounds) - 1)]
