"""Sentences as they shall be read."""

from __future__ import annotations

import re
from collections.abc import Collection

from mixdown_text.mapped import Edit, MappedText
from mixdown_text.numbers import number_reader
from mixdown_text.rules import ENGLISH, OTHER_LANGUAGES

_SPACES = re.compile(r" {2,}")
_DIGIT = re.compile(r"[0-9]")


class Normalizer:
    """The rules of one language, less those that are switched off."""

    def __init__(self, language: str, disabled: Collection[str] = ()) -> None:
        rules = ENGLISH if language.split("-")[0].lower() == "en" else OTHER_LANGUAGES
        numbers = number_reader(language)
        self._rules = tuple(rule(numbers) for rule in rules if rule.name not in disabled)

    def __call__(self, sentence: MappedText) -> MappedText:
        """The sentence with one space between words and every rule applied."""
        sentence = sentence.replace([Edit(*match.span(), " ") for match in _SPACES.finditer(sentence.text)])
        # All rules so far begin at a digit, and most sentences have none.
        if not _DIGIT.search(sentence.text):
            return sentence
        return sentence.replace(self._edits(sentence.text))

    def _edits(self, text: str) -> list[Edit]:
        accepted: list[Edit] = []
        taken = bytearray(len(text))
        for rule in self._rules:
            for edit in rule.edits(text):
                if not any(taken[edit.start : edit.end]):
                    taken[edit.start : edit.end] = b"\1" * (edit.end - edit.start)
                    accepted.append(edit)
        return sorted(accepted, key=lambda edit: edit.start)
