"""Digits that name something and count nothing."""

from __future__ import annotations

import re

from mixdown_text.rules.rule import Rule

_PHONE = (
    r"(?P<phone>(?:\+[0-9]{1,3}[-. ])?(?:\([0-9]{3}\)\s?|[0-9]{3}[-. ])?[0-9]{3}[-.][0-9]{4})(?![-.]?[0-9])"
)
_ADDRESS = r"(?P<address>[0-9]{1,3}(?:\.[0-9]{1,3}){3})(?!\.?[0-9])"
_VERSION = r"(?P<version>[vV][0-9]{1,6}(?:\.[0-9]{1,6}){0,5}|[0-9]{1,6}(?:\.[0-9]{1,6}){2,5})(?!\.?[0-9])"
_SERIAL = r"(?P<serial>0[0-9]{1,17})(?![.,:/]?[0-9])"


class Codes(Rule):
    """``555-1234`` five five five, one two three four · ``192.168.0.1`` one nine two dot one six eight … ·
    ``v2.0`` v two point zero · ``1.2.3`` one point two point three · ``007`` zero zero seven"""

    name = "codes"
    pattern = re.compile(rf"(?<![\w.,:/+])(?<![\w][-(])(?:{_PHONE}|{_ADDRESS}|{_VERSION}|{_SERIAL})(?!\w)")

    def read(self, match: re.Match[str]) -> str | None:
        if match["phone"]:
            plus = "plus " if match["phone"].startswith("+") else ""
            return plus + ", ".join(self._spelt(group) for group in re.findall("[0-9]+", match["phone"]))
        if match["address"]:
            return " dot ".join(self._spelt(group) for group in match["address"].split("."))
        if match["version"]:
            letter = "v " if match["version"][0] in "vV" else ""
            groups = re.findall("[0-9]+", match["version"])
            return letter + " point ".join(self.number(group) or self._spelt(group) for group in groups)
        return self._spelt(match["serial"])

    def _spelt(self, digits: str) -> str:
        return " ".join(self.numbers.digits(digits) or digits)
