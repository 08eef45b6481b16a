"""Emoji, by the names that the Unicode Common Locale Data Repository gives them (emoji)."""

from __future__ import annotations

import re
from collections.abc import Iterator

import emoji

from mixdown_text.mapped import Edit
from mixdown_text.numbers import NumberReader
from mixdown_text.rules.rule import Reading, Rule

_TEXT = frozenset("©®™")
_FLAG = re.compile("[\U0001f1e6-\U0001f1ff]{2}|\U0001f3f4[\U000e0061-\U000e007f]+")


class Emoji(Rule):
    """``🎉`` party popper · ``👍🏽`` thumbs up medium skin tone · ``🇫🇷`` flag of France"""

    name = "emoji"
    trigger = re.compile(
        "[\u203c\u2049\u20e3\u2139\u2190-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff]"
    )

    def __init__(self, numbers: NumberReader, language: str) -> None:
        super().__init__(numbers, language)
        primary = language.split("-")[0].lower()
        self._language = primary if primary in emoji.LANGUAGES else "en"

    def readings(self, sentence: str) -> Iterator[Reading]:
        for found in emoji.emoji_list(sentence):
            if found["emoji"].rstrip("\ufe0f") in _TEXT:
                continue
            if name := self._name(found["emoji"]):
                yield (Edit(found["match_start"], found["match_end"], name),)

    def _name(self, sign: str) -> str | None:
        name = emoji.demojize(sign, language=self._language)
        if name == sign:
            name = emoji.demojize(sign, language="en")
        words = name.strip(":").removeprefix("keycap_").replace("_", " ").replace("-", " ").strip()
        if words.isdigit():
            return self.numbers.cardinal(words)
        if words == sign or not any(map(str.isalnum, words)):
            return None
        return f"flag of {words}" if self._language == "en" and _FLAG.fullmatch(sign) else words
