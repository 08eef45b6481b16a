"""Ordinal numbers."""

from __future__ import annotations

import re

from mixdown_text.rules.rule import STANDS_ALONE, Rule


class Ordinals(Rule):
    """``21st`` twenty-first · ``1,000th`` one thousandth"""

    name = "ordinals"
    pattern = re.compile(
        rf"{STANDS_ALONE}(?P<digits>[0-9]{{1,3}}(?:,[0-9]{{3}})++|[0-9]++)(?:st|nd|rd|th)\b", re.IGNORECASE
    )

    def read(self, match: re.Match[str]) -> str | None:
        return self.numbers.ordinal(match["digits"].replace(",", ""))
