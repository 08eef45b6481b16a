"""What both notations, plain text and SSML, are read into before sentences are looked for."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mixdown_kernel import Mark, Pause
from mixdown_text.mapped import MappedText


@dataclass(frozen=True, slots=True)
class Style:
    """How a run of text is to be spoken; units as in `Utterance`."""

    voice: str | None = None
    language: str | None = None
    rate: float = 1.0
    pitch: float = 0.0
    volume: float = 1.0


@dataclass(frozen=True, slots=True)
class Run:
    """Text of one style. Neighbouring runs of equal style are one text: a sentence may begin in one and end in the next."""

    text: MappedText
    style: Style


@dataclass(frozen=True, slots=True)
class Gap:
    """A sentence ends here, and ``ms`` of silence follow if speech does; an explicit pause takes its place."""

    ms: int
    start: int
    end: int


Element = Run | Gap | Pause | Mark

MAX_PAUSE_MS = 60_000
RATES = (0.25, 4.0)
"""What a mark and the product of nested prosody may be."""
PITCHES = (-24.0, 24.0)
"""Semitones, likewise."""
VOLUMES = (0.0, 4.0)
"""Linear, likewise."""
LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,6}")
"""A language tag (BCP 47), by its form."""
