"""More phonemes than one pass of the model holds: where to part them, and how the takes are joined.

Without durations each take stands alone: its silence is taken off and the pause that its punctuation asks for put
on. With durations (exports of v1.1) takes overlap: each is spoken with what comes before and after it, so that
melody goes on, and they meet by a crossfade in the quietest place between the words where they are parted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

CONTEXT = 60
"""Symbols spoken before and after what is kept of an overlapping take."""
CROSSFADE_SECONDS = 0.02
SENTENCE_PAUSE, CLAUSE_PAUSE = 0.25, 0.1
SENTENCE_MARKS, CLAUSE_MARKS = ".!?…", ",;:—"
_CUTS = (
    (re.compile(rf"(?<=[{SENTENCE_MARKS}]) "), 0.0),
    (re.compile(rf"(?<=[{CLAUSE_MARKS}]) "), 0.1),
    (re.compile(" "), 0.25),
)
"""Where takes may be parted, and how far from the middle, as a share of the whole, each is worth going."""


def parted(symbols: str, limit: int) -> list[tuple[int, int]]:
    """Runs of at most ``limit`` symbols, half-open, of about equal length: a short take is spoken unlike its neighbours.

    The space at a parting belongs to the run before it. Only a run without any space is parted within a word.
    """
    return list(_parted(symbols, 0, limit))


def _parted(symbols: str, start: int, limit: int) -> Iterator[tuple[int, int]]:
    if len(symbols) <= limit:
        yield start, start + len(symbols)
        return
    middle = len(symbols) / 2
    cuts = [
        (abs(found.end() - middle) + worth * len(symbols), found.end())
        for pattern, worth in _CUTS
        for found in pattern.finditer(symbols, 1, len(symbols) - 1)
    ]
    cut = min(cuts)[1] if cuts else len(symbols) // 2
    yield from _parted(symbols[:cut], start, limit)
    yield from _parted(symbols[cut:], start + cut, limit)


def pause_after(symbols: str) -> float:
    """Seconds."""
    mark = symbols.rstrip()[-1:]
    if mark and mark in SENTENCE_MARKS:
        return SENTENCE_PAUSE
    return CLAUSE_PAUSE if mark and mark in CLAUSE_MARKS else 0.0


@dataclass(frozen=True, slots=True)
class Take:
    """Sound, and the frame at which each of its symbols begins and the last one ends."""

    samples: NDArray[np.float32]
    edges: NDArray[np.int64]


class Joiner:
    """Overlapping takes, one after the other, as one stream. Holds back what the next take will be faded into."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._fade = round(CROSSFADE_SECONDS * rate)
        self._held: NDArray[np.float32] = np.zeros(0, np.float32)

    def add(self, take: Take, first: int, end: int, *, begins: bool, ends: bool) -> Take:
        """What is certain by now of a take of which the symbols ``first`` to ``end`` are kept.

        The edges that come back are those of the kept symbols, from the beginning of what comes back.
        """
        start = 0 if begins else self._quietest(take, first)
        stop = len(take.samples) if ends else self._quietest(take, end)
        tail = 0 if ends else min(self._fade, len(take.samples) - stop)
        kept = take.samples[start : stop + tail].copy()
        overlap = min(len(self._held), len(kept))
        ramp = np.sin(np.linspace(0, np.pi / 2, overlap, dtype=np.float32)) ** 2
        kept[:overlap] = kept[:overlap] * ramp + self._held[:overlap] * (1 - ramp)
        self._held = kept[len(kept) - tail :]
        sure = kept[: len(kept) - tail]
        return Take(sure, np.clip(take.edges[first : end + 1] - start, 0, len(sure)))

    def _quietest(self, take: Take, symbol: int) -> int:
        """A frame near the border before ``symbol``: between the word before, whose last symbol is a space, and it."""
        low, high = int(take.edges[max(0, symbol - 2)]), int(take.edges[min(symbol + 1, len(take.edges) - 1)])
        border = int(take.edges[symbol])
        low, high = max(low, border - self._rate // 10), min(high, border + self._rate // 10)
        width = max(1, self._fade // 2)
        if high - low <= width:
            return border
        power = np.convolve(np.square(take.samples[low:high], dtype=np.float64), np.ones(width), "valid")
        return low + int(np.argmin(power)) + width // 2
