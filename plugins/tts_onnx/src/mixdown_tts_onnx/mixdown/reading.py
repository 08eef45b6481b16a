"""What the front end read, in takes that the networks know: as long as the sentences that they were trained on, at most."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mixdown_tts_onnx.mixdown.features import PAUSE, Phone

if TYPE_CHECKING:
    from mixdown_tts_onnx.english import Reading

LONGEST = 240
"""Phones of a take, some fifteen seconds."""
FLAGS = len(Phone._fields) - 1
SILENCE = Phone(PAUSE, *[False] * FLAGS)


@dataclass(frozen=True, slots=True)
class Take:
    """Phones from a pause to a pause, and the words among them: where each is in the text, and its first phone and end."""

    phones: tuple[Phone, ...]
    words: tuple[tuple[int, int, int, int], ...]
    question: bool

    def plain(self) -> dict[str, Any]:
        """As JSON: a phone is its name and one number for all its flags."""
        phones = [
            [phone.name, sum(flag << place for place, flag in enumerate(phone[1:]))] for phone in self.phones
        ]
        return {"phones": phones, "words": [[*word] for word in self.words], "question": self.question}

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Take:
        phones = (
            Phone(name, *(bool(flags >> place & 1) for place in range(FLAGS)))
            for name, flags in plain["phones"]
        )
        return cls(tuple(phones), tuple(map(tuple, plain["words"])), plain["question"])


def takes(reading: Reading, question: bool = False) -> Iterator[Take]:
    """The reading whole where it is short, else cut at pauses, and where there are none between words.

    ``question``: its end rises (`features.rises`).
    """
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
            (word.text_start, word.text_end, word.start + moved, min(word.end, end) + moved)
            for word in reading.words
            if start <= word.start < end
        )
        yield Take(taken, tuple(words), question and ends)
        start = end


def _cut(phones: Sequence[Phone], start: int) -> int:
    """The last pause within reach, else where a word begins, else anywhere."""
    reach = range(start + LONGEST - 1, start + 1, -1)
    pause = next((place for place in reach if phones[place].name == PAUSE), None)
    word = next((place for place in reach if phones[place].word_start), None)
    return pause or word or start + LONGEST - 1
