"""Which phones each letter of a word stands for: expectation maximisation over one-to-at-most-two alignments
(Black, Lenzo and Pagel 1998, "Issues in building general letter to sound rules", without their hand-made table)."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

MOST = 2
"""Phones that a letter may stand for: x in ``k s``, u in ``y uw1``."""
UNSEEN = 1e-7

Pair = tuple[str, tuple[str, ...]]


def estimate(pairs: Sequence[Pair], rounds: int) -> dict[tuple[str, str], float]:
    """Joint probability of (letter, chunk of phones) after so many rounds over (word, phones)."""
    chances: Mapping[tuple[str, str], float] = defaultdict(lambda: 1.0)
    for _ in range(rounds):
        counts: defaultdict[tuple[str, str], float] = defaultdict(float)
        for word, phones in pairs:
            for key, share in _expected(word, phones, chances):
                counts[key] += share
        total = sum(counts.values())
        chances = {key: count / total for key, count in counts.items()}
    return dict(chances)


def _expected(
    word: str, phones: Sequence[str], chances: Mapping[tuple[str, str], float]
) -> Iterator[tuple[tuple[str, str], float]]:
    """How often each (letter, chunk) stands in the word, over all its alignments: forward and backward sums."""
    edges = list(_edges(word, phones, chances))
    letters, sounds = len(word), len(phones)
    forward = [[0.0] * (sounds + 1) for _ in range(letters + 1)]
    backward = [[0.0] * (sounds + 1) for _ in range(letters + 1)]
    forward[0][0] = backward[letters][sounds] = 1.0
    for letter, start, end, _, chance in edges:
        forward[letter + 1][end] += forward[letter][start] * chance
    whole = forward[letters][sounds]
    if whole <= 0.0:
        return
    for letter, start, end, _, chance in reversed(edges):
        backward[letter][start] += backward[letter + 1][end] * chance
    for letter, start, end, key, chance in edges:
        share = forward[letter][start] * chance * backward[letter + 1][end] / whole
        if share > 0.0:
            yield key, share


def _edges(
    word: str, phones: Sequence[str], chances: Mapping[tuple[str, str], float]
) -> Iterator[tuple[int, int, int, tuple[str, str], float]]:
    """(letter, first phone, end phone, (letter, chunk), chance) in the order of the letters; only those that can lead to the
    end."""
    find = chances.get if not isinstance(chances, defaultdict) else None
    letters, sounds = len(word), len(phones)
    for index, letter in enumerate(word):
        first = max(0, sounds - MOST * (letters - index))
        for start in range(first, min(MOST * index, sounds) + 1):
            for end in range(start, min(start + MOST, sounds) + 1):
                if sounds - end > MOST * (letters - index - 1):
                    continue
                key = (letter, " ".join(phones[start:end]))
                yield index, start, end, key, (find(key, UNSEEN) or UNSEEN) if find else 1.0


def aligned(word: str, phones: Sequence[str], chances: Mapping[tuple[str, str], float]) -> list[str] | None:
    """The likeliest chunk for every letter; None where the word has too few letters for its phones."""
    best: dict[tuple[int, int], tuple[float, int, str]] = {(0, 0): (0.0, 0, "")}
    for letter, start, end, key, chance in _edges(word, phones, chances):
        if (before := best.get((letter, start))) is None:
            continue
        score = before[0] + math.log(chance)
        if (letter + 1, end) not in best or score > best[letter + 1, end][0]:
            best[letter + 1, end] = (score, start, key[1])
    at = len(phones)
    if (len(word), at) not in best:
        return None
    chunks = []
    for letter in range(len(word), 0, -1):
        _, at_before, chunk = best[letter, at]
        chunks.append(chunk)
        at = at_before
    return chunks[::-1]
