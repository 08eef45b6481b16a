"""Names and topics of social media."""

from __future__ import annotations

import re

from mixdown_text.rules.rule import PatternRule

_WORDS = re.compile(r"[A-Z]{2,}(?![a-z])|[A-Z]?[a-z]+|[A-Z]|[0-9]+|[^\W\dA-Za-z_]+|_")


class Handles(PatternRule):
    """``@jane_doe`` at jane underscore doe · ``#ThrowbackThursday`` hashtag Throwback Thursday"""

    name = "handles"
    trigger = re.compile("[@#]")
    pattern = re.compile(
        r"(?<![\w&@#/.])(?P<sign>[@#])(?P<word>(?=[0-9]{0,20}[^\W\d])\w{2,60})(?!\w)(?!\.\w)"
    )

    def read(self, match: re.Match[str]) -> str | None:
        if match["sign"] == "@":
            return f"at {match['word'].replace('_', ' underscore ')}"
        words = [self._word(word) for word in _WORDS.findall(match["word"])]
        return " ".join(["hashtag", *filter(None, words)])

    def _word(self, word: str) -> str:
        if word[0] in "0123456789":
            return (
                self.figures.year(word) if len(word) == 4 and word[0] in "12" else self.figures.number(word)
            )
        if word == "_":
            return ""
        # An acronym stands in front of another word or alone; a shouted hashtag is a word.
        return " ".join(word) if word.isupper() and len(word) <= 3 else word
