"""Years, decades and spans of years."""

from __future__ import annotations

import re

from mixdown_text.rules.figures import plural
from mixdown_text.rules.rule import ENDS, PatternRule, after, before, words_of

_COUNTED = re.compile(r"\s(?P<noun>[a-z]+s|people|men|women|children|km|mi|lb|kg|feet|square|calories)\b")
_NO_NOUNS = words_of(
    "across always as besides has his is its perhaps plus this thus towards versus vs was sees remains marks"
)
_DATED = re.compile(
    r"(?:^|[\s(])(?:in|since|until|during|circa|year|copyright|early|late|mid|©|spring|summer|autumn|fall"
    r"|winter|from|by|"
    r"after|before|class\sof|of|[A-Z][a-z]+\s(?:world\scup|olympics))[\s-]$",
    re.IGNORECASE,
)
_STRONGLY = re.compile(r"(?:^|[\s(])(?:[Ii]n|[Ss]ince|[Uu]ntil|[Dd]uring|year|copyright|©)\s$")
_MEASURES = words_of(
    "people meters metres miles feet words steps men women calories ways pages places hours cases days"
)
_BETWEEN = re.compile(r"\bbetween\s$", re.IGNORECASE)
_ERA = re.compile(r"\s(?:BC|BCE|AD|CE|B\.C\.|A\.D\.)")
_DECADE_AHEAD = re.compile(r"\b(?:the|early|mid|late|his|her|their|my|your|our)[\s-]$", re.IGNORECASE)
_TENS = {
    "20": "twenties", "30": "thirties", "40": "forties", "50": "fifties", "60": "sixties", "70": "seventies",
    "80": "eighties", "90": "nineties",
}  # fmt: skip


class Years(PatternRule):
    """``1984`` nineteen eighty-four · ``1990s`` nineteen nineties · ``2019–21`` twenty nineteen to
    twenty twenty-one · ``44 BC``

    Four bare digits from 1100 to 2099 are a year, unless something is counted: ``1500 metres``.
    """

    name = "years"
    pattern = re.compile(
        rf"(?<![\w.,:/#$€£¥+])(?<![-−])(?<![0-9]–)(?P<year>1[0-9]{{3}}|20[0-9]{{2}})(?:(?P<plural>['’]?s\b)(?:[-–](?P<tens>[2-9]0)['’]?s\b)?+"
        rf"|\s?[-–—]\s?(?P<until>1[0-9]{{3}}|20[0-9]{{2}}|[0-9]{{2}})(?![\w-])|/(?P<next>[0-9]{{2}})"
        rf"(?![\w/]))?+{ENDS}(?!%|-[0-9])"
    )

    def read(self, match: re.Match[str]) -> str | None:
        year = match["year"]
        if match["plural"]:
            if match["tens"]:
                return f"{self._decade(year) or self.figures.year(year)} to {_TENS[match['tens']]}"
            return self._decade(year) or (
                f"{self.figures.year(year)}'s" if len(match["plural"]) == 2 else None
            )
        if match["next"]:
            return self._season(year, match["next"])
        if match["until"]:
            joint = "and" if _BETWEEN.search(before(match)) else "to"
            return self._span(year, match["until"], joint)
        if self._is_count(match, year):
            return None
        return self.figures.year(year)

    def _is_count(self, match: re.Match[str], year: str) -> bool:
        if _ERA.match(after(match)):
            return False
        if year.startswith("10") and not _DATED.search(before(match)):
            return True
        counted = _COUNTED.match(after(match))
        if not counted or counted["noun"] in _NO_NOUNS:
            return False
        return counted["noun"] in _MEASURES or not _STRONGLY.search(before(match))

    def _span(self, first: str, last: str, joint: str) -> str | None:
        if len(last) == 2:
            if int(last) <= int(first[2:]):
                return None
            last = first[:2] + last
        elif last <= first:
            return None
        return f"{self.figures.year(first)} {joint} {self.figures.year(last)}"

    def _season(self, first: str, last: str) -> str | None:
        """``2020/21`` twenty twenty to twenty-one; across a century the year is said in full."""
        if int(last) <= int(first[2:]):
            return None
        said = self.figures.number(last) if int(last) > 9 else self.figures.year(first[:2] + last)
        return f"{self.figures.year(first)} to {said}"

    def _decade(self, year: str) -> str | None:
        if not year.endswith("0"):
            return None
        return plural(self.figures.year(year))


class Decades(PatternRule):
    """``the '80s`` the eighties · ``in his 30s`` in his thirties · ``class of '98`` class of ninety-eight"""

    name = "years"
    pattern = re.compile(
        r"(?<![\w.,:$€£])(?:['’‘](?P<decade>[2-9]0)['’]?s|(?P<bare>[2-9]0)['’]?s)(?!\w)"
        r"|(?<=[a-z]\s)['’‘](?P<year>[0-9]{2})(?![\w'’]|[.,:][0-9])"
    )

    def read(self, match: re.Match[str]) -> str | None:
        if match["year"]:
            digits = match["year"]
            return (
                f"oh {self.figures.number(digits)}" if digits.startswith("0") else self.figures.number(digits)
            )
        if match["bare"] and not _DECADE_AHEAD.search(before(match)):
            return None
        return _TENS[match["decade"] or match["bare"]]


class OtherYears(PatternRule):
    """``im Jahr 1984`` neunzehnhundertvierundachtzig: in languages that read a year in another way than the number, where
    the word in front of it says that it is one."""

    name = "years"
    pattern = re.compile(
        r"\b(?P<word>(?i:jahre?|seit|sommer|anno|in|sinds|jaar|sedan|året?|siden|sommaren|sommeren))"
        r"(?P<gap>\s)(?P<year>1[1-9][0-9]{2})(?![\w%°]|[.,:/\-–−\s][0-9]|\.\s*\S|\s[A-ZÄÖÜ])"
    )

    def read(self, match: re.Match[str]) -> str | None:
        words = self.numbers.year(match["year"])
        return f"{match['word']}{match['gap']}{words}" if words else None
