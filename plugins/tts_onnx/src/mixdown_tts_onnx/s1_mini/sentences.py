"""Cutting a text into what is spoken in one go.

The reference ignores its own setting for S1; a model that was trained on sentences should be given sentences, and a
listener hears the first one sooner.
"""

from __future__ import annotations

import re

SHORT = 40
"""Bytes of UTF-8 below which a sentence goes with its neighbour: a lone "Yes." has little to be spoken by."""
LONG = 300
"""Bytes beyond which a sentence is cut, at a pause where there is one."""

_ENDS = re.compile(r"(?<=[.!?…])[\"'”’)\]]*\s+|(?<=[。！？])")
_PAUSES = re.compile(r"(?<=[,;:–—])\s+|(?<=[，；：、])")
_WORDS = re.compile(r"\s+")


def sentences(text: str) -> list[str]:
    """Parts that, joined, have all of the text's words; none is empty."""
    parts: list[str] = []
    for sentence in _split(text, _ENDS):
        for part in _cut(sentence):
            if (
                parts
                and min(_size(parts[-1]), _size(part)) < SHORT
                and _size(parts[-1]) + _size(part) <= LONG
            ):
                parts[-1] = f"{parts[-1]} {part}"
            else:
                parts.append(part)
    return parts


def _cut(sentence: str) -> list[str]:
    """A long sentence at pauses, else between words, else anywhere; parts as long as may be."""
    for boundary in (_PAUSES, _WORDS):
        if _size(sentence) <= LONG:
            break
        pieces = _split(sentence, boundary)
        if len(pieces) > 1:
            return [part for joined in _pack(pieces) for part in _cut(joined)]
    if _size(sentence) <= LONG:
        return [sentence]
    step = LONG // 4  # no character has more bytes
    return [sentence[at : at + step] for at in range(0, len(sentence), step)]


def _pack(pieces: list[str]) -> list[str]:
    packed = [pieces[0]]
    for piece in pieces[1:]:
        if _size(packed[-1]) + _size(piece) < LONG:
            packed[-1] = f"{packed[-1]} {piece}"
        else:
            packed.append(piece)
    return packed


def _split(text: str, boundary: re.Pattern[str]) -> list[str]:
    """At a boundary, with closing quotes left to what they close."""
    parts, start = [], 0
    for match in boundary.finditer(text):
        end = match.start() + len(match[0].rstrip())
        parts.append(text[start:end].strip())
        start = match.end()
    parts.append(text[start:].strip())
    return [part for part in parts if part]


def _size(text: str) -> int:
    return len(text.encode())
