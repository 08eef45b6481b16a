"""Years."""

from __future__ import annotations

import re

from mixdown_text.rules.rule import ENDS, Rule

_COUNTED = re.compile(r"\s(?P<noun>[a-z]+s)\b")
_NO_NOUNS = frozenset({
    "across", "always", "as", "besides", "has", "his", "is", "its", "perhaps", "plus", "this", "thus", "towards",
    "versus", "vs", "was",
})  # fmt: skip


class Years(Rule):
    """``1984`` nineteen eighty-four · ``2024`` twenty twenty-four · ``1990s`` nineteen nineties

    Four bare digits from 1100 to 2099 are a year, unless something is counted: ``1500 metres``.
    """

    name = "years"
    pattern = re.compile(
        rf"(?<![\w.,:/#$€£¥+])(?<!(?<![0-9])[-−])(?P<year>1[1-9][0-9]{{2}}|20[0-9]{{2}})(?P<plural>'?s\b)?+{ENDS}(?!%)"
    )

    def read(self, match: re.Match[str]) -> str | None:
        if match["plural"]:
            return self._decade(match["year"])
        counted = _COUNTED.match(match.string, match.end())
        if counted and counted["noun"] not in _NO_NOUNS:
            return None
        return self.numbers.year(match["year"])

    def _decade(self, year: str) -> str | None:
        words = self.numbers.year(year)
        if words is None or not year.endswith("0"):
            return None
        return f"{words[:-1]}ies" if words.endswith("y") else f"{words}s"
