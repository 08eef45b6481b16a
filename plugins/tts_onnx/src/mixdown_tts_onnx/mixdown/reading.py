"""What the front end read, in takes that the networks know: as long as the sentences that they were trained on, at most."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mixdown_tts_onnx.english import Reading, Word
from mixdown_tts_onnx.mixdown.features import PAUSE, Phone

LONGEST = 240
"""Phones of a take, some fifteen seconds."""
SILENCE = Phone(PAUSE, False, False, False, False, False, False, False)


@dataclass(frozen=True, slots=True)
class Run:
    """How a run of the text is pronounced. Meets `mixdown_tts_onnx.english.reading.Given`."""

    text_start: int
    text_end: int
    ipa: str


@dataclass(frozen=True, slots=True)
class Take:
    """Phones from a pause to a pause, and the words among them."""

    phones: tuple[Phone, ...]
    words: tuple[Word, ...]
    question: bool


def takes(reading: Reading) -> Iterator[Take]:
    """The reading whole where it is short, else cut at pauses, and where there are none between words."""
    phones = reading.phones
    start = 0
    while start < len(phones) - 1:
        end = len(phones) - 1 if len(phones) - start <= LONGEST else _cut(phones, start)
        ends = end == len(phones) - 1
        # A cut between words puts a pause there, which both sides share; one at a pause gives it to both.
        before = () if phones[start].name == PAUSE else (SILENCE,)
        after = phones[end : end + 1] if phones[end].name == PAUSE else (SILENCE,)
        taken = (*before, *phones[start:end], *after)
        moved = len(before) - start
        words = (
            Word(word.text_start, word.text_end, word.start + moved, min(word.end, end) + moved)
            for word in reading.words
            if start <= word.start < end
        )
        yield Take(taken, tuple(words), reading.question and ends)
        start = end


def _cut(phones: Sequence[Phone], start: int) -> int:
    """The last pause within reach, else where a word begins, else anywhere."""
    reach = range(start + LONGEST - 1, start + 1, -1)
    pause = next((place for place in reach if phones[place].name == PAUSE), None)
    word = next((place for place in reach if phones[place].word_start), None)
    return pause or word or start + LONGEST - 1
