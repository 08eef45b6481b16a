"""When each word of a known text is spoken: forced alignment by pocketsphinx.

Boundaries lie on the model's 10 ms frames and, by its training, a little early at plosives (the closure belongs to them).
Beside espeak's own phoneme events the starts differ by some 10 ms (median) and by 30 ms at the 90th percentile. English only, words
of CMU's dictionary only; give it a sentence or two at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from meters.recogniser import LEAD_SECONDS, decoder, pcm

_FRAME_S = 0.01
_SEARCH: dict[str, Any] = {
    "beam": 1e-120,
    "pbeam": 1e-120,
    "wbeam": 1e-100,
    "maxhmmpf": -1,
    "bestpath": False,
}
"""Wide enough that a word which the model scarcely knows is not pruned away; the best path through the lattice ends
early."""


@dataclass(frozen=True, slots=True)
class AlignedWord:
    """``start`` and ``end`` in seconds of the sound."""

    text: str
    start: float
    end: float


class Aligner:
    """Loads its model once (some 100 ms)."""

    def __init__(self) -> None:
        self._decoder = decoder(**_SEARCH)

    def unknown(self, words: Sequence[str]) -> list[str]:
        """Those that the dictionary lacks."""
        return [word for word in words if self._decoder.lookup_word(word.lower()) is None]

    def align(self, samples: NDArray[np.floating[Any]], rate: int, words: Sequence[str]) -> list[AlignedWord]:
        """The words in order, in sound of shape (frames,) or (frames, channels).

        Raises ValueError for words the dictionary lacks and for sound in which they are not found.
        """
        if unknown := self.unknown(words):
            raise ValueError(f"the dictionary lacks {', '.join(unknown)}")
        spoken = " ".join(word.lower() for word in words)
        self._decoder.add_jsgf_string("text", f"#JSGF V1.0;\ngrammar text;\npublic <text> = {spoken};\n")
        self._decoder.activate_search("text")
        self._decoder.start_utt()
        self._decoder.process_raw(pcm(samples, rate), full_utt=True)
        self._decoder.end_utt()
        found = [
            segment for segment in self._decoder.seg() or () if not segment.word.startswith(("<", "[", "("))
        ]
        if [_bare(segment.word) for segment in found] != [word.lower() for word in words]:
            raise ValueError(f"the sound does not hold these words: {' '.join(words)[:80]}")
        length = len(samples) / rate
        return [
            AlignedWord(
                word,
                min(max(segment.start_frame * _FRAME_S - LEAD_SECONDS, 0.0), length),
                min(max((segment.end_frame + 1) * _FRAME_S - LEAD_SECONDS, 0.0), length),
            )
            for word, segment in zip(words, found, strict=True)
        ]


def _bare(word: str) -> str:
    """Without the number of the pronunciation, ``read(2)``."""
    return word.partition("(")[0]
