"""The words of a text, and what stands between them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

Kind = Literal["word", "letters", "number", "symbol"]

_PIECE = re.compile(
    r"(?P<letters>[^\W\d_](?:\.[^\W\d_])+\b\.?)"
    r"|(?P<word>(?:['’](?=(?:cause|em|tis|twas|til)\b))?[^\W\d_](?:[^\W\d_]|[\u0300-\u036f]|['’](?=[^\W\d_]))*)"
    r"|(?P<number>[0-9]+(?:[.,][0-9]+)*)"
    r"|(?P<blank>\s+)"
    r"|(?P<symbol>.)",
    re.DOTALL | re.IGNORECASE,
)
_PAUSING = frozenset(".,;:!?…—–()[]{}¡¿。，、；：！？|•")
"""Behind a word they end its phrase; quotation marks, hyphens and apostrophes do not."""


@dataclass(frozen=True, slots=True)
class Token:
    """A word, letters parted by points, a number or a symbol, as it is written at ``start`` to ``end`` of the text (half-open,
    code points).

    ``pauses``: a mark behind it ends a phrase. ``spaced``: white space, or the text's end, comes before the next token.
    """

    written: str
    start: int
    end: int
    kind: Kind
    pauses: bool = False
    spaced: bool = False


def tokens(text: str, offset: int = 0) -> Iterator[Token]:
    """Those of a text that lies ``offset`` characters into another. Marks belong to the token before them."""
    waiting: Token | None = None
    for match in _PIECE.finditer(text):
        token = _token(match, offset)
        if token is None and waiting is not None:
            pauses = waiting.pauses or _pauses(match)
            spaced = waiting.spaced or match.lastgroup == "blank"
            waiting = replace(waiting, pauses=pauses, spaced=spaced)
        elif token is not None:
            if waiting is not None:
                yield waiting
            waiting = token
    if waiting is not None:
        yield replace(waiting, spaced=True)


def _token(match: re.Match[str], offset: int) -> Token | None:
    """None for white space and for marks: what is no letter, digit or symbol such as ``$`` or an emoji."""
    written, start, end = match.group(), match.start() + offset, match.end() + offset
    match match.lastgroup:
        case "letters" | "word" | "number" as kind:
            return Token(written, start, end, kind)
        case "symbol" if written not in _PAUSING and unicodedata.category(written)[0] in "LNS":
            return Token(written, start, end, "symbol")
    return None


def _pauses(match: re.Match[str]) -> bool:
    """A mark that ends a phrase; no point or comma inside a word; a hyphen between spaces, or two of them."""
    start, end = match.span()
    before, behind = match.string[max(0, start - 1) : start], match.string[end : end + 1]
    if match.group() == "-":
        return before in ("-", " ") and behind in ("-", " ")
    return match.group() in _PAUSING and not (match.group() in ".,:" and behind.isalnum())
