"""Initials, spelt out where nobody says them as a word."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mixdown_text.mapped import Edit
from mixdown_text.rules.acronym_words import INITIALISMS, SAID_AS_WORDS, SHORT_WORDS
from mixdown_text.rules.rule import Reading, Rule, ends_sentence

_SHOUTED_RUN = 3
"""So many words in capitals one after the other are shouted, and no acronyms."""

_DIGITS = re.compile("[0-9]")


class Acronyms(Rule):
    """``FBI`` F B I · ``URLs`` U R L's · ``U.S.`` U S · ``PhD`` P H D; ``NASA`` and ``STOP`` stay words

    In capitals: what has no vowel or is a known initialism is spelt, and what has two or three letters and is neither a
    short English word nor a known acronym; everything else is a word.
    """

    name = "acronyms"
    trigger = re.compile(r"[A-Z][A-Z.]|PhD")
    pattern = re.compile(
        r"(?<![\w.@#\\])(?:(?P<dotted>(?:[A-Z]\.){2,8}|Ph\.D\.|M\.Sc\.|B\.Sc\.)(?!\w)"
        r"|(?P<capitals>[A-Z]{2,6}|PhD|MSc|BSc)(?P<plural>['’]?s)?(?!\w|\.\w))"
    )
    _words = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")

    def readings(self, sentence: str) -> Iterator[Reading]:
        shouted = self._shouted(sentence)
        for match in self.pattern.finditer(sentence):
            spoken = self._dotted(match) if match["dotted"] else self._capitals(match, shouted)
            if spoken is not None:
                yield (Edit(*match.span(), spoken),)

    def _dotted(self, match: re.Match[str]) -> str:
        point = "." if ends_sentence(match) else ""
        return " ".join(match["dotted"].replace(".", "").upper()) + point

    def _capitals(self, match: re.Match[str], shouted: list[tuple[int, int]]) -> str | None:
        word = match["capitals"]
        in_shouting = any(start <= match.start() < end for start, end in shouted)
        if not self._is_spelt(word, in_shouting=in_shouting):
            return None
        return " ".join(word.upper()) + ("'s" if match["plural"] else "")

    def _is_spelt(self, word: str, *, in_shouting: bool) -> bool:
        if not word.isupper():
            return True
        if word in SAID_AS_WORDS:
            return False
        if word in INITIALISMS:
            return not (in_shouting and word in SHORT_WORDS)
        if word in SHORT_WORDS or in_shouting:
            return False
        return len(word) <= 3 or not re.search("[AEIOUY]", word)

    def _shouted(self, sentence: str) -> list[tuple[int, int]]:
        runs: list[tuple[int, int]] = []
        run: list[re.Match[str]] = []
        for word in self._words.finditer(sentence):
            if word[0].isupper() and (len(word[0]) > 1 or word[0] in "AI") and not _DIGITS.search(word[0]):
                run.append(word)
                continue
            if self._is_shouting(run):
                runs.append((run[0].start(), run[-1].end()))
            run = []
        return [*runs, (run[0].start(), run[-1].end())] if self._is_shouting(run) else runs

    def _is_shouting(self, run: list[re.Match[str]]) -> bool:
        words = [word[0] for word in run if len(word[0]) > 1]
        return len(words) >= _SHOUTED_RUN and any(
            word in SHORT_WORDS or (len(word) > 3 and word not in INITIALISMS | SAID_AS_WORDS)
            for word in words
        )
