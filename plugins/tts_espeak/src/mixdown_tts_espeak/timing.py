"""From espeak-ng's events to one `Word` for every word of the text.

The events are not words. Phrases of small words come as one ("of the", "on a"), a number as many that overlap,
an event may point at the space before its word, and the pause after a word counts as part of it.
How far the times are from a forced alignment: `python -m meters.timings`.
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
DIGRAPH = re.compile(r"[cgpstw]h", re.IGNORECASE)


@dataclass(slots=True)
class Group:
    """Words that follow one another and the frames of the events that fell among them, one at least."""

    words: list[re.Match[str]]
    starts: list[int]


def align(
    text: str,
    events: Sequence[Sequence[int]],
    pauses: Sequence[Sequence[int]],
    phonemes: Sequence[int],
    frames: int,
) -> tuple[Word, ...]:
    """The words of ``text`` in order, their times ascending and within ``frames``.

    Args:
        text: what was spoken.
        events: (1-based position in code points, frame), in the order in which they sound.
        pauses: (first frame, end frame) of every run of silence, ascending.
        phonemes: the frame at which each phoneme begins, ascending.
        frames: the length of the sound.

    A run of characters between spaces is a word if it holds a letter or digit, or if an event points at it (an
    emoji is spoken, a dash is not). Without any event nothing was spoken.
    """
    groups = _groups(text, events)
    bounds = [*(min(group.starts[0], frames) for group in groups), frames]
    aligned = []
    for group, (start, following) in zip(groups, pairwise(bounds), strict=True):
        end = _sounding_end(start, following, pauses)
        inside = phonemes[bisect_left(phonemes, start) : bisect_left(phonemes, end)]
        times = _share(group, start, end, inside)
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


def _share(group: Group, start: int, end: int, phonemes: Sequence[int]) -> list[int]:
    """The bounds of a group's words: by its events if there is one for each, else in proportion to letters.

    Of the phonemes, where there are enough, each word has its share by letters ("of the" 2 of 4): spelling tells
    how many there are better than how long they last.
    """
    count = len(group.words)
    if len(group.starts) == count:
        bounds = [start, *group.starts[1:], end]
    else:
        letters = [_letters(word.group()) for word in group.words]
        parts = [part / sum(letters) for part in accumulate(letters[:-1])]
        if len(phonemes) >= count:
            inner = [phonemes[round(len(phonemes) * part)] for part in parts]
        else:
            inner = [start + int((end - start) * part) for part in parts]
        bounds = [start, *inner, end]
    return list(accumulate((min(bound, end) for bound in bounds), max))


def _letters(word: str) -> int:
    """Letters that may be phonemes: the h of th, ch, sh is none of its own."""
    return sum(map(str.isalnum, DIGRAPH.sub("h", word))) or 1
