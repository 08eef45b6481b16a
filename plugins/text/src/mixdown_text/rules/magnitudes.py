"""Large numbers with a letter for their size."""

from __future__ import annotations

import re

from mixdown_text.rules.rule import DASH, NUMBER, PLACE, SIGN, STANDS_ALONE, PatternRule, after, before

_NAMES = {
    "k": "thousand", "K": "thousand", "m": "million", "M": "million", "mn": "million", "B": "billion", "bn": "billion",
    "Bn": "billion", "T": "trillion", "tn": "trillion",
}  # fmt: skip
_LETTER_K = re.compile(
    r"\s(?:runs?|race|marathon|resolution|videos?|tv|tvs|monitors?|displays?|screens?|footage|gold|content"
    r"|ultra)\b",
    re.I,
)


class Magnitudes(PatternRule):
    """``1.5M`` one point five million · ``20k`` twenty thousand · ``a 10K run`` a ten K run"""

    name = "magnitudes"
    pattern = re.compile(
        rf"{STANDS_ALONE}(?P<sign>{SIGN})(?P<number>{NUMBER})(?:{DASH}(?P<until>{NUMBER}))?+\s?(?P<size>k|K"
        rf"|m|M|mn|B|bn|Bn|T|tn)"
        r"(?P<plus>\+?)(?![\w&'’]|\.[0-9A-Za-z])"
    )

    def read(self, match: re.Match[str]) -> str | None:
        size = match["size"]
        if match[0][-len(size) - 1 - len(match["plus"])] == " " and len(size) == 1:
            return None
        if size == "B" and PLACE.search(before(match)):
            return None
        words = self.figures.signed(match["sign"], match["number"])
        if match["until"]:
            words += f" to {self.figures.number(match['until'])}"
        plus = " plus" if match["plus"] else ""
        return f"{words} {self._size(match, size)}{plus}"

    def _size(self, match: re.Match[str], size: str) -> str:
        is_name = size in "kK" and (
            _LETTER_K.match(after(match))
            or (size == "K" and match["number"] in ("2", "4", "8"))
            or (match["number"] in ("5", "10") and re.search(r"\b(?:an?|the)\s$", before(match), re.I))
        )
        return "K" if is_name else _NAMES[size]
