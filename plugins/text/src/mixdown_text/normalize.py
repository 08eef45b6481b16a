"""Sentences as they shall be read."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from mixdown_text.mapped import Edit, MappedText
from mixdown_text.numbers import number_reader
from mixdown_text.rules import ENGLISH, OTHER_LANGUAGES, Reading

_SPACES = re.compile(r" {2,}")


class Normalizer:
    """The rules of one language, less those that are switched off."""

    def __init__(self, language: str, disabled: Collection[str] = ()) -> None:
        rules = ENGLISH if language.split("-")[0].lower() == "en" else OTHER_LANGUAGES
        numbers = number_reader(language)
        self._rules = tuple(rule(numbers, language) for rule in rules if rule.name not in disabled)

    def __call__(self, sentence: MappedText) -> MappedText:
        """The sentence with one space between words and every rule applied."""
        sentence = sentence.replace([Edit(*match.span(), " ") for match in _SPACES.finditer(sentence.text)])
        return sentence.replace(_apart(sentence.text, self._edits(sentence.text)))

    def _edits(self, text: str) -> list[Edit]:
        accepted: list[Edit] = []
        taken = bytearray(len(text))
        present: dict[re.Pattern[str], bool] = {}
        for rule in self._rules:
            if rule.trigger not in present:
                present[rule.trigger] = rule.trigger.search(text) is not None
            if present[rule.trigger]:
                for reading in rule.readings(text):
                    if not _is_taken(taken, reading):
                        accepted.extend(reading)
        return sorted(accepted, key=lambda edit: edit.start)


def _is_taken(taken: bytearray, reading: Reading) -> bool:
    """Whether any of it is claimed; otherwise it is from now on."""
    if not reading:
        return True
    start, end = reading[0].start, reading[-1].end
    if any(taken[start:end]):
        return True
    taken[start:end] = b"\1" * (end - start)
    return False


def _apart(text: str, edits: list[Edit]) -> Iterator[Edit]:
    """The edits with a space wherever two words would become one."""
    last = ""
    for index, edit in enumerate(edits):
        is_joined = bool(index) and edits[index - 1].end == edit.start
        left = last[-1:] if is_joined else text[edit.start - 1 : edit.start] if edit.start else ""
        following = edits[index + 1] if index + 1 < len(edits) else None
        right = "" if following and following.start == edit.end else text[edit.end : edit.end + 1]
        last = edit.spoken
        if left.isalnum() and last[:1].isalnum() and last != text[edit.start : edit.end]:
            last = f" {last}"
        if right.isalnum() and last[-1:].isalnum() and last != text[edit.start : edit.end]:
            last = f"{last} "
        yield Edit(edit.start, edit.end, last)
