"""Fractions, and other pairs of numbers with a slash between them."""

from __future__ import annotations

import re

from mixdown_text.rules.amounts import read_amount
from mixdown_text.rules.figures import VULGAR
from mixdown_text.rules.rule import NUMBER, SIGN, STANDS_ALONE, PatternRule, after, before

_SIGNS = "".join(VULGAR)
_FIXED = {
    "24/7": "twenty-four seven",
    "9/11": "nine eleven",
    "50/50": "fifty fifty",
    "20/20": "twenty twenty",
}
_RATED = re.compile(
    r"\b(?:rat(?:e|ed|es|ing)|scor(?:e|ed|es|ing)|gave|give|stars?|got|review|pain|grade)\b", re.IGNORECASE
)
_MEASURED = re.compile(
    r"\s(?:of|inch(?:es)?|cups?|miles?|tea|table|the|an?|teaspoons?|tablespoons?|full|way|majority|in)\b"
)
_USUAL = frozenset({*range(2, 13), 15, 16, 20, 25, 32, 50, 60, 64, 100, 1000})


class Fractions(PatternRule):
    """``1/2`` one half · ``3½`` three and a half · ``2 3/4`` two and three quarters · ``8/10`` eight out of ten · ``24/7``"""

    name = "fractions"
    trigger = re.compile(rf"[/⁄{_SIGNS}]")
    pattern = re.compile(
        rf"{STANDS_ALONE}(?P<sign>{SIGN})(?:(?P<upper>{NUMBER})[/⁄](?P<lower>[0-9]{{1,4}})(?![\w/⁄]"
        rf"|[.,:-][0-9])"
        rf"|(?P<plain>[0-9]{{1,9}}[ -][0-9]{{1,3}}[/⁄][0-9]{{1,4}})(?![\w/⁄]|[.,:-][0-9])|"
        rf"(?P<mixed>{NUMBER}?\s?[{_SIGNS}])(?!\w))"
    )

    def read(self, match: re.Match[str]) -> str | None:
        sign = self.figures.sign(match["sign"])
        if written := match["mixed"] or match["plain"]:
            return sign + read_amount(written, self.figures).words
        if fixed := _FIXED.get(match[0]):
            return fixed
        upper, lower = match["upper"], match["lower"]
        if (
            re.fullmatch("(?:19|20)[0-9]{2}", upper)
            and len(lower) == 2
            and (int(upper) + 1) % 100 == int(lower)
        ):
            return None  # a season: `years`
        if self._is_score(match, upper, lower):
            return f"{sign}{self.figures.number(upper)} out of {self.figures.number(lower)}"
        if "." in upper or "," in upper or int(lower) not in _USUAL or int(upper) > 4 * int(lower):
            joint = "over" if "." not in upper and int(lower) >= 40 else "slash"
            return f"{sign}{self.figures.number(upper)} {joint} {self.figures.number(lower)}"
        return sign + self.figures.fraction(upper, lower)

    def _is_score(self, match: re.Match[str], upper: str, lower: str) -> bool:
        if lower not in ("3", "4", "5", "10", "20", "100"):
            return False
        if "." in upper:
            return True
        if _MEASURED.match(after(match)) or int(upper.replace(",", "")) > int(lower):
            return False
        return (lower in ("10", "100") and upper != "1") or bool(_RATED.search(before(match)))
