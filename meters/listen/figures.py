"""What is measured, and what becomes of it: measures, readings, items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Measure:
    """A column of the table.

    ``worse`` says which way is worse; ``tolerance`` is how far a figure may move that way, away from the
    baseline, before it counts as a regression.
    """

    name: str
    title: str
    unit: str
    digits: int
    worse: Literal["lower", "higher", "either"]
    tolerance: float
    about: str


MEASURES = {
    measure.name: measure
    for measure in (
        Measure("words", "words heard", "%", 0, "lower", 4, "matrix test: words a recogniser gets right"),
        Measure("overall", "DNSMOS", "", 2, "lower", 0.2, "alarm for noise and damage, 1 to 5"),
        Measure("p808", "P.808", "", 2, "lower", 0.2, "overall opinion by a second network, 1 to 5"),
        Measure("concealment", "PLCMOS", "", 2, "lower", 0.35, "alarm for dropouts, 1 to 5"),
        Measure("wer", "open WER", "%", 1, "higher", 3, "free text to a recogniser: words replaced, left out, put in"),
        Measure("mcd", "MCD", "dB", 2, "higher", 0.1, "mel-cepstra beside the teacher's, at its durations"),
        Measure("f0", "F0 error", "cents", 0, "higher", 4, "F0 beside the teacher's, at its durations"),
        Measure("mcd_sound", "MCD of sound", "dB", 2, "higher", 0.3, "beside the teacher's sound, warped in time"),
        Measure("f0_sound", "F0 of sound", "cents", 0, "higher", 10, "beside the teacher's sound, warped in time: median"),
        Measure("unseen", "unseen words", "%", 1, "lower", 2, "said right by letters alone: every phone"),
        Measure("unseen_stress", "and their stress", "%", 1, "lower", 2, "every phone and the stress of every vowel"),
        Measure("homographs", "homographs", "%", 0, "lower", 2, "read as the sense asks"),
        Measure("pitch", "pitch", "Hz", 0, "either", 4, "median of the voiced frames"),
        Measure("pace", "pace", "wpm", 0, "either", 8, "words a minute, pauses included"),
        Measure("start", "word starts, p90", "ms", 0, "higher", 4, "from a forced alignment, 90th percentile"),
        Measure("middle", "word starts, median", "ms", 1, "higher", 2, "from a forced alignment"),
        Measure("late", "over 30 ms", "%", 1, "higher", 3, "word starts further than 30 ms from the alignment"),
        Measure("bpm", "tempo heard", "bpm", 1, "either", 2, "beat tracker started at the tempo asked"),
        Measure("key", "key heard", "", 0, "lower", 0, "1 where the key heard is the key asked"),
        Measure("measured", "measured", "", 0, "lower", 0, "no where rendering or measuring failed"),
        Measure("right", "right", "", 0, "lower", 0, "how many of all"),
        Measure("lufs", "loudness", "LUFS", 1, "either", 0.5, "integrated, EBU R 128"),
        Measure("dbtp", "true peak", "dBTP", 2, "higher", 0.5, "eight times oversampled"),
        Measure("decoded_lufs", "decoded", "LUFS", 2, "either", 0.1, "loudness of what the file decodes to"),
        Measure("decoded_dbtp", "decoded peak", "dBTP", 2, "higher", 0.3, "true peak of what the file decodes to"),
        Measure("clicks", "clicks", "", 0, "higher", 0, "breaks that linear prediction does not explain"),
        Measure("seam", "seam", "", 2, "higher", 0.5, "what happens at the seam, 1 is the most that may"),
        Measure("repeat", "repeats", "", 2, "higher", 0.1, "likeness to itself at its most like lag"),
        Measure("front", "voice in front", "dB", 1, "lower", 1, "of the beds while it speaks, 300 Hz to 8 kHz"),
        Measure("duck", "steps back", "dB", 1, "either", 0.5, "the deepest, against the same scene without ducking"),
        Measure("back", "comes back", "dB", 1, "either", 0.5, "at the end, against the same scene without ducking"),
        Measure("length", "length off", "ms", 1, "higher", 1, "from what was asked"),
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reading:
    """One figure and the limits it must keep; ``shown`` in place of the number where that says more."""

    measure: str
    value: float
    low: float = -inf
    high: float = inf
    shown: str = ""

    @property
    def ok(self) -> bool:
        return self.low <= self.value <= self.high

    @property
    def text(self) -> str:
        return self.shown or f"{self.value:.{MEASURES[self.measure].digits}f}"

    @property
    def limits(self) -> str:
        """``≤ -1`` and the like; empty without a limit."""
        low, high = f"{self.low:g}", f"{self.high:g}"
        if self.low > -inf and self.high < inf:
            return f"{low} … {high}"
        return f"≥ {low}" if self.low > -inf else f"≤ {high}" if self.high < inf else ""


@dataclass(frozen=True, slots=True)
class Sound:
    """What is plotted and played: float32 of shape (frames, channels)."""

    samples: NDArray[np.floating[Any]]
    rate: int
    clicks: Sequence[float] = ()
    """Seconds."""


@dataclass(frozen=True, slots=True)
class Item:
    """A row of the table, and with ``sound`` a card of its own."""

    group: str
    name: str
    about: str
    readings: tuple[Reading, ...]
    sound: Sound | None = None
    beside: Mapping[str, Sound] = field(default_factory=dict)
    """In place of ``sound``: the same said by several, plotted side by side."""

    @property
    def id(self) -> str:
        return f"{self.group}/{self.name}"

    @property
    def slug(self) -> str:
        """For files and anchors."""
        return "".join(letter if letter.isalnum() else "-" for letter in self.id)

    @property
    def failed(self) -> tuple[Reading, ...]:
        return tuple(reading for reading in self.readings if not reading.ok)
