"""Words cut into cues and lines that can be read: of all cuts the one with the fewest demerits.

What weighs is what the guides of Netflix (Timed Text Style Guide) and the BBC (Subtitle Guidelines) ask for: two lines
of 42 characters, 5/6 to 7 seconds, some 17 characters a second, ends of sentences and clauses, no break behind an
article. The search is that of Knuth and Plass, "Breaking paragraphs into lines" (1981).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from mixdown_api.scenes.shown import CLOSING, LINE_WIDTH, Shown, is_wide, width

SHORTEST_MS = 833
LONGEST_MS = 7000
SILENCE_MS = 800
"""So long a silence is not bridged by a cue."""
CHAIN_MS = 500
"""So short a gap between cues flickers: it is closed but for two frames (of 24 a second), or altogether."""
FRAMES_MS = 83
CHARACTERS_PER_SECOND = 17.0

CLAUSE_ENDS = tuple(",;:—–，、；：،؛")
_CONJUNCTIONS = """
and but or nor so yet because if unless when while although though that which who whose where whether as than"""
_PREPOSITIONS = """
about above across after against along among around at before behind below between by during for from in into like
near of off on onto over since through to toward towards under until up upon with within without"""
_OTHERS = """
a an the my your his her its our their this these those no every each some any all i you he she we they it am is are
was were be been being have has had do does did will would can could shall should may might must not very too more
most less mr mrs ms dr st prof"""
OPENING = frozenset((_CONJUNCTIONS + _PREPOSITIONS).split())
"""English words that a line may well begin with."""
LEANING = OPENING | frozenset(_OTHERS.split())
"""English words that do not end a line if that can be helped: they belong to the next one."""

SENTENCE, CLAUSE, PHRASE, WORD, LEANT, JOINED = 0.0, 5.0, 10.0, 20.0, 40.0, 60.0
"""Demerits of a break at the end of a sentence, at a comma, before a preposition, between two words, behind an
article, and where no space is."""
SENTENCE_INSIDE = 25.0
UNEVEN = 20.0
FLEETING = 60.0
FAST = 2.0


@dataclass(frozen=True, slots=True)
class Cue:
    start_ms: int
    end_ms: int
    lines: tuple[str, ...]


def cues(words: Sequence[Shown]) -> list[Cue]:
    """Cues in order, none overlapping the next: at most two lines of `LINE_WIDTH`, as long as no word is wider."""
    passage = _Passage(words)
    bounds = passage.cuts()
    return [passage.cue(first, after) for first, after in pairwise(bounds)]


class _Passage:
    """Boundary ``n`` lies before word ``n``; a cue reaches from one boundary to another."""

    def __init__(self, words: Sequence[Shown]) -> None:
        self._words = words
        self._breaks = [SENTENCE, *(_demerits(*pair) for pair in pairwise(words)), SENTENCE]
        self._ends = list(accumulate((word.ends for word in words), initial=0))
        widths = [width(word.text) for word in words]
        spaces = [float(word.spaced) for word in words]
        self._right = list(accumulate(map(sum, zip(widths, spaces, strict=True))))
        self._left = [right - own for right, own in zip(self._right, widths, strict=True)]

    def cuts(self) -> list[int]:
        """The boundaries of the best cut, from the first to the last."""
        best = [0.0]
        before = [0]
        for after in range(1, len(self._words) + 1):
            cost, first = min(
                (best[first] + self._cost(first, after), first) for first in self._firsts(after)
            )
            best.append(cost)
            before.append(first)
        found = [len(self._words)]
        while found[-1]:
            found.append(before[found[-1]])
        return found[::-1]

    def cue(self, first: int, after: int) -> Cue:
        start, end = self._times(first, after)
        return Cue(start, end, self._lines(first, after))

    def _firsts(self, after: int) -> Iterator[int]:
        """Where a cue that reaches to ``after`` may begin."""
        words = self._words
        yield after - 1
        for first in range(after - 2, -1, -1):
            silence = words[first + 1].start_ms - words[first].end_ms
            lasts = words[after - 1].end_ms - words[first].start_ms
            if silence > SILENCE_MS or lasts > LONGEST_MS or not self._fits(first, after):
                return
            yield first

    def _width(self, first: int, after: int) -> float:
        return self._right[after - 1] - self._left[first]

    def _fits(self, first: int, after: int) -> bool:
        """Two lines hold it. The first takes as much as it can."""
        if self._width(first, after) <= LINE_WIDTH:
            return True
        second = bisect_right(self._right, self._left[first] + LINE_WIDTH, first, after)
        return self._width(second, after) <= LINE_WIDTH

    def _cost(self, first: int, after: int) -> float:
        wide = self._width(first, after)
        start, end = self._times(first, after)
        lasts = end - start
        slack = max(0.0, 1 - wide / (2 * LINE_WIDTH))
        return (
            self._breaks[after]
            + UNEVEN * slack**2
            + SENTENCE_INSIDE * (self._ends[after - 1] - self._ends[first])
            + FLEETING * max(0.0, 1 - lasts / SHORTEST_MS)
            + FAST * max(0.0, 1000 * wide / lasts - CHARACTERS_PER_SECOND)
        )

    def _times(self, first: int, after: int) -> tuple[int, int]:
        """A cue stays until it can be read, where the next one leaves it the time."""
        words = self._words
        start, end = words[first].start_ms, words[after - 1].end_ms
        readable = round(1000 * self._width(first, after) / CHARACTERS_PER_SECOND)
        wanted = max(end, start + min(LONGEST_MS, max(SHORTEST_MS, readable)))
        if after == len(words) or words[after].start_ms - wanted >= CHAIN_MS:
            return start, wanted
        following = words[after].start_ms
        if following - end < FRAMES_MS:
            return start, max(following, start + 1)
        return start, min(following - FRAMES_MS, max(end, start + LONGEST_MS))

    def _lines(self, first: int, after: int) -> tuple[str, ...]:
        if self._width(first, after) <= LINE_WIDTH or after - first == 1:
            return (self._line(first, after),)
        _, second = min(
            (self._unevenness(first, middle, after), middle) for middle in range(first + 1, after)
        )
        return self._line(first, second), self._line(second, after)

    def _unevenness(self, first: int, middle: int, after: int) -> float:
        above, below = self._width(first, middle), self._width(middle, after)
        too_wide = max(above, below) > LINE_WIDTH
        return self._breaks[middle] + UNEVEN * abs(above - below) / LINE_WIDTH + 1000 * too_wide

    def _line(self, first: int, after: int) -> str:
        words = self._words[first:after]
        return "".join(" " * (word.spaced and number > 0) + word.text for number, word in enumerate(words))


def _demerits(word: Shown, following: Shown) -> float:
    """Of a break between two words."""
    if word.ends:
        return SENTENCE
    if word.text.rstrip(CLOSING).endswith(CLAUSE_ENDS):
        return CLAUSE
    if not following.spaced:
        return WORD if is_wide(word.text[-1]) or is_wide(following.text[0]) else JOINED
    if word.text.lower().rstrip(".") in LEANING:
        return LEANT
    return PHRASE if following.text.lower() in OPENING else WORD
