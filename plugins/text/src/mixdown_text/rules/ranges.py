"""From one number to another."""

from __future__ import annotations

import re

from mixdown_text.rules.rule import DASH, DIGIT, NUMBER, SIGN, STANDS_ALONE, PatternRule, before

_BETWEEN = re.compile(r"\bbetween\s$", re.IGNORECASE)

_SUM = re.compile(r"[$€£¥][0-9][0-9.,]*\s?(?:[kKmMbBtT]n?|thousand|million|billion|trillion)?$")


class Ranges(PatternRule):
    """``10–20`` ten to twenty · ``pp. 3-5`` pages three to five · ``won 3-2`` won three to two · ``A–Z`` A to Z"""

    name = "ranges"
    trigger = re.compile(r"[0-9A-Za-z]\s?[-–—−]\s?[0-9A-Z$€£¥]")
    pattern = re.compile(
        rf"{STANDS_ALONE}(?<![0-9\w][-–])(?P<sign>{SIGN})(?P<low>{NUMBER}){DASH}(?P<high>{NUMBER})(?P<plus>\+?)"
        r"(?!\w|[.,:/][0-9]|[-–][0-9])|(?P<dash>\s?[-–—]\s?)(?=[$€£¥][0-9])|(?<![\w-])(?P<first>[A-Z])[-–—]"
        r"(?P<last>[A-Z])(?![\w-])"
    )

    def read(self, match: re.Match[str]) -> str | None:
        if match["dash"]:
            return " to " if _SUM.search(before(match)) else None
        if match["first"]:
            return f"{match['first']} to {match['last']}" if match["first"] < match["last"] else None
        if match["high"].startswith("0") and match["high"] != "0" and "." not in match["high"]:
            return None
        joint = "and" if _BETWEEN.search(before(match)) else "to"
        low, high = self.figures.signed(match["sign"], match["low"]), self.figures.number(match["high"])
        return f"{low} {joint} {high}{' plus' if match['plus'] else ''}"


class Ratios(PatternRule):
    """``16:9`` sixteen to nine"""

    name = "ranges"
    trigger = DIGIT
    pattern = re.compile(
        r"(?<![\w.,:/$€£])(?P<left>[0-9]{1,4})\s?:\s?(?P<right>[0-9]{1,4})(?![\w:/]|[.,-][0-9])"
    )

    def read(self, match: re.Match[str]) -> str | None:
        if len(match["right"]) == 2 and int(match["left"]) < 100:
            return None
        return f"{self.figures.number(match['left'])} to {self.figures.number(match['right'])}"
