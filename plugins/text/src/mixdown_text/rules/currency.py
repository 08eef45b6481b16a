"""Sums of money."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mixdown_text.rules.amounts import is_attributive, read_amount
from mixdown_text.rules.rule import DASH, NUMBER, SIGN, STANDS_ALONE, PatternRule, ends_sentence
from mixdown_text.rules.unit_names import PER, PER_NAMES


@dataclass(frozen=True, slots=True)
class _Unit:
    one: str
    many: str
    small_one: str = ""
    small_many: str = ""
    """The hundredth, where the currency has one."""


def _dollar(country: str) -> _Unit:
    return _Unit(f"{country} dollar".strip(), f"{country} dollars".strip(), "cent", "cents")


_UNITS = {
    "$": _dollar(""),
    "US$": _dollar("US"),
    "C$": _dollar("Canadian"),
    "CA$": _dollar("Canadian"),
    "A$": _dollar("Australian"),
    "AU$": _dollar("Australian"),
    "NZ$": _dollar("New Zealand"),
    "HK$": _dollar("Hong Kong"),
    "S$": _dollar("Singapore"),
    "R$": _Unit("real", "reais", "centavo", "centavos"),
    "€": _Unit("euro", "euros", "cent", "cents"),
    "£": _Unit("pound", "pounds", "penny", "pence"),
    "₹": _Unit("rupee", "rupees", "paisa", "paise"),
    "¥": _Unit("yen", "yen"),
    "₩": _Unit("won", "won"),
    "₽": _Unit("ruble", "rubles", "kopeck", "kopecks"),
    "₪": _Unit("shekel", "shekels"),
    "₺": _Unit("lira", "lira"),
    "₫": _Unit("dong", "dong"),
    "₱": _Unit("peso", "pesos"),
    "₿": _Unit("bitcoin", "bitcoins"),
    "¢": _Unit("cent", "cents"),
}
_CODES = {
    "USD": _UNITS["US$"], "EUR": _UNITS["€"], "GBP": _UNITS["£"], "JPY": _UNITS["¥"], "INR": _UNITS["₹"],
    "CAD": _UNITS["C$"], "AUD": _UNITS["A$"], "NZD": _UNITS["NZ$"], "HKD": _UNITS["HK$"], "SGD": _UNITS["S$"],
    "CHF": _Unit("Swiss franc", "Swiss francs", "centime", "centimes"), "CNY": _Unit("yuan", "yuan"),
    "RMB": _Unit("yuan", "yuan"), "SEK": _Unit("Swedish krona", "Swedish kronor"),
    "NOK": _Unit("Norwegian krone", "Norwegian kroner"), "DKK": _Unit("Danish krone", "Danish kroner"),
    "KRW": _UNITS["₩"], "BRL": _UNITS["R$"], "MXN": _Unit("Mexican peso", "Mexican pesos"),
    "PLN": _Unit("zloty", "zlotys"), "ZAR": _Unit("rand", "rand"), "RUB": _UNITS["₽"], "TRY": _UNITS["₺"],
}  # fmt: skip
_MAGNITUDES = {
    "k": "thousand", "m": "million", "mm": "million", "mn": "million", "mio": "million", "b": "billion", "bn": "billion",
    "t": "trillion", "tn": "trillion",
}  # fmt: skip
_SIGN = "|".join(map(re.escape, sorted((sign for sign in _UNITS if sign != "¢"), key=len, reverse=True)))
_CODE = "|".join(_CODES)
_LAST = r"[€£¥₹₩₽₪₺₫₱¢]"
_EUROPEAN = r"(?:[0-9]{1,3}(?:\.[0-9]{3})++,[0-9]{2}|[0-9]{1,9},[0-9]{2})(?![0-9.,])"
_NUMBER = rf"(?:{_EUROPEAN}|{NUMBER})"
_WORD = r"(?:[\s-](?P<magnitude>thousand|million|billion|trillion)\b)"
_SHORT = r"(?P<{name}>[kK]|[mM][mMn]?|[mM]io|[bB]n?|[tT]n?)\b(?!['’])"


def _plain(amount: str) -> str:
    """``1.299,00`` as ``1299.00``"""
    return amount.replace(".", "").replace(",", ".") if re.fullmatch(_EUROPEAN, amount) else amount


class Losses(PatternRule):
    """``$(1.2) million`` minus one point two million dollars, as accounts write it"""

    name = "currency"
    trigger = re.compile(r"\([0-9]")
    pattern = re.compile(
        rf"(?<!\w)(?P<unit>{_SIGN})\((?P<amount>{NUMBER})\)(?:{_WORD}|\s?{_SHORT.format(name='short')})?+(?!\w)"
    )

    def read(self, match: re.Match[str]) -> str | None:
        magnitude = match["magnitude"] or _MAGNITUDES.get((match["short"] or "").lower(), "")
        words = (f"minus {self.figures.number(match['amount'])}", magnitude, _UNITS[match["unit"]].many)
        return " ".join(filter(None, words))


class Currency(PatternRule):
    """``$5.20`` five dollars and twenty cents · ``£3.5 million`` · ``$5–10`` · ``20 €`` · ``CHF 20`` · ``£9.99/mo`` · ``50p``"""

    name = "currency"
    pattern = re.compile(
        rf"(?<!\w)(?P<sign>{SIGN})(?:(?P<unit>{_SIGN}|(?:{_CODE})(?=\s?[-−]?\s?[0-9.]))"
        rf"(?P<inner_sign>[-−]?)\s?(?P<amount>{_NUMBER})(?!\w*[_@])(?:{DASH}(?P<again>{_SIGN})?(?P<until>{NUMBER}))?+"
        rf"(?:{_WORD}|\s?{_SHORT.format(name='short')})?+"
        r"(?:\s(?P<code>USD|CAD|AUD|US)\b)?+(?:\s(?:dollars?|euros?|pounds?|yen|rupees?)\b)?+"
        rf"|{STANDS_ALONE}(?P<amount_first>{_NUMBER})(?:{DASH}(?P<until_first>{NUMBER}))?+"
        rf"(?:(?P<unit_last>\s?{_LAST}|\$)(?:{_SHORT.format(name='short_last')})?+|\s?(?P<code_last>{_CODE})\b"
        r"|(?P<pence>p)(?=$|[\s.,;:!?)/]))(?![€£¥₹]))"
        rf"(?:\s?/\s?(?P<per>{PER})(?P<dot>\.)?(?!\w))?+(?!\w|[.,:][0-9])"
    )

    def read(self, match: re.Match[str]) -> str | None:
        unit = self._unit(match)
        magnitude = match["magnitude"] or _MAGNITUDES.get(
            (match["short"] or match["short_last"] or "").lower(), ""
        )
        amount = _plain(match["amount"] or match["amount_first"])
        until = match["until"] or match["until_first"]
        if is_attributive(match) and not match["per"]:
            unit = _Unit(unit.one, unit.one, unit.small_one, unit.small_one)
        words = self._range(amount, until, magnitude, unit) if until else self._sum(amount, magnitude, unit)
        sign = match["sign"] or match["inner_sign"]
        per = f" per {PER_NAMES[match['per']]}" if match["per"] else ""
        stop = "." if match["dot"] and ends_sentence(match) else ""
        return f"{self.figures.sign(sign)}{words}{per}{stop}"

    def _unit(self, match: re.Match[str]) -> _Unit:
        if match["pence"]:
            return _Unit("penny", "pence")
        if match["code"] and match["unit"] == "$":
            return _CODES[match["code"] if match["code"] != "US" else "USD"]
        written = (match["unit"] or match["unit_last"] or match["code_last"]).strip()
        return _UNITS.get(written) or _CODES[written]

    def _range(self, low: str, high: str, magnitude: str, unit: _Unit) -> str:
        if self._has_coins(low, magnitude, unit) or self._has_coins(high, magnitude, unit):
            return f"{self._sum(low, '', unit)} to {self._sum(high, magnitude, unit)}"
        words = f"{self.figures.number(low)} to {self.figures.number(high)}"
        return " ".join(filter(None, (words, magnitude, unit.many)))

    def _has_coins(self, amount: str, magnitude: str, unit: _Unit) -> bool:
        return not magnitude and len(amount.partition(".")[2]) == 2 and bool(unit.small_many)

    def _sum(self, amount: str, magnitude: str, unit: _Unit) -> str:
        if self._has_coins(amount, magnitude, unit):
            return self._coins(amount, unit)
        words = read_amount(amount, self.figures).words
        name = unit.one if words == "one" and not magnitude else unit.many
        return " ".join(filter(None, (words, magnitude, name)))

    def _coins(self, amount: str, unit: _Unit) -> str:
        whole, _, hundredths = amount.partition(".")
        large, small = self.figures.number(whole or "0"), self.figures.number(hundredths)
        notes = f"{large} {unit.one if large == 'one' else unit.many}"
        coins = f"{small} {unit.small_one if small == 'one' else unit.small_many}"
        if hundredths == "00":
            return notes
        return coins if large == "zero" else f"{notes} and {coins}"
