"""From the text of an utterance to its phones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mixdown_tts_onnx.english.connected import Said
from mixdown_tts_onnx.english.intonation import CONTENT, Syllable, accents, word_class
from mixdown_tts_onnx.english.phones import Phones, bare, is_stressed
from mixdown_tts_onnx.english.saying import said
from mixdown_tts_onnx.english.scripts import check_script
from mixdown_tts_onnx.english.syllables import syllables
from mixdown_tts_onnx.english.tokens import Given, tokens
from mixdown_tts_onnx.mixdown.features import PAUSE, Phone

SILENCE = Phone(PAUSE, False, False, False, False, False, False, False)


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the text, ``text_start`` to ``text_end`` in code points with the marks written at it, and which phones it is
    (``start`` to ``end`` of `Reading.phones`). Half-open, in order, without overlap."""

    text_start: int
    text_end: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Reading:
    """An utterance as it is said.

    ``phones`` begin and end with a pause, ``pau``, and have one wherever a phrase ends; none at all where nothing is spoken.
    ``question``: it ends with a question mark.
    """

    phones: tuple[Phone, ...]
    words: tuple[Word, ...]
    question: bool


def read(text: str, pronunciations: Sequence[Given] = (), *, weak: bool = False) -> Reading:
    """The phones of an utterance, a few sentences at most; ``pronunciations`` in order, without overlap, inside the text.

    ``weak`` reduces function words (``ənd``), which the voices' teachers say in full. Blocking, some 0.1 ms a word.

    Raises `Problem`: ``bad_pronunciation`` for what is no IPA, ``unsupported_language`` where most letters are of other scripts.
    """
    check_script(text, pronunciations)
    heard = said(tokens(text, pronunciations), weak)
    phones, places = _phones(heard)
    return Reading(phones, tuple(_words(text, heard, places)), text.rstrip(" \"'”’)]").endswith("?"))


@dataclass(frozen=True, slots=True)
class _Part:
    """A syllable of the utterance."""

    phones: Phones
    place: Syllable
    word_start: bool
    word_end: bool


def _phones(heard: Sequence[Said]) -> tuple[tuple[Phone, ...], list[tuple[int, int]]]:
    """Those of the utterance, and where the phones of each token lie."""
    parts = [list(_parts(one, number, phrase)) for one, number, phrase in _numbered(heard)]
    accented = iter(accents([part.place for token in parts for part in token]))
    phones: list[Phone] = [SILENCE] if parts else []
    places = []
    for one, token in zip(heard, parts, strict=True):
        start = len(phones)
        for part in token:
            phones += _syllable(part, next(accented))
        places.append((start, len(phones)))
        if one.token.pauses:
            phones.append(SILENCE)
    if phones and phones[-1] != SILENCE:
        phones.append(SILENCE)
    return tuple(phones), places


def _numbered(heard: Sequence[Said]) -> Iterator[tuple[Said, int, int]]:
    """Each with the numbers of its first word and of its phrase."""
    number = phrase = 0
    for one in heard:
        yield one, number, phrase
        number += len(one.spoken)
        phrase += one.token.pauses


def _parts(one: Said, number: int, phrase: int) -> Iterator[_Part]:
    for index, word in enumerate(one.spoken):
        cut = syllables(word.phones)
        for place, phones in enumerate(cut):
            syllable = Syllable(number + index, word_class(word.name), phrase, any(map(is_stressed, phones)))
            yield _Part(phones, syllable, place == 0, place == len(cut) - 1)


def _syllable(part: _Part, accented: bool) -> Iterator[Phone]:
    last = len(part.phones) - 1
    for index, phone in enumerate(part.phones):
        yield Phone(
            bare(phone),
            stressed=part.place.stressed,
            accented=accented,
            syllable_start=index == 0,
            syllable_end=index == last,
            word_start=part.word_start and index == 0,
            word_end=part.word_end and index == last,
            content=part.place.word_class == CONTENT,
        )


def _words(text: str, heard: Sequence[Said], places: Sequence[tuple[int, int]]) -> Iterator[Word]:
    """Tokens without white space between them are one, as captions show them."""
    group: list[int] = []
    for index, one in enumerate(heard):
        group.append(index)
        if one.token.spaced:
            start, end = heard[group[0]].token.start, one.token.end
            yield Word(*_with_marks(text, start, end), places[group[0]][0], places[index][1])
            group = []


def _with_marks(text: str, start: int, end: int) -> tuple[int, int]:
    while start and not text[start - 1].isspace():
        start -= 1
    while end < len(text) and not text[end].isspace():
        end += 1
    return start, end
