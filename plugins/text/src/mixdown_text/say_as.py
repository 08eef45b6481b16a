"""``<say-as>``: text whose reading the author has decided."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from mixdown_text.mapped import Edit, MappedText
from mixdown_text.numbers import NumberReader

_DIGITS = re.compile(r"[0-9]+")
_NAMES = {
    ".": "dot", "-": "dash", "_": "underscore", "@": "at", "/": "slash", "\\": "backslash", "&": "and", "#": "hash",
    "+": "plus", "*": "star", "=": "equals", "%": "percent", "$": "dollar", ":": "colon", ",": "comma",
}  # fmt: skip


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


def _whole(text: str, read: Callable[[str], str | None]) -> Iterator[Edit]:
    start, end = len(text) - len(text.lstrip()), len(text.rstrip())
    written = text[start:end].replace(",", "").removeprefix("+")
    sign = "minus " if written.startswith(("-", "−")) else ""
    words = read(written[len(sign and "-") :]) if _DIGITS.fullmatch(written, len(sign and "-")) else None
    if words:
        yield Edit(start, end, sign + words)


_READINGS: dict[str, Callable[[str, NumberReader], Iterator[Edit]]] = {
    "characters": spell_out,
    "spell-out": spell_out,
    "verbatim": spell_out,
    "cardinal": cardinal,
    "number": cardinal,
    "ordinal": ordinal,
    "digits": digits,
    "telephone": digits,
}
INTERPRETATIONS = tuple(_READINGS)


def say_as(interpretation: str, text: MappedText, numbers: NumberReader) -> MappedText:
    """The text so read; what cannot be read so ("cardinal" of a word) stays as written."""
    return text.replace(_READINGS[interpretation](text.text, numbers))
