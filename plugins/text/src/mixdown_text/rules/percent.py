"""Percentages."""

from __future__ import annotations

import re

from mixdown_text.rules.rule import NUMBER, SIGN, STANDS_ALONE, Rule


class Percent(Rule):
    """``12.5%`` twelve point five percent"""

    name = "percent"
    pattern = re.compile(rf"{STANDS_ALONE}(?P<sign>{SIGN})(?P<number>{NUMBER})\s?%(?!\w)")

    def read(self, match: re.Match[str]) -> str | None:
        words = self.number(match["number"])
        return None if words is None else f"{'minus ' if match['sign'] else ''}{words} percent"
