"""Text in which some words are spelled in mnemonics, as espeak-ng reads it: ``say [[t|@|m|'A:|t|oU]] now``.

The engine is told to look for such markup only where a request has pronunciations; whatever looks like it in the
text itself is broken up first.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from mixdown_kernel import Pronunciation, invalid
from mixdown_tts_espeak.inventory import Inventory
from mixdown_tts_espeak.spelling import STRESS, spell

MAX_SOUNDS = 48
"""In one pair of brackets: the engine writes a word's sounds into 200 bytes without looking."""
CLAUSE_BYTES = 700
"""The engine reads 800 bytes at a time and would cut inside of brackets: a comma in good time ends the clause."""
OPENING = "([{\"'“‘‚„«‹¡¿"
"""Before brackets the engine loses the word for them, or waits; it speaks none of them."""
BRACKETS = re.compile(r"\[(?=\[)|\](?=\])")


@dataclass(slots=True)
class Marked:
    """``text`` for the engine, and for each of its characters where the plain text has what it stands for."""

    text: str = ""
    origins: list[int] = field(default_factory=list)
    _clause_bytes: int = 0

    def events(self, words: Sequence[Sequence[int]]) -> list[tuple[int, int]]:
        """Word events of the engine (1-based positions) as events of the plain text."""
        last = len(self.origins) - 1
        return [(self.origins[min(position - 1, last)] + 1, frame) for position, frame in words]

    def plain(self, text: str, start: int) -> None:
        if not text:
            return
        if self.text and text[0].isalnum():
            self._add(" ", start)
        for offset, character in enumerate(text):
            self._add(character, start + offset)
            if BRACKETS.match(text, offset):
                self._add(" ", start + offset)

    def spelt(self, sounds: Sequence[str], origin: int) -> None:
        for first in range(0, len(sounds), MAX_SOUNDS):
            run = f"[[{''.join(_separated(sounds[first : first + MAX_SOUNDS]))}]]"
            if self._clause_bytes + len(run) > CLAUSE_BYTES:
                self._add(", ", origin)
                self._clause_bytes = 0
            self._open(origin)
            self._add(run, origin)

    def _open(self, origin: int) -> None:
        """End what stands before brackets: with a space, in which opening punctuation is lost."""
        said = self.text.rstrip(OPENING + " ")
        self.text = said.ljust(len(self.text))
        if self.text and not self.text[-1].isspace():
            self._add(" ", origin)

    def _add(self, text: str, origin: int) -> None:
        self.text += text
        self.origins += [origin] * len(text)
        self._clause_bytes += len(text.encode())


def mark(text: str, pronunciations: Sequence[Pronunciation], sounds: Inventory, language: str) -> Marked:
    """Raises `Problem` (``bad_pronunciation``) for IPA that is none, and for runs outside of the text or of order."""
    bounds = [0, *(bound for run in pronunciations for bound in (run.text_start, run.text_end)), len(text)]
    starts_late = any(run.text_start >= run.text_end for run in pronunciations)
    if starts_late or any(before > after for before, after in pairwise(bounds)):
        message = "Pronunciations lie inside the text, in order, without overlap."
        raise invalid("bad_pronunciation", message, field="pronunciations", allowed=[0, len(text)])
    marked = Marked()
    position = 0
    for run in pronunciations:
        marked.plain(text[position : run.text_start], position)
        tokens = [
            run.text_start + token.start()
            for token in re.finditer(r"\S+", text[run.text_start : run.text_end])
        ]
        words = spell(run.ipa, sounds, language)
        for index, word in enumerate(words):
            marked.spelt(word, tokens[index] if len(tokens) == len(words) else run.text_start)
        position = run.text_end
    marked.plain(text[position:], position)
    return marked


def _separated(sounds: Sequence[str]) -> list[str]:
    """With ``|`` wherever two mnemonics meet, which might be one otherwise."""
    return [
        name if index == 0 or sounds[index - 1] in STRESS.values() else f"|{name}"
        for index, name in enumerate(sounds)
    ]
