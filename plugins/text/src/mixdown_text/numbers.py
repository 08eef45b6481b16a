"""Numbers in words, by the Unicode Common Locale Data Repository's rules (unicode-rbnf)."""

from __future__ import annotations

from functools import lru_cache

from unicode_rbnf import FormatPurpose, RbnfEngine
from unicode_rbnf.engine import RbnfError

MAX_DIGITS = 18
"""The rules end below a quintillion."""


class NumberReader:
    """Reads numbers in one language; every method answers None where the rules have no words."""

    def __init__(self, engines: tuple[RbnfEngine, ...]) -> None:
        self._engines = engines
        self._words = lru_cache(maxsize=4096)(self._format)

    def cardinal(self, digits: str) -> str | None:
        return self._words(digits, FormatPurpose.CARDINAL)

    def ordinal(self, digits: str) -> str | None:
        return self._words(digits, FormatPurpose.ORDINAL)

    def year(self, digits: str) -> str | None:
        return self._words(digits, FormatPurpose.YEAR)

    def digits(self, digits: str) -> list[str] | None:
        """Each digit's name."""
        names = {digit: self.cardinal(digit) for digit in set(digits)}
        words = [names[digit] for digit in digits]
        return [word for word in words if word] if all(words) else None

    def _format(self, digits: str, purpose: FormatPurpose) -> str | None:
        if len(digits.lstrip("0")) > MAX_DIGITS:
            return None
        for engine in self._engines:
            try:
                words = engine.format_number(int(digits), purpose).text.strip()
            except (RbnfError, ValueError, ArithmeticError):
                continue  # this locale has no such rules
            if words and not any(character.isdigit() for character in words):
                return words
        return None


@lru_cache(maxsize=128)
def number_reader(language: str) -> NumberReader:
    """The reader of a BCP 47 language: its region's rules first (``en-IN`` counts in lakh), then the language's."""
    primary, *rest = language.replace("_", "-").split("-")
    primary = {"nb": "no"}.get(primary.lower(), primary.lower())
    names = [f"{primary}_{part}" for part in (*map(str.title, rest), *map(str.upper, rest))] + [primary]
    supported = set(RbnfEngine.get_supported_languages())
    return NumberReader(tuple(RbnfEngine.for_language(name) for name in names if name in supported))
