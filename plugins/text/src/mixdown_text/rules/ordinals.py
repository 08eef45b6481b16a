"""Ordinal numbers."""

from __future__ import annotations

import re

from mixdown_text.rules.rule import STANDS_ALONE, PatternRule


class Ordinals(PatternRule):
    """``21st`` twenty-first · ``1,000th`` one thousandth · ``3ʳᵈ`` third"""

    name = "ordinals"
    pattern = re.compile(
        rf"{STANDS_ALONE}(?P<digits>[0-9]{{1,3}}(?:,[0-9]{{3}})++|[0-9]++)(?:(?:st|nd|rd|th)(?P<plural>s?)\b"
        rf"|ˢᵗ|ⁿᵈ|ʳᵈ|ᵗʰ)",
        re.IGNORECASE,
    )

    def read(self, match: re.Match[str]) -> str | None:
        return self.figures.ordinal(match["digits"].replace(",", "")) + (match["plural"] or "")
