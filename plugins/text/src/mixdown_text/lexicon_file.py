"""Pronunciation lexicons as files: the W3C's Pronunciation Lexicon Specification 1.0, read by expat.

Nothing in a file refers to anything outside of it: a document type is refused, and with it every entity of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from mixdown_kernel import Kind, Problem
from mixdown_text.alphabets import ALPHABETS
from mixdown_text.elements import LANGUAGE
from mixdown_text.ipa import BadIpa
from mixdown_text.lexicon import MAX_READING, MAX_WORD, Entry, can_be_read

MAX_BYTES = 16 << 20
PARENTS = {"lexicon": "", "meta": "lexicon", "metadata": "lexicon", "lexeme": "lexicon", "grapheme": "lexeme",
           "phoneme": "lexeme", "alias": "lexeme", "example": "lexeme"}  # fmt: skip
IGNORED = frozenset({"meta", "metadata", "example"})


def read_lexicon_file(path: Path) -> list[Entry]:
    """The entries of a PLS file, for the language of its root.

    Of several readings the preferred one counts, else the first. Raises `Problem` (``bad_lexicon``, with the line).
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise _bad(path, f"it cannot be read ({error.strerror})") from None
    if len(data) > MAX_BYTES:
        raise _bad(path, f"it has more than {MAX_BYTES >> 20} MiB")
    return _Reader(path).read(data)


@dataclass(slots=True)
class _Lexeme:
    words: list[str] = field(default_factory=list)
    readings: list[tuple[bool, str, str]] = field(default_factory=list)
    """(preferred, words, IPA)"""

    def entries(self, language: str) -> Iterator[Entry]:
        preferred = [reading for reading in self.readings if reading[0]]
        _, words, ipa = (preferred or self.readings)[0]
        for word in self.words:
            yield Entry(word, words, ipa, language)


class _Reader:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._language = ""
        self._alphabet = "ipa"
        self._open: list[tuple[str, dict[str, str]]] = []
        self._text: list[str] = []
        self._lexeme = _Lexeme()
        self._entries: list[Entry] = []
        self._parser = parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text.append
        parser.StartDoctypeDeclHandler = self._doctype

    def read(self, data: bytes) -> list[Entry]:
        try:
            self._parser.Parse(data, True)
        except expat.ExpatError as error:
            raise self._bad(f"it is not well-formed: {expat.ErrorString(error.code)}") from None
        return self._entries

    def _doctype(self, *_: object) -> None:
        raise self._bad("it may hold no document type")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        parent = self._open[-1][0] if self._open else ""
        if parent not in IGNORED and PARENTS.get(name) != parent:
            raise self._bad(
                f"<{name[:40]}> cannot stand in <{parent}>" if parent else "its root is not <lexicon>"
            )
        self._open.append((name, attributes))
        self._text.clear()
        if name == "lexicon":
            self._language = attributes.get("xml:lang", "")
            self._alphabet = attributes.get("alphabet", "ipa")
            if not LANGUAGE.fullmatch(self._language):
                raise self._bad("<lexicon> needs xml:lang with a language tag such as en-US")
        elif name == "lexeme":
            self._lexeme = _Lexeme()

    def _end(self, name: str) -> None:
        _, attributes = self._open.pop()
        text = " ".join("".join(self._text).split())
        self._text.clear()
        preferred = attributes.get("prefer") == "true"
        match name:
            case "grapheme":
                self._lexeme.words.append(self._checked(text, name, MAX_WORD))
            case "alias":
                self._lexeme.readings.append((preferred, self._checked(text, name, MAX_READING), ""))
            case "phoneme":
                alphabet = attributes.get("alphabet", self._alphabet)
                self._lexeme.readings.append((preferred, "", self._ipa(text, alphabet)))
            case "lexeme":
                if not self._lexeme.words or not self._lexeme.readings:
                    raise self._bad("a <lexeme> needs a <grapheme>, and a <phoneme> or an <alias>")
                self._entries += self._lexeme.entries(self._language)

    def _checked(self, text: str, name: str, limit: int) -> str:
        if not 0 < len(text) <= limit or not can_be_read(text):
            raise self._bad(f"<{name}> holds 1 to {limit} characters, a letter, digit or emoji among them")
        return text

    def _ipa(self, text: str, alphabet: str) -> str:
        if alphabet not in ALPHABETS:
            raise self._bad(f"the alphabet {alphabet[:40]!r} is not one of {', '.join(ALPHABETS)}")
        try:
            return ALPHABETS[alphabet](text)
        except BadIpa as error:
            raise self._bad(f"{text[:40]!r}: {error}") from None

    def _bad(self, message: str) -> Problem:
        return _bad(self._path, message, self._parser.CurrentLineNumber)


def _bad(path: Path, message: str, line: int | None = None) -> Problem:
    place = f", line {line}" if line else ""
    hint = "See https://www.w3.org/TR/pronunciation-lexicon/."
    return Problem(
        Kind.INVALID,
        "bad_lexicon",
        f"The lexicon {path.name}{place}: {message}.",
        field="lexicon_files",
        hint=hint,
    )
