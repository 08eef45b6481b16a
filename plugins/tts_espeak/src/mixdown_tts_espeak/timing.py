"""From espeak-ng's events to one `Word` for every word of the text.

The events are not words. Phrases of small words come as one ("of the", "on a"), a number as many that overlap,
an event may point at the space before its word, and the pause after a word counts as part of it.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from operator import itemgetter

from mixdown_kernel import Word

TOKEN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]|[^\s\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+")
"""What stands between spaces; a Han character is a word of its own."""


@dataclass(slots=True)
class Group:
    """Words that follow one another and the frames of the events that fell among them, one at least."""

    words: list[re.Match[str]]
    starts: list[int]


def align(
    text: str, events: Sequence[Sequence[int]], pauses: Sequence[Sequence[int]], frames: int
) -> tuple[Word, ...]:
    """The words of ``text`` in order, their times ascending and within ``frames``.

    Args:
        text: what was spoken.
        events: (1-based position in code points, frame), in the order in which they sound.
        pauses: (first frame, end frame) of every run of silence, ascending.
        frames: the length of the sound.

    A run of characters between spaces is a word if it holds a letter or digit, or if an event points at it (an
    emoji is spoken, a dash is not). Without any event nothing was spoken.
    """
    groups = _groups(text, events)
    bounds = [*(min(group.starts[0], frames) for group in groups), frames]
    aligned = []
    for group, (start, following) in zip(groups, pairwise(bounds), strict=True):
        times = _share(group, start, _sounding_end(start, following, pauses))
        aligned += [
            Word(word.start(), word.end(), first, end)
            for word, (first, end) in zip(group.words, pairwise(times), strict=True)
        ]
    return tuple(aligned)


def _groups(text: str, events: Sequence[Sequence[int]]) -> list[Group]:
    """Every event at a word that had none yet begins a group; the words it passes over belong to the one before."""
    tokens = list(TOKEN.finditer(text))
    ends = [token.end() for token in tokens]
    groups: list[Group] = []
    leading: list[re.Match[str]] = []
    seen = 0
    for position, frame in events:
        index = bisect_right(ends, position - 1)
        if seen <= index < len(tokens):
            (groups[-1].words if groups else leading).extend(filter(_readable, tokens[seen:index]))
            groups.append(Group([*leading, tokens[index]], [frame]))
            leading = []
            seen = index + 1
        elif groups:
            groups[-1].starts.append(frame)
    if groups:
        groups[-1].words.extend(filter(_readable, tokens[seen:]))
    return groups


def _readable(token: re.Match[str]) -> bool:
    return any(character.isalnum() for character in token.group())


def _sounding_end(start: int, end: int, pauses: Sequence[Sequence[int]]) -> int:
    """Where the sound that began at ``start`` gives way to the pause that lasts until ``end``, if there is one."""
    index = bisect_left(pauses, end, key=itemgetter(0)) - 1
    if index >= 0 and pauses[index][0] > start and pauses[index][1] >= end:
        return pauses[index][0]
    return end


def _share(group: Group, start: int, end: int) -> list[int]:
    """The bounds of a group's words: by its events if there is one for each, else in proportion to letters."""
    if len(group.starts) == len(group.words):
        bounds = [start, *group.starts[1:], end]
    else:
        letters = [sum(map(str.isalnum, word.group())) or 1 for word in group.words]
        bounds = [start + (end - start) * part // sum(letters) for part in accumulate(letters, initial=0)]
    return list(accumulate((min(bound, end) for bound in bounds), max))
