"""The words of a text, and what stands between them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol

Kind = Literal["word", "letters", "number", "symbol", "given"]

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


class Given(Protocol):
    """How a run of the text is pronounced whatever its spelling: a kernel's `Pronunciation`."""

    @property
    def text_start(self) -> int: ...
    @property
    def text_end(self) -> int: ...
    @property
    def ipa(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Token:
    """A word, letters parted by points, a number, a symbol or what is pronounced as ``ipa`` says, as it is written at ``start`` to
    ``end`` of the text (half-open, code points).

    ``pauses``: a mark behind it ends a phrase. ``spaced``: white space, or the text's end, comes before the next token.
    """

    written: str
    start: int
    end: int
    kind: Kind
    ipa: str = ""
    pauses: bool = False
    spaced: bool = False


def tokens(text: str, given: Sequence[Given] = ()) -> Iterator[Token]:
    """Those of a text, of which the ``given`` runs (in order, apart) are pronounced as they say.

    Marks and white space belong to the token before them.
    """
    waiting: Token | None = None
    for token in _pieces(text, given):
        if isinstance(token, Token):
            if waiting is not None:
                yield waiting
            waiting = token
        elif waiting is not None:
            pauses = waiting.pauses or _pauses(token)
            spaced = waiting.spaced or token.lastgroup == "blank"
            waiting = replace(waiting, pauses=pauses, spaced=spaced)
    if waiting is not None:
        yield replace(waiting, spaced=True)


def _pieces(text: str, given: Sequence[Given]) -> Iterator[Token | re.Match[str]]:
    """Tokens, and what stands between them."""
    position = 0
    for run in given:
        yield from _written(text, position, run.text_start)
        yield from _given(text, run)
        position = run.text_end
    yield from _written(text, position, len(text))


def _written(text: str, start: int, end: int) -> Iterator[Token | re.Match[str]]:
    for match in _PIECE.finditer(text, start, end):
        yield _token(match) or match


def _given(text: str, run: Given) -> Iterator[Token]:
    """Word by word where as many are written as pronounced."""
    written = list(re.finditer(r"\S+", text[run.text_start : run.text_end]))
    spoken = run.ipa.split()
    if len(written) < 2 or len(written) != len(spoken):
        yield Token(text[run.text_start : run.text_end], run.text_start, run.text_end, "given", run.ipa)
        return
    for word, ipa in zip(written, spoken, strict=True):
        start, end = word.start() + run.text_start, word.end() + run.text_start
        yield Token(word.group(), start, end, "given", ipa, spaced=True)


def _token(match: re.Match[str]) -> Token | None:
    """None for white space and for marks: what is no letter, digit or symbol such as ``$`` or an emoji."""
    written, start, end = match.group(), match.start(), match.end()
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
