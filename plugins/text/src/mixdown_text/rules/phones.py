"""Telephone numbers."""

from __future__ import annotations

import re

from mixdown_text.rules.rule import PatternRule, before

_GAP = r"(?:[ .-]|[ ]?[()][ ]?|\)[ -]?)"
_AMERICAN = rf"(?:(?:\+?1{_GAP})?(?:\([2-9][0-9]{{2}}\)[ -]?|[2-9][0-9]{{2}}[ .-]))[0-9]{{3}}[ .-][0-9]{{4}}"
_LOCAL = r"[2-9][0-9]{2}-[0-9]{4}"
_INTERNATIONAL = r"\+[1-9][0-9]{0,3}(?:[ .-]?\(?[0-9]{1,5}\)?){2,6}"
_NATIONAL = r"(?:\(0[0-9]{1,4}\)|0[0-9]{2,4})(?:[ -][0-9]{3,8}){1,3}"
_GROUPED = r"[1-9][0-9]{2} [0-9]{4} [0-9]{4}"
_TOLL_FREE = (
    r"1-8(?:00|33|44|55|66|77|88)-(?:[0-9]{3}-[0-9]{4}|[A-Z]{4,9}|[0-9]{3}-[A-Z]{4}|[A-Z]{3}-[0-9A-Z]{4})"
)
_CALL = re.compile(
    r"\b(?:call|calls|called|calling|dial|dialled|dialed|phone|ring|text|extension|ext\.?|x)\s?$", re.I
)
_NUMBER_AHEAD = re.compile(r"[0-9]{4},?\s?$")
_DASHED_RANGE = re.compile(r"[0-9]{2}0-[0-9]{2}00")


class Phones(PatternRule):
    """``555-1234`` five five five, one two three four · ``+44 20 7946 0958`` · ``1-800-FLOWERS`` · ``ext. 12``"""

    name = "phones"
    pattern = re.compile(
        rf"(?<![\w.,:/+$€£])(?<![\w][-(])(?<![0-9]\s)(?P<number>{_TOLL_FREE}|{_INTERNATIONAL}|{_AMERICAN}"
        rf"|{_LOCAL}|{_NATIONAL}|{_GROUPED})"
        r"(?![-.]?\w)"
        r"|(?<!\w)(?P<extension>(?:[Ee]xt\.?|x)\s?(?P<inner>[0-9]{2,6}))(?![-.,]?\w)"
        r"|(?<![\w.,:/+$€£-])(?P<short>911|999|112|411|311|988|101|116)(?![\w]|[-.,:/%][0-9])"
    )

    def read(self, match: re.Match[str]) -> str | None:
        if match["extension"]:
            if match["extension"].startswith("x") and not _NUMBER_AHEAD.search(before(match)):
                return None
            return f"extension {self.figures.spelt(match['inner'])}"
        if match["short"]:
            return self.figures.spelt(match["short"]) if _CALL.search(before(match)) else None
        if _DASHED_RANGE.fullmatch(match["number"]):
            return None
        plus = "plus " if match["number"].startswith("+") else ""
        return plus + ", ".join(map(self._group, re.findall("[0-9]+|[A-Z]+", match["number"])))

    def _group(self, group: str) -> str:
        if group.isalpha():
            return group.capitalize()
        return "eight hundred" if group == "800" else self.figures.spelt(group)
