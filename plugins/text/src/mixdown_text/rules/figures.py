"""Digits in English words, in each of the ways English reads them."""

from __future__ import annotations

import re

from mixdown_text.numbers import MAX_DIGITS, NumberReader


class Unreadable(Exception):
    """A figure that has no words; the rule leaves it to the next one, in the end to the voice."""


VULGAR = {
    "½": "1/2", "⅓": "1/3", "⅔": "2/3", "¼": "1/4", "¾": "3/4", "⅕": "1/5", "⅖": "2/5", "⅗": "3/5", "⅘": "4/5",
    "⅙": "1/6", "⅚": "5/6", "⅐": "1/7", "⅛": "1/8", "⅜": "3/8", "⅝": "5/8", "⅞": "7/8", "⅑": "1/9", "⅒": "1/10",
}  # fmt: skip
RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_PARTS = {2: ("half", "halves"), 4: ("quarter", "quarters")}
_SIGNS = {"-": "minus", "−": "minus", "+": "plus", "±": "plus or minus"}


def plural(words: str) -> str:
    """``forty`` forties · ``six`` sixes · ``one hundred`` one hundreds"""
    if words.endswith("y"):
        return f"{words[:-1]}ies"
    return f"{words}es" if words.endswith("x") else f"{words}s"


class Figures:
    """Every method takes ASCII digits as written and raises `Unreadable` where there are no words."""

    def __init__(self, numbers: NumberReader) -> None:
        self._numbers = numbers

    def number(self, written: str) -> str:
        """``1,234.50`` one thousand two hundred thirty-four point five zero"""
        whole, _, fraction = written.replace(",", "").partition(".")
        words = self._said(self._numbers.cardinal(whole)) if whole else ""
        if not fraction:
            return words
        if len(fraction) > MAX_DIGITS:
            raise Unreadable
        return f"{words} point {self.spelt(fraction)}".strip()

    def signed(self, sign: str | None, written: str) -> str:
        """``-5`` minus five"""
        return f"{self.sign(sign)}{self.number(written)}"

    def sign(self, sign: str | None) -> str:
        """With a space after it; empty where there is none."""
        return f"{_SIGNS[sign]} " if sign else ""

    def ordinal(self, digits: str) -> str:
        """``21`` twenty-first"""
        return self._said(self._numbers.ordinal(digits))

    def year(self, digits: str) -> str:
        """``1066`` ten sixty-six · ``1905`` nineteen oh-five · ``2026`` twenty twenty-six"""
        if digits.startswith("10") and len(digits) == 4:
            return self.pairs(digits)
        return self._said(self._numbers.year(digits))

    def spelt(self, digits: str) -> str:
        """``007`` zero zero seven; anything between the digits is passed over."""
        return " ".join(self._said(self._numbers.cardinal(digit)) for digit in re.findall("[0-9]", digits))

    def pairs(self, digits: str) -> str:
        """As numbers that name something: ``747`` seven forty-seven · ``1600`` sixteen hundred · ``305`` three oh five"""
        if len(digits) not in (3, 4) or digits.startswith("0"):
            return (
                self.number(digits) if len(digits) < 3 and not digits.startswith("0") else self.spelt(digits)
            )
        head, tail = digits[:-2], digits[-2:]
        if tail == "00":
            return self.number(digits) if head.endswith("0") else f"{self.number(head)} hundred"
        if tail.startswith("0"):
            return f"{self.number(head)} oh {self.number(tail)}"
        return f"{self.number(head)} {self.number(tail)}"

    def fraction(self, numerator: str, denominator: str) -> str:
        """``3/4`` three quarters · ``1/2`` one half · ``2/3`` two thirds"""
        upper, lower = int(numerator), int(denominator)
        if lower < 2:
            raise Unreadable
        one, many = _PARTS.get(lower) or (self.ordinal(denominator), f"{self.ordinal(denominator)}s")
        return f"{self.number(numerator)} {one if upper == 1 else many}"

    def mixed(self, whole: str, numerator: str, denominator: str) -> str:
        """``3½`` three and a half · ``2 3/4`` two and three quarters"""
        part = self.fraction(numerator, denominator)
        article = "an" if part[len("one ") :].startswith("eigh") else "a"
        return (
            f"{self.number(whole)} and {part.replace('one ', f'{article} ', 1) if numerator == '1' else part}"
        )

    def scientific(self, coefficient: str, exponent: str) -> str:
        """``3e8`` three times ten to the power of eight; the exponent may be raised."""
        plain = exponent.translate(RAISED).lstrip("+")
        return f"{self.number(coefficient)} times ten to the power of {self.signed(plain[:1].strip('0123456789'), plain.lstrip('-−'))}"

    @staticmethod
    def _said(words: str | None) -> str:
        if words is None:
            raise Unreadable
        return words
