"""A pronunciation lexicon: words, and how they are read."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from emoji import emoji_count

from mixdown_kernel import Kind, Problem
from mixdown_text.ipa import BadIpa, read_ipa
from mixdown_text.mapped import Edit, MappedText

MAX_ENTRIES = 1000
"""In one request; an installation's own may be larger."""
MAX_WORD = 100
MAX_READING = 300

_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
"""Scripts that put no space between words: Thai, Lao, Burmese, Khmer, Japanese, Chinese."""
_IS_UNSPACED = re.compile(f"[{_UNSPACED}]")
_TOKEN = re.compile(rf"[{_UNSPACED}]|(?:(?![{_UNSPACED}])\w)+|[^\w\s]")
_NEXT = re.compile(rf"\s*+(?:{_TOKEN.pattern})")
_POSSESSIVE = re.compile(r"['’]s(?!\w)", re.IGNORECASE)
_JOINERS = frozenset("'’.@_-")
"""Between two letters they make one word of both: ``can't``, ``node.js``, ``me@there``; a hyphen does so in
front of a word only where a digit follows (``B-2``)."""


@dataclass(frozen=True)
class Entry:
    """``ipa`` is how ``word`` is pronounced, else ``words`` are read in its place. Without ``language`` it holds
    in all."""

    word: str
    words: str = ""
    ipa: str = ""
    language: str = ""

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """A word without capitals matches in any case, one with capitals only as it is written."""
        forms = {unicodedata.normalize(form, self.word) for form in ("NFC", "NFD")}
        pattern = "|".join(re.sub(r"(?:\\\s)+", r"\\s+", re.escape(form)) for form in sorted(forms, key=len))
        pattern = pattern.replace("'", "['’]").replace("’]’]", "’]")
        return re.compile(pattern, re.IGNORECASE if self.word == self.word.lower() else 0)


@dataclass(frozen=True, slots=True)
class _Found:
    start: int
    end: int
    entry: Entry


@dataclass(slots=True)
class _Node:
    """Where the tokens of an entry lead, and the entries that end here."""

    children: dict[str, _Node] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)


class Lexicon:
    """Finds the words of a text that have entries: whole ones, the longest first.

    Where two lexicons have the same word, ``base`` gives way.
    """

    def __init__(self, entries: Iterable[Entry], base: Lexicon | None = None) -> None:
        self._base = base
        self._root = _Node()
        for entry in entries:
            for form in {unicodedata.normalize(form, entry.word) for form in ("NFC", "NFD")}:
                node = self._root
                for token in _TOKEN.findall(form):
                    node = node.children.setdefault(_folded(token), _Node())
                node.entries.append(entry)

    def __bool__(self) -> bool:
        return bool(self._root.children or self._base)

    def read(self, text: MappedText, language: str) -> MappedText:
        """With the pronunciations of its words fixed, and respelt words in the place of theirs."""
        if not self:
            return text
        edits = []
        pronounced: list[_Found] = []
        for found in self._matches(text, language):
            if found.entry.ipa:
                pronounced.append(found)
            else:
                edits.append(Edit(found.start, found.end, found.entry.words))
        return text.fix(_pronunciations(text, pronounced, language)).replace(edits)

    def _matches(self, text: MappedText, language: str) -> Iterator[_Found]:
        position = 0
        for token in _TOKEN.finditer(text.text):
            if token.start() >= position and (found := self._at(text, token, language)):
                yield found
                position = found.end

    def _at(self, text: MappedText, token: re.Match[str], language: str) -> _Found | None:
        start = token.start()
        # The longest word first, then those of this lexicon, then those with capitals.
        candidates = list(self._candidates(text.text, token, language))
        candidates.sort(key=lambda entry: -len(entry.word))
        for entry in candidates:
            match = entry.pattern.match(text.text, start)
            if match and _is_whole(text.text, start, match.end()) and text.is_free(start, match.end()):
                return _Found(start, match.end(), entry)
        return None

    def _candidates(self, text: str, first: re.Match[str], language: str) -> Iterator[Entry]:
        """The entries whose tokens stand in the text from ``first`` on."""
        found: list[Entry] = []
        token: re.Match[str] | None = first
        node = self._root
        while token and (following := node.children.get(_folded(token[0].lstrip()))):
            node = following
            found += (entry for entry in node.entries if _covers(entry.language, language))
            token = _NEXT.match(text, token.end())
        yield from sorted(found, key=lambda entry: entry.word == entry.word.lower())
        if self._base:
            yield from self._base._candidates(text, first, language)


def read_entries(lexicon: Mapping[str, str], name: str) -> Iterator[Entry]:
    """Entries as users write them: ``/IPA/``, or other words. Raises `Problem` ``bad_lexicon`` naming the entry."""
    seen: set[str] = set()
    for word, reading in lexicon.items():
        entry = _entry(word, reading, f"{name}.{word[:MAX_WORD]}")
        if entry.word in seen:
            message = f"The word {entry.word!r} has two entries, which differ in white space only: keep one."
            raise _bad(message, f"{name}.{word[:MAX_WORD]}")
        seen.add(entry.word)
        yield entry


def can_be_read(word: str) -> bool:
    """Whether it holds a letter, a digit or an emoji."""
    return any(map(str.isalnum, word)) or emoji_count(word) > 0


def _entry(word: str, reading: str, field: str) -> Entry:
    written = reading.strip()
    if not 0 < len(word.strip()) <= MAX_WORD or not can_be_read(word):
        raise _bad(f"A word has 1 to {MAX_WORD} characters, a letter, digit or emoji among them.", field)
    if not 0 < len(written) <= MAX_READING or not written.isprintable():
        raise _bad(f"A reading has 1 to {MAX_READING} printable characters.", field)
    if not written.startswith("/"):
        if not any(map(str.isalnum, written)):
            raise _bad("A reading holds a letter or digit.", field)
        return Entry(word.strip(), words=written)
    if len(written) < 3 or not written.endswith("/"):
        raise _bad("IPA stands between two slashes.", field)
    try:
        return Entry(word.strip(), ipa=read_ipa(written[1:-1]))
    except BadIpa as error:
        position = reading.index("/") + 1 + error.position
        raise _bad(str(error), field, symbol=error.symbol, offset=position) from None


def _bad(message: str, field: str, **details: str | int) -> Problem:
    hint = "Write IPA between slashes (/dʒɪf/), or words to be read in its place (shi vawn)."
    place = f" (at {details['offset']})" if "offset" in details else ""
    return Problem(Kind.INVALID, "bad_lexicon", message + place, field=field, hint=hint, details=details)


def _folded(word: str) -> str:
    return "'" if word == "’" else word.casefold()


def _covers(range_: str, language: str) -> bool:
    """RFC 4647 basic filtering: ``en`` covers ``en-US``."""
    range_, language = range_.lower(), language.lower()
    return not range_ or language == range_ or language.startswith(f"{range_}-")


def _is_whole(text: str, start: int, end: int) -> bool:
    """Whether the run is no piece of a longer word."""
    return not _goes_on(text, start - 1, start, -1) and not _goes_on(text, end, end - 1, 1)


def _goes_on(text: str, beside: int, edge: int, step: int) -> bool:
    """Whether the word whose last (or first) character is at ``edge`` goes on with that ``beside`` it."""
    if not 0 <= beside < len(text):
        return False
    if _in_word(text[beside]):
        is_joined = _in_word(text[edge]) or text[edge] in _JOINERS
        return is_joined and not _IS_UNSPACED.match(text[edge])
    beyond = beside + step
    if text[beside] not in _JOINERS or not 0 <= beyond < len(text) or not _in_word(text[beyond]):
        return False
    if text[beside] == "-":
        return text[beyond].isdigit()
    return not (step > 0 and _POSSESSIVE.match(text, beside))


def _in_word(character: str) -> bool:
    return character.isalnum() or unicodedata.category(character).startswith("M")


def _pronunciations(
    text: MappedText, found: Iterable[_Found], language: str
) -> Iterator[tuple[int, int, str]]:
    """The runs with their IPA; an English possessive is pronounced with its word."""
    is_english = _covers("en", language)
    for run in found:
        possessive = _POSSESSIVE.match(text.text, run.end) if is_english else None
        if possessive and text.is_free(*possessive.span()):
            yield run.start, possessive.end(), run.entry.ipa + _possessive(run.entry.ipa)
        else:
            yield run.start, run.end, run.entry.ipa


def _possessive(ipa: str) -> str:
    """The ending as English has it behind a sibilant, another voiceless sound, and anything else."""
    if ipa.endswith(("s", "z", "ʃ", "ʒ")):
        return "ɪz"
    return "s" if ipa.endswith(("p", "t", "k", "f", "θ")) else "z"
