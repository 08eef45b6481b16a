"""What a text front end makes of a text: utterances, pauses and marks, with offsets into the original."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field

from mixdown_kernel.requests import Pronunciation


@dataclass(frozen=True, slots=True)
class Span:
    """A run of spoken text and the run of the original it was read from, both half-open, in code points.

    Where both runs are equally long they correspond character by character; elsewhere ("$5" read as
    "five dollars"), and where the run was ``replaced``, the whole spoken run belongs to the whole original run.
    """

    spoken_start: int
    spoken_end: int
    start: int
    end: int
    replaced: bool = False
    """Read otherwise than it is written, by chance perhaps at equal length ("R&B" as "R and B")."""

    @property
    def is_verbatim(self) -> bool:
        return not self.replaced and self.spoken_end - self.spoken_start == self.end - self.start


@dataclass(frozen=True, slots=True)
class Utterance:
    """The unit of synthesis and of caching: a sentence, or a part of one where it is long.

    ``text`` is as it shall be read (numbers in words); ``start`` and ``end`` are offsets of the original.
    The spans cover ``text`` in order without overlap, and so do ``pronunciations`` those runs that were given as
    phonemes (their written form is the text, for voices that take none). ``rate`` multiplies the layer's speed, ``pitch`` is in
    semitones, ``volume`` linear; ``voice`` and ``language`` override the layer's.
    """

    text: str
    start: int
    end: int
    spans: tuple[Span, ...] = ()
    voice: str | None = None
    language: str | None = None
    rate: float = 1.0
    pitch: float = 0.0
    volume: float = 1.0
    parameters: Mapping[str, object] = field(default_factory=dict)
    pronunciations: tuple[Pronunciation, ...] = ()

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The original's run for a run of the spoken text."""
        if not self.spans:
            return self.start, self.end
        return self._locate(start, first=True), self._locate(max(start, end - 1), first=False)

    def _locate(self, position: int, *, first: bool) -> int:
        position = min(max(position, 0), len(self.text))  # it is somebody else's word
        index = max(0, bisect_right(self.spans, position, key=lambda span: span.spoken_start) - 1)
        span = self.spans[index]
        if span.is_verbatim and position < span.spoken_end:
            return span.start + (position - span.spoken_start) + (0 if first else 1)
        return span.start if first else span.end


@dataclass(frozen=True, slots=True)
class Pause:
    """Silence between utterances."""

    ms: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Mark:
    """A named point of the text; its time on the final timeline is reported."""

    name: str
    start: int


@dataclass(frozen=True, slots=True)
class Script:
    """The content of one voice layer, in the order in which it is spoken."""

    items: tuple[Utterance | Pause | Mark, ...]
    language: str

    @property
    def utterances(self) -> tuple[Utterance, ...]:
        return tuple(item for item in self.items if isinstance(item, Utterance))
