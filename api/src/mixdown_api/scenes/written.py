"""A text as its reader sees it: SSML without its tags, entities as the characters that they stand for."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from html import unescape

_SSML = re.compile(r"[\s\ufeff]*+(?:<!--.{0,2000}?-->\s*+)?<(?:speak[\s>/]|\?xml\s)", re.DOTALL)
_MARKUP = re.compile(
    r"<!\[CDATA\[(?P<plain>.*?)\]\]>"
    r"|<!--.*?-->"
    r"|<\?.*?\?>"
    r"|<(?P<tag>/?[^\s/>]*)(?:[^\"'>]|\"[^\"]*\"|'[^']*')*>"
    r"|(?P<entity>&[^;\s]{1,12};)",
    re.DOTALL,
)
_MARK = re.compile(r"\[/?\w[^\]]*\]")
_PRONOUNCED = re.compile(r"\[(?P<plain>[^\[\]\r\n]{1,200})\]\(/[^()\r\n]{1,400}/\)")
"""In plain text, a word and how it is said; its reader sees the word."""
_APART = {"break", "p", "s"}
"""Tags that part what stands before them from what stands behind."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """A run of the source and what is seen of it; ``same`` where they are equal, character by character."""

    start: int
    end: int
    seen: str
    same: bool

    def cut(self, start: int, end: int) -> str:
        if not self.same:
            return self.seen
        return self.seen[max(0, start - self.start) : max(0, end - self.start)]


class Written:
    """Cuts what is seen out of a text, by offsets into its source."""

    def __init__(self, text: str) -> None:
        self._pieces = _pieces(text, _MARKUP if _SSML.match(text) else _PRONOUNCED)
        self._starts = [piece.start for piece in self._pieces]
        self.length = len(text)

    def between(self, start: int, end: int) -> str:
        """What is seen of the source from ``start`` to ``end``; what is cut in two is seen whole."""
        first = max(0, bisect_right(self._starts, start) - 1)
        last = bisect_left(self._starts, end)
        return "".join(self._pieces[number].cut(start, end) for number in range(first, last))

    def unspoken(self, start: int, end: int) -> str:
        """The same of a stretch in which nothing is spoken: without inline marks, which can only stand there."""
        return _MARK.sub(" ", self.between(start, end))


def _pieces(text: str, markup: re.Pattern[str]) -> list[_Piece]:
    found: list[_Piece] = []
    at = 0
    for match in markup.finditer(text):
        found.append(_Piece(at, match.start(), text[at : match.start()], same=True))
        found += _markup(match)
        at = match.end()
    found.append(_Piece(at, len(text), text[at:], same=True))
    return [piece for piece in found if piece.end > piece.start]


def _markup(match: re.Match[str]) -> list[_Piece]:
    whole, plain = match.span(), match.span("plain")
    if match["plain"] is not None:
        return [
            _Piece(whole[0], plain[0], "", same=False),
            _Piece(*plain, match["plain"], same=True),
            _Piece(plain[1], whole[1], "", same=False),
        ]
    if match["entity"]:
        return [_Piece(*whole, unescape(match["entity"]), same=False)]
    return [_Piece(*whole, " " if (match["tag"] or "").strip("/") in _APART else "", same=False)]
