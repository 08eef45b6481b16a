"""``<say-as>``: text whose reading the author has decided."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache

from mixdown_text.mapped import Edit, MappedText
from mixdown_text.normalize import Normalizer
from mixdown_text.numbers import NumberReader, number_reader
from mixdown_text.rules import SWITCHES
from mixdown_text.say_as_dates import FORMATS, written_date

_DIGITS = re.compile(r"[0-9]+")
_NAMES = {
    ".": "dot", "-": "dash", "_": "underscore", "@": "at", "/": "slash", "\\": "backslash", "&": "and", "#": "hash",
    "+": "plus", "*": "star", "=": "equals", "%": "percent", "$": "dollar", ":": "colon", ",": "comma",
}  # fmt: skip
BLEEP = "bleep"


def spell_out(text: str, numbers: NumberReader) -> Iterator[Edit]:
    """Each letter, digit and (in English) common sign by its name."""
    is_english = numbers.cardinal("1") == "one"
    end = len(text.rstrip())
    for position, character in enumerate(text[:end]):
        if character.isspace():
            continue
        name = _NAMES.get(character, character) if is_english else character
        if character in "0123456789":
            name = numbers.cardinal(character) or character
        elif len(character.upper()) == 1:
            # Voices read a lone lower-case "a" as the article.
            name = name.upper() if len(name) == 1 else name
        comma = ", " if position + 1 < end and not text[position + 1].isspace() else ""
        yield Edit(position, position + 1, name + comma)


def digits(text: str, numbers: NumberReader) -> Iterator[Edit]:
    """Digit by digit; what stands between the digits stays."""
    for position, character in enumerate(text):
        if character in "0123456789" and (name := numbers.cardinal(character)):
            space = " " if text[position + 1 : position + 2].isdigit() else ""
            yield Edit(position, position + 1, name + space)


def cardinal(text: str, numbers: NumberReader) -> Iterator[Edit]:
    yield from _whole(text, numbers.cardinal)


def ordinal(text: str, numbers: NumberReader) -> Iterator[Edit]:
    yield from _whole(text, numbers.ordinal)


def expletive(text: str, numbers: NumberReader) -> Iterator[Edit]:
    """A word in the place of each of the author's, whatever it is."""
    for word in re.finditer(r"\S+", text):
        yield Edit(*word.span(), BLEEP)


def _whole(text: str, read: Callable[[str], str | None]) -> Iterator[Edit]:
    start, end = len(text) - len(text.lstrip()), len(text.rstrip())
    written = text[start:end].replace(",", "").removeprefix("+")
    sign = "minus " if written.startswith(("-", "−")) else ""
    words = read(written[len(sign and "-") :]) if _DIGITS.fullmatch(written, len(sign and "-")) else None
    if words:
        yield Edit(start, end, sign + words)


_READINGS: Mapping[str, Callable[[str, NumberReader], Iterator[Edit]]] = {
    "characters": spell_out,
    "spell-out": spell_out,
    "verbatim": spell_out,
    "cardinal": cardinal,
    "number": cardinal,
    "ordinal": ordinal,
    "digits": digits,
    "expletive": expletive,
    "bleep": expletive,
}
_RULES: Mapping[str, frozenset[str]] = {
    "date": frozenset({"dates", "years"}),
    "time": frozenset({"times"}),
    "telephone": frozenset({"phones", "codes"}),
    "currency": frozenset({"currency"}),
    "fraction": frozenset({"fractions"}),
    "unit": frozenset({"units", "currency", "percent"}),
    "address": frozenset(SWITCHES),
}
"""Kinds that the rules of normalisation read: those with these names, and no others."""

INTERPRETATIONS = (*_READINGS, *_RULES)
DATE_FORMATS = tuple(FORMATS)


def say_as(interpretation: str, format_: str, text: MappedText, language: str) -> MappedText:
    """The text so read, and fixed. What cannot be read so ("cardinal" of a word) stays as it was."""
    numbers = number_reader(language)
    if interpretation in _READINGS:
        read = text.replace(_READINGS[interpretation](text.text, numbers))
    else:
        if interpretation == "date" and format_:
            text = text.replace(_dated(text.text, format_, numbers))
        read = _normalizer(language, _RULES[interpretation])(text)
        if interpretation == "telephone" and read == text:
            read = text.replace(digits(text.text, numbers))
    return read if read == text else read.fix([(0, len(read.text), None)])


def _dated(text: str, format_: str, numbers: NumberReader) -> Iterator[Edit]:
    if numbers.cardinal("1") == "one" and (date := written_date(text.strip(), format_, numbers)):
        yield Edit(0, len(text), date)


@lru_cache(maxsize=64)
def _normalizer(language: str, names: frozenset[str]) -> Normalizer:
    return Normalizer(language, frozenset(SWITCHES) - names)
