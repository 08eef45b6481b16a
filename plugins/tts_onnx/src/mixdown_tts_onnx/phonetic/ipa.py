"""What IPA is written in."""

from __future__ import annotations

import unicodedata

_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzæçðøħŋœβθχεǀǁǂǃⱱꭧᵻᵝᵊ")


def may_be_ipa(symbol: str) -> bool:
    """Whether one code point is a letter of IPA, or no letter at all (stress, length, tone, a diacritic)."""
    if symbol in _LETTERS or 0x0250 <= ord(symbol) <= 0x02FF or 0x1D00 <= ord(symbol) <= 0x1DBF:
        return True
    return not unicodedata.category(symbol).startswith("L") or unicodedata.category(symbol) == "Lm"
