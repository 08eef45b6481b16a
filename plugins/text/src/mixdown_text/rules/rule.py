"""What a rule of normalisation is."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import ClassVar

from mixdown_text.mapped import Edit
from mixdown_text.numbers import MAX_DIGITS, NumberReader

NUMBER = r"(?:(?:[0-9]{1,3}(?:,[0-9]{3})++|[0-9]++)(?:\.[0-9]++)?+|\.[0-9]++)"
"""``1234``, ``1,234``, ``1,234.56``, ``.5``: thousands by comma, decimals by point."""
STANDS_ALONE = r"(?<!\w)(?<![0-9][.,:/])"
ENDS = r"(?!\w)(?![.,:/][0-9])"
"""Around a number that is not a piece of something longer: ``B2B``, ``1.2.3``, ``24/7``."""
SIGN = r"(?:(?<![^\s(\[“\"'])[-−](?=[.0-9$€£¥₹]))?"
"""A minus, which a hyphen between two words is not."""


class Rule(ABC):
    """Finds what it can read in a sentence and says how. The sentence is as written: rules do not see each other's
    work, and where two claim the same characters the earlier in the list has them."""

    name: ClassVar[str]
    """The switch in `TextRequest.normalize`."""
    pattern: ClassVar[re.Pattern[str]]

    def __init__(self, numbers: NumberReader) -> None:
        self.numbers = numbers

    def edits(self, sentence: str) -> Iterator[Edit]:
        """In order, without overlap."""
        for match in self.pattern.finditer(sentence):
            spoken = self.read(match)
            if spoken is not None:
                yield Edit(*match.span(), spoken)

    @abstractmethod
    def read(self, match: re.Match[str]) -> str | None:
        """How the match is spoken; None leaves it to the next rule, in the end to the voice."""

    def number(self, written: str) -> str | None:
        """A `NUMBER` in English words: ``1,234.50`` is "one thousand two hundred thirty-four point five zero"."""
        whole, _, fraction = written.replace(",", "").partition(".")
        words = self.numbers.cardinal(whole) if whole else ""
        if not fraction or words is None:
            return words
        digits = self.numbers.digits(fraction) if len(fraction) <= MAX_DIGITS else None
        return f"{words} point {' '.join(digits)}".strip() if digits else None
