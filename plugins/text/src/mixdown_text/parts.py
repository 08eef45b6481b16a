"""Sentences that are too long for one utterance."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from math import ceil

from mixdown_text.mapped import MappedText

_BOUNDARIES = (
    re.compile(r"[.!?;:,–—…)\]»”]['\"’]?\s+|[。！？；：，、]"),
    re.compile(r"\s+"),
)
"""Where a voice may breathe, the best places first; a part ends where a match ends."""


def parts(sentence: MappedText, limit: int) -> Iterator[MappedText]:
    """The sentence in parts of at most ``limit`` characters: cut at clauses, else between words, else between
    characters as readers see them. Only a replaced run that is longer than the limit makes a longer part."""
    start = 0
    while len(sentence.text) - start > limit:
        cut = _cut(sentence, start, limit)
        yield sentence.slice(start, cut)
        start = cut
    yield sentence.slice(start, len(sentence.text))


def _cut(sentence: MappedText, start: int, limit: int) -> int:
    remaining = len(sentence.text) - start
    ideal = start + ceil(remaining / ceil(remaining / limit))
    for boundary in _BOUNDARIES:
        # A match may run past the limit by its space only, which is trimmed.
        found = (match.end() for match in boundary.finditer(sentence.text, start + limit // 3, start + limit))
        if cuts := [cut for cut in found if sentence.divisible(cut)]:
            return min(cuts, key=lambda cut: abs(cut - ideal))
    inside = [cut for cut in range(start + limit, start, -1) if sentence.divisible(cut)]
    whole = (cut for cut in inside if not _joins(sentence.text[cut - 1], sentence.text[cut]))
    if (cut := next(whole, None)) is not None:
        return cut
    if inside:
        return inside[0]
    beyond = range(start + limit, len(sentence.text))
    return next((cut for cut in beyond if sentence.divisible(cut)), len(sentence.text))


def _joins(before: str, after: str) -> bool:
    """Whether the two are one character to a reader: the part of UAX #29 that breaks most visibly."""
    return (
        unicodedata.category(after).startswith("M")
        or "\u200d" in (before, after)
        or "\U0001f3fb" <= after <= "\U0001f3ff"  # skin tones
        or ("\U0001f1e6" <= before <= "\U0001f1ff" and "\U0001f1e6" <= after <= "\U0001f1ff")  # flags
    )
