"""What a rule of normalisation is."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import ClassVar

from mixdown_text.mapped import Edit
from mixdown_text.numbers import NumberReader
from mixdown_text.rules.figures import Figures, Unreadable

NUMBER = r"(?:(?:[0-9]{1,3}(?:,[0-9]{3})++|[0-9]++)(?:\.[0-9]++)?+|\.[0-9]++)"
"""``1234``, ``1,234``, ``1,234.56``, ``.5``: thousands by comma, decimals by point."""
STANDS_ALONE = r"(?<!\w)(?<![0-9][.,:/])"
ENDS = r"(?!\w)(?![.,:/][0-9])"
"""Around a number that is not a piece of something longer: ``B2B``, ``1.2.3``, ``24/7``."""
SIGN = r"(?:(?<![^\s(\[“\"'])[-−+±](?=[.0-9$€£¥₹½¼¾⅓⅔]))?"
"""A minus, which a hyphen between two words is not."""
DASH = r"(?:[-–—−]|\s[-–—−]\s)"
"""Between the ends of a range."""
DIGIT = re.compile(r"[0-9]")
LAST = re.compile(r"[\"'”’)\]\s]*$")
"""What may follow the point that ends a sentence."""
PLACE = re.compile(
    r"\b(?:Apt|Apartment|Room|Rm|Unit|Suite|Gate|Flat|Seat|Row|Terminal|Figure|Fig|Table|Section|Exhibit"
    r"|Class|Grade|Platform|"
    r"No|Bus|Appendix|Block)\.?\s$",
    re.IGNORECASE,
)
"""In front of a number with a letter that is a name: ``Gate 12C``, ``Apt. 3B``."""

Reading = tuple[Edit, ...]
"""What one match becomes: edits that are applied together or not at all."""


class Rule(ABC):
    """Finds what it can read in a sentence and says how. The sentence is as written: rules do not see each other's
    work, and where two claim the same characters the earlier in the list has them."""

    name: ClassVar[str]
    """The switch in `TextRequest.normalize`; several rules may share it."""
    trigger: ClassVar[re.Pattern[str]] = DIGIT
    """A sentence without it has nothing for this rule."""

    def __init__(self, numbers: NumberReader, language: str) -> None:
        self.numbers = numbers
        self.figures = Figures(numbers)
        self.region = (language.split("-")[1:] or [""])[-1].upper()

    @abstractmethod
    def readings(self, sentence: str) -> Iterator[Reading]:
        """In order, without overlap."""


class PatternRule(Rule):
    """A rule whose every match is one run.

    Patterns take linear time: what repeats is possessive or bounded, and cannot begin inside of itself.
    """

    pattern: ClassVar[re.Pattern[str]]

    def readings(self, sentence: str) -> Iterator[Reading]:
        for match in self.pattern.finditer(sentence):
            try:
                spoken = self.read(match)
            except Unreadable:
                continue
            if spoken is not None:
                yield (Edit(*match.span(), spoken),)

    @abstractmethod
    def read(self, match: re.Match[str]) -> str | None:
        """How the match is spoken; None (or `Unreadable`) leaves it to the next rule, in the end to the voice."""


def words_of(text: str) -> frozenset[str]:
    """A set of words, as a table holds it."""
    return frozenset(text.split())


def before(match: re.Match[str], chars: int = 40) -> str:
    """What stands in front of a match, as far as a rule may look."""
    return match.string[max(0, match.start() - chars) : match.start()]


def after(match: re.Match[str], chars: int = 40) -> str:
    return match.string[match.end() : match.end() + chars]


def ends_sentence(match: re.Match[str]) -> bool:
    """Whether nothing but closing quotes and brackets follows."""
    return LAST.match(match.string, match.end()) is not None
