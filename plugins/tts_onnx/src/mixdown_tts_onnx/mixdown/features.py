"""What the networks of the voices see of an utterance, and what they answer.

One definition for training, which reads its phones from the teachers, and for run time, where the front end makes them.

**Encoder**: ``phones`` int64 (1, n) and ``features`` float32 (1, n, `FEATURES`) of `phone_features` to ``hidden`` float32
(1, n, D) and ``durations`` float32 (1, n), in frames of 10 ms, not yet rounded.

**Decoder**: each phone's row of ``hidden`` repeated for each of its frames, float32 (1, t, D), and ``position`` float32
(1, t, `POSITIONS`) of `position_features` to ``parameters`` float32 (1, t, 2 + M + B), one row a frame, as `Layout` cuts it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

PAUSE = "pau"
PHONES: tuple[str, ...] = (
    PAUSE, "aa", "ae", "ah", "ao", "aw", "ax", "ay", "b", "ch", "d", "dh", "eh", "er", "ey", "f", "g", "hh", "ih", "iy",
    "jh", "k", "l", "m", "n", "ng", "ow", "oy", "p", "r", "s", "sh", "t", "th", "uh", "uw", "v", "w", "y", "z", "zh",
)  # fmt: skip
"""The US radio set of flite and festival. The networks know them by their place here plus one; 0 is padding."""

FRAME_MS = 10

_ASKING = frozenset(("what", "where", "when", "why", "how", "who", "whom", "which", "whose"))
_IDS = {name: number for number, name in enumerate(PHONES, start=1)}


class Phone(NamedTuple):
    """A phone and its place, as flite's and festival's utterance structures have them; all False at a pause."""

    name: str
    """One of `PHONES`."""
    stressed: bool
    """Its syllable carries lexical stress."""
    accented: bool
    """Its syllable carries a pitch accent."""
    syllable_start: bool
    syllable_end: bool
    word_start: bool
    word_end: bool
    content: bool
    """Its word is no function word."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How a row of parameters is cut: column 0 is the logarithm of F0 in Hz, which runs on through what is unvoiced;
    column 1 the probability that the frame is voiced; then ``cepstra`` mel-cepstral coefficients c0 … c(M-1); then
    ``bands`` strengths of voicing, 0 (noise) to 1 (pulses), lowest band first.

    With the coefficients' warping by ``alpha`` (voice.json), w' = w + 2 atan(alpha sin w / (1 - alpha cos w)), the
    vocal tract's response at the angular frequency w is exp(sum of c_k exp(-i k w')), minimum phase. An excitation of
    unit power (mean square 1: all harmonics of F0 below half the rate at equal amplitudes, or white noise) through it
    gives sound in full-scale units. The teachers' gain and postfilter are in the coefficients.
    """

    cepstra: int
    bands: int

    @property
    def width(self) -> int:
        return 2 + self.cepstra + self.bands

    @property
    def spectrum(self) -> slice:
        return slice(2, 2 + self.cepstra)

    @property
    def strengths(self) -> slice:
        return slice(2 + self.cepstra, self.width)


_SPANS = 20
"""Counts before and after: see `_places`."""
FEATURES = 9 + _SPANS
POSITIONS = 11


def rises(text: str) -> bool:
    """Whether a sentence asks for yes or no: it ends with a question mark and does not begin with who, what, which …"""
    begins = re.findall(r"[a-z']+", text.lower())[:2]
    return text.rstrip(" \"')”’").endswith("?") and _ASKING.isdisjoint(begins)


def phone_features(phones: Sequence[Phone], question: bool) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Identities (n,) and features (n, `FEATURES`) of an utterance that begins and ends with a pause.

    ``question``: its last phrase rises, see `rises`. KeyError for a name that `PHONES` lacks.
    """
    ids = np.array([_IDS[phone.name] for phone in phones], np.int64)
    flags = np.array([phone[1:] for phone in phones], np.bool_).reshape(len(phones), 7)
    pause = ids == _IDS[PAUSE]
    asked = np.full(len(phones), question)
    columns = [flags, pause[:, None], asked[:, None], _places(flags, pause)]
    return ids, np.concatenate([column.astype(np.float32) for column in columns], axis=1)


def position_features(durations: NDArray[np.int64]) -> NDArray[np.float32]:
    """Where in its phone each frame lies: (sum of ``durations``, `POSITIONS`) for durations (n,) of at least one."""
    length = np.repeat(durations, durations).astype(np.float64)
    first = np.repeat(np.cumsum(durations) - durations, durations)
    before = np.arange(len(length)) - first
    after = length - 1 - before
    share = (before + 0.5) / length
    columns = [
        share,
        share * share,
        np.minimum(before, 10) / 10,
        np.minimum(after, 10) / 10,
        np.log(length) / 3,
        np.sin(np.pi * share),
        np.cos(np.pi * share),
        np.sin(2 * np.pi * share),
        np.cos(2 * np.pi * share),
        before == 0,
        after == 0,
    ]
    return np.stack([np.asarray(column, np.float32) for column in columns], axis=1)


def _places(flags: NDArray[np.bool_], pause: NDArray[np.bool_]) -> NDArray[np.float32]:
    """How much comes before and after each phone, (n, `_SPANS`): what the teachers' decision trees ask about.

    In its phrase, from pause to pause: phones, syllables, stressed and accented ones, words, words of content; in its
    word: syllables; in its syllable: phones; in the utterance: phrases and syllables. By logarithms, a third of them.
    """
    stressed, accented, syllable, _, word, _, content = flags.T
    phrase = np.cumsum(pause)
    words, syllables = np.cumsum(word | pause), np.cumsum(syllable | pause)
    whole = np.zeros(len(pause), np.int64)
    counts = [
        (~pause, phrase),
        (syllable, phrase),
        (syllable & stressed, phrase),
        (syllable & accented, phrase),
        (word, phrase),
        (word & content, phrase),
        (syllable, words),
        (~pause, syllables),
        (pause, whole),
        (syllable, whole),
    ]
    columns = [_before_and_after(what, within) for what, within in counts]
    return (np.log1p(np.concatenate(columns, axis=1)) / 3).astype(np.float32)


def _before_and_after(what: NDArray[np.bool_], within: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many of ``what`` come up to and with each place, and how many after it, in its group: (n, 2).

    Groups are numbered in ascending order.
    """
    sums = np.cumsum(what)
    start = np.searchsorted(within, within, side="left")
    end = np.searchsorted(within, within, side="right") - 1
    before = sums - sums[start] + what[start]
    return np.stack([before, sums[end] - sums], axis=1)
