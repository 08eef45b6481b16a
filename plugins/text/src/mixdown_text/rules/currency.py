"""Sums of money."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mixdown_text.rules.rule import ENDS, NUMBER, SIGN, STANDS_ALONE, Rule


@dataclass(frozen=True, slots=True)
class _Unit:
    one: str
    many: str
    small_one: str = ""
    small_many: str = ""
    """The hundredth, where the currency has one."""


_DOLLAR = _Unit("dollar", "dollars", "cent", "cents")
_UNITS = {
    "$": _DOLLAR,
    "US$": _Unit("US dollar", "US dollars", "cent", "cents"),
    "€": _Unit("euro", "euros", "cent", "cents"),
    "£": _Unit("pound", "pounds", "penny", "pence"),
    "₹": _Unit("rupee", "rupees", "paisa", "paise"),
    "¥": _Unit("yen", "yen"),
}
_MAGNITUDES = {"k": "thousand", "m": "million", "mn": "million", "b": "billion", "bn": "billion"}


class Currency(Rule):
    """``$5.20`` five dollars and twenty cents · ``£3.5 million`` three point five million pounds · ``20 €``"""

    name = "currency"
    pattern = re.compile(
        rf"(?<!\w)(?P<sign>{SIGN})(?:(?P<unit>US\$|[$€£¥₹])(?P<inner_sign>[-−]?)\s?(?P<amount>{NUMBER})"
        rf"(?:\s(?P<magnitude>thousand|million|billion|trillion)\b|(?P<short>k|K|[mM]n?|[bB]n?)\b)?+{ENDS}"
        rf"|{STANDS_ALONE}(?P<amount_first>{NUMBER})\s?(?P<unit_last>[€£¥₹])(?![\w€£¥₹]))"
    )

    def read(self, match: re.Match[str]) -> str | None:
        unit = _UNITS[match["unit"] or match["unit_last"]]
        magnitude = match["magnitude"] or _MAGNITUDES.get((match["short"] or "").lower(), "")
        words = self._amount(match["amount"] or match["amount_first"], magnitude, unit)
        return f"minus {words}" if words and (match["sign"] or match["inner_sign"]) else words

    def _amount(self, amount: str, magnitude: str, unit: _Unit) -> str | None:
        whole, _, fraction = amount.partition(".")
        if not magnitude and len(fraction) == 2 and unit.small_many:
            return self._coins(whole, fraction, unit)
        words = self.number(amount)
        if words is None:
            return None
        name = unit.one if words == "one" and not magnitude else unit.many
        return " ".join(filter(None, (words, magnitude, name)))

    def _coins(self, whole: str, hundredths: str, unit: _Unit) -> str | None:
        large, small = self.number(whole or "0"), self.number(hundredths)
        if large is None or small is None:
            return None
        notes = f"{large} {unit.one if large == 'one' else unit.many}"
        coins = f"{small} {unit.small_one if small == 'one' else unit.small_many}"
        if hundredths == "00":
            return notes
        return coins if large == "zero" else f"{notes} and {coins}"
