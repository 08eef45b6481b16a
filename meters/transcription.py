"""How much of free text a recogniser makes out: the open word error rate.

pocketsphinx listens with its own trigrams of American English, so that context helps as it helps a listener. Every sound comes
to it at one level with the same faint noise below, so that no engine gains by being loud, and equal sound is heard
equally. It is an old recogniser: people's recordings cost it 10 to 20 % themselves. Compare voices on one text, never figures
of two texts; on 60 sentences two points are noise.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from meters.readings import reader
from meters.recogniser import decoder, language_model, pcm

Signal = NDArray[np.floating[Any]]

_NOISE_DB = -40.0
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)*")
_SPELLINGS = {
    "okay": "ok",
    "mister": "mr",
    "missus": "mrs",
    "doctor": "dr",
    "grey": "gray",
    "colour": "color",
}
"""Words that the recogniser writes otherwise, or now so, now so."""


@dataclass(frozen=True, slots=True)
class WordErrors:
    """Substituted, left out and put in, of so many words said."""

    errors: int
    words: int

    @property
    def rate(self) -> float:
        """In percent; more than 100 where more is put in than was said."""
        return 100 * self.errors / max(self.words, 1)

    def __add__(self, other: WordErrors) -> WordErrors:
        return WordErrors(self.errors + other.errors, self.words + other.words)


class Transcriber:
    """Loads its models once (some 500 ms)."""

    def __init__(self) -> None:
        self._decoder = decoder(lm=language_model())

    def heard(self, samples: Signal, rate: int) -> list[str]:
        """The words in sound of shape (frames,) or (frames, channels)."""
        self._decoder.start_utt()
        self._decoder.process_raw(pcm(samples, rate, _NOISE_DB), full_utt=True)
        self._decoder.end_utt()
        found = self._decoder.hyp()
        return compared(found.hypstr) if found else []

    def errors(self, samples: Signal, rate: int, text: str) -> WordErrors:
        """Against ``text`` as it is written: figures and abbreviations count as the words that the house reads them as."""
        said = compared(spoken(text))
        return WordErrors(distance(said, self.heard(samples, rate)), len(said))

    def score(self, clips: Iterable[tuple[Signal, int]], texts: Sequence[str]) -> WordErrors:
        """Of (samples, rate) for each text."""
        each = [self.errors(samples, rate, text) for (samples, rate), text in zip(clips, texts, strict=True)]
        return sum(each, WordErrors(0, 0))


def spoken(text: str) -> str:
    """The text as the house reads it out, punctuation kept: ``$5`` is five dollars."""
    return _reader()(text)


def compared(text: str) -> list[str]:
    """The words that count: lower case, without punctuation, hyphens parting them."""
    return [_SPELLINGS.get(word, word) for word in _WORD.findall(text.lower().replace("’", "'"))]


def distance(said: Sequence[str], heard: Sequence[str]) -> int:
    """How many must be replaced, left out or put in (Levenshtein 1966)."""
    row = list(range(len(heard) + 1))
    for number, word in enumerate(said, 1):
        before, row = row, [number]
        for at, other in enumerate(heard, 1):
            row.append(min(before[at] + 1, row[at - 1] + 1, before[at - 1] + (word != other)))
    return row[-1]


@lru_cache(maxsize=1)
def _reader() -> Callable[[str], str]:
    return reader()
