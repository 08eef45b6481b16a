"""When each phoneme is heard, where the model does not say. These are estimates, and whoever uses them says so.

Sound is shared out by how long phonemes usually last; the longest silences of the sound are lined up with the
punctuation of the phonemes, if there are enough of them. Relative lengths after D. Klatt, "Linguistic uses of segmental duration in
English", JASA 59 (1976), table II, rounded.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING

import numpy as np

from mixdown_tts_onnx.phonetic.sound import silences

if TYPE_CHECKING:
    from numpy.typing import NDArray

VOWELS = frozenset("aeiouyæøœɐɑɒɔəɘɚɛɜɝɞɤɨɪɯɵɶʉʊʌʏᵻAIOQWY")
WEAK = frozenset("əɐɪᵻᵊɚ")
FRICATIVES = frozenset("fsʃçxχθvzʒðʂɕʤʧʦʨ")
PAUSES = frozenset(".!?,;:…—")
VOWEL, WEAK_VOWEL, FRICATIVE, CONSONANT, LENGTH, STRESS, BREAK = 1.1, 0.6, 1.1, 0.75, 0.5, 0.4, 0.4
PAUSE_SECONDS = 0.06


def weight(symbol: str) -> float:
    """How long a symbol lasts beside others."""
    if symbol in WEAK:
        return WEAK_VOWEL
    if symbol in VOWELS:
        return VOWEL
    if symbol in FRICATIVES:
        return FRICATIVE
    if symbol in PAUSES:
        return BREAK
    if symbol in "ːˑ":
        return LENGTH
    if symbol == "ˈ":
        return STRESS
    return CONSONANT if unicodedata.category(symbol[0]) == "Ll" else 0.0


def estimated_edges(symbols: Sequence[str], samples: NDArray[np.float32], rate: int) -> NDArray[np.int64]:
    """The frame at which each symbol begins, and that at which the last one ends: ascending, shape (len + 1,)."""
    weights = np.array([sum(map(weight, symbol)) for symbol in symbols])
    quiet = silences(samples, round(PAUSE_SECONDS * rate))
    first = quiet[0][1] if quiet and quiet[0][0] == 0 else 0
    last = quiet[-1][0] if quiet and quiet[-1][1] == len(samples) and quiet[-1][0] > first else len(samples)
    inner = [run for run in quiet if run[0] > first and run[1] < last]
    breaks = [index for index in _breaks(symbols) if weights[:index].any() and weights[index + 1 :].any()]
    longest = sorted(sorted(inner, key=lambda run: run[0] - run[1])[: len(breaks)])
    cuts = list(zip(breaks, longest, strict=True)) if len(breaks) == len(longest) else []
    edges = np.full(len(symbols) + 1, last, np.float64)
    begin, start = 0, first
    for index, (silent, sounds) in [*cuts, (len(symbols), (last, last))]:
        edges[begin : index + 1] = start + _shares(weights[begin:index]) * (silent - start)
        begin, start = index, silent
        if index < len(symbols):
            edges[index], begin, start = silent, index + 1, sounds
    return np.maximum.accumulate(np.round(edges)).astype(np.int64)


def _breaks(symbols: Sequence[str]) -> Iterator[int]:
    """Where punctuation stands, the last one of each run."""
    for index, symbol in enumerate(symbols):
        following = symbols[index + 1] if index + 1 < len(symbols) else ""
        if symbol in PAUSES and following not in PAUSES:
            yield index


def _shares(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Where each begins and the last one ends, from 0 to 1; alike where nothing has a length."""
    if not weights.any():
        weights = np.ones(len(weights))
    sums = np.array(list(accumulate(weights, initial=0.0)))
    return sums / (sums[-1] or 1.0)
