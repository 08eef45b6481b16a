"""Every number that no other rule has read."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mixdown_text.mapped import Edit
from mixdown_text.rules.figures import Unreadable
from mixdown_text.rules.rule import ENDS, NUMBER, SIGN, STANDS_ALONE, PatternRule, Reading, Rule

_LONGEST_BARE = 12
"""Nobody follows a longer number without separators; it is read digit by digit."""


class Numbers(Rule):
    """``1,234`` one thousand two hundred thirty-four · ``3.50`` three point five zero · ``-5`` minus five

    What is too long for words is read digit by digit, each digit a run of its own so that it can be cut anywhere.
    """

    name = "numbers"
    pattern = re.compile(rf"{STANDS_ALONE}(?P<sign>{SIGN})(?P<number>{NUMBER}){ENDS}")

    def readings(self, sentence: str) -> Iterator[Reading]:
        for match in self.pattern.finditer(sentence):
            try:
                yield (Edit(*match.span(), self._read(match)),)
            except Unreadable:
                yield tuple(self._digits(match))

    def _read(self, match: re.Match[str]) -> str:
        number = match["number"]
        if "," not in number and len(number.partition(".")[0]) > _LONGEST_BARE:
            raise Unreadable
        return self.figures.signed(match["sign"], number)

    def _digits(self, match: re.Match[str]) -> Iterator[Edit]:
        names: dict[str, str | None] = {digit: self.numbers.cardinal(digit) for digit in "0123456789"}
        names |= {".": "point", ",": "", "-": "minus", "−": "minus", "+": "plus", "±": "plus or minus"}
        for position in range(*match.span()):
            name = names[match.string[position]]
            if name:
                space = " " if position + 1 < match.end() else ""
                comma = match.string[position + 1 : position + 2] == "," and position + 2 < match.end()
                yield Edit(position, position + (2 if comma else 1), name + space)


class Suffixes(PatternRule):
    """``49ers`` forty-niners · ``7ish`` sevenish · ``10fold`` tenfold"""

    name = "numbers"
    pattern = re.compile(
        rf"{STANDS_ALONE}(?P<number>[0-9]{{1,4}})-?(?P<suffix>ers?|ish|fold|something|somethings)(?!\w)"
    )

    def read(self, match: re.Match[str]) -> str | None:
        words, suffix = self.figures.number(match["number"]), match["suffix"]
        joint = " " if suffix.startswith("something") else ""
        return f"{words.removesuffix('e') if suffix.startswith('e') else words}{joint}{suffix}"


class Cardinals(PatternRule):
    """Whole numbers in languages other than English, as their locale's rules have them.

    Separators, decimals and ordinal points differ from language to language: such numbers stay digits, which
    the voice reads.
    """

    name = "numbers"
    pattern = re.compile(
        r"(?<![\w.,:/+\-−])(?<![0-9]\s)(?P<number>[0-9]{1,12})(?![\w%°])(?![.,:/\-−\s][0-9])(?!\.\s*\S)"
    )

    def read(self, match: re.Match[str]) -> str | None:
        return self.numbers.cardinal(match["number"])
