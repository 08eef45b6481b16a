"""An offline intelligibility meter: a matrix sentence test read by a small recogniser.

Matrix tests (Hagerman 1982; Kollmeier et al., "The multilingual matrix test", Int. J. Audiology 54, 2015) build
sentences of five slots with ten words each, so that nothing can be guessed from context: chance is 10 %.
pocketsphinx with a closed grammar listens. It misses a shifted pitch or a wrong length: check those apart.
30 sentences decide to about ± 3 points.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from meters.recogniser import decoder, pcm

Sentence = tuple[str, ...]
Signal = NDArray[np.float32]

SLOTS: tuple[Sentence, ...] = (
    ("kathy", "peter", "nina", "thomas", "rachel", "alan", "doris", "kevin", "lucy", "steven"),
    ("bought", "sold", "gave", "kept", "wants", "sees", "likes", "won", "has", "ordered"),
    ("two", "three", "four", "six", "seven", "eight", "nine", "twelve", "fifteen", "sixty"),
    ("large", "old", "cheap", "green", "dark", "red", "pretty", "heavy", "small", "white"),
    ("chairs", "desks", "flowers", "houses", "knives", "rings", "ships", "shoes", "spoons", "tables"),
)


def sentences(count: int, seed: int = 1) -> list[Sentence]:
    """``count`` sentences of five words; in every ten of them each word occurs once."""
    draw = random.Random(seed)
    columns = []
    for words in SLOTS:
        rounds = [draw.sample(words, len(words)) for _ in range(-(-count // len(words)))]
        columns.append([word for shuffled in rounds for word in shuffled][:count])
    return list(zip(*columns, strict=True))


class MatrixMeter:
    """Loads its model once (some 100 ms)."""

    def __init__(self) -> None:
        self._decoder = decoder()
        self._decoder.add_jsgf_string("matrix", _grammar())
        self._decoder.activate_search("matrix")

    def listen(self, samples: Signal, rate: int) -> list[str]:
        """The words heard in mono sound at ``rate`` Hz."""
        self._decoder.start_utt()
        self._decoder.process_raw(pcm(samples, rate), full_utt=True)
        self._decoder.end_utt()
        heard = self._decoder.hyp()
        return heard.hypstr.split() if heard else []

    def score(self, clips: Sequence[Signal], rate: int, said: Sequence[Sentence]) -> float:
        """The share of words heard right, 0 to 1: one clip for each sentence."""
        right = 0
        for clip, sentence in zip(clips, said, strict=True):
            heard = self.listen(clip, rate)
            right += sum(a == b for a, b in zip(heard, sentence, strict=False))
        return right / sum(map(len, said))


def _grammar() -> str:
    slots = "".join(f"<s{index}> = {' | '.join(words)};\n" for index, words in enumerate(SLOTS))
    whole = " ".join(f"<s{index}>" for index in range(len(SLOTS)))
    return f"#JSGF V1.0;\ngrammar matrix;\npublic <sentence> = {whole};\n{slots}"
