"""Percentages."""

from __future__ import annotations

import re

from mixdown_text.rules.amounts import QUANTITY, read_amount
from mixdown_text.rules.rule import DASH, SIGN, STANDS_ALONE, PatternRule

_SIGNS = {"%": "percent", "‰": "per mille"}


class Percent(PatternRule):
    """``12.5%`` twelve point five percent · ``5–10%`` five to ten percent · ``+3%`` plus three percent"""

    name = "percent"
    pattern = re.compile(
        rf"{STANDS_ALONE}(?P<sign>{SIGN})(?P<low>{QUANTITY})(?:\s?(?:%|‰)?{DASH}(?P<high>{QUANTITY}))?+\s?"
        rf"(?P<unit>[%‰])"
        r"(?P<word>\spercent\b)?+(?!\w)"
    )

    def read(self, match: re.Match[str]) -> str | None:
        words = self.figures.sign(match["sign"]) + read_amount(match["low"], self.figures).words
        if match["high"]:
            words += f" to {read_amount(match['high'], self.figures).words}"
        return f"{words} {_SIGNS[match['unit']]}"
