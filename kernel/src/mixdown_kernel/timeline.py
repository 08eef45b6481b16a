"""What is known of a performance's timeline once it has been performed: words, utterances, marks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from mixdown_kernel.contracts import SourceSpec
from mixdown_kernel.lifecycle import RunningBackend
from mixdown_kernel.receipts import Notice, SourceReceipt


@dataclass(frozen=True, slots=True)
class TimedWord:
    """A word on the final timeline; ``start`` and ``end`` are offsets into the text as it was given."""

    layer: str
    text: str
    start_ms: int
    end_ms: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class TimedUtterance:
    layer: str
    text: str
    start_ms: int
    end_ms: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class TimedMark:
    layer: str
    name: str
    ms: int


Timed = TypeVar("Timed", TimedWord, TimedUtterance)


@dataclass
class Timeline:
    """Grows while a scene is performed."""

    words: list[TimedWord] = field(default_factory=list)
    utterances: list[TimedUtterance] = field(default_factory=list)
    marks: list[TimedMark] = field(default_factory=list)
    sources: list[SourceReceipt] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    placed: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Per layer its first frame, and the one after its last."""
    used: dict[str, RunningBackend] = field(default_factory=dict)
    """Per layer, the backend that is heard."""
    played: dict[str, SourceSpec] = field(default_factory=dict)
    """Per layer that is no voice, what its backend was asked for; of several cycles the first."""

    def note(self, made: SourceReceipt, running: RunningBackend, spec: SourceSpec) -> None:
        """A source of a layer begins; only the first time is news."""
        if any(one.layer == made.layer and one.signature == made.signature for one in self.sources):
            return
        self.used[made.layer] = running
        self.played.setdefault(made.layer, spec)
        self.sources.append(made)

    def forget(self, layer: str) -> None:
        """A backend gave way: what it had noted of its layer no longer holds."""
        self.words = [one for one in self.words if one.layer != layer]
        self.utterances = [one for one in self.utterances if one.layer != layer]
        self.marks = [one for one in self.marks if one.layer != layer]
        self.sources = [one for one in self.sources if one.layer != layer]
        self.used.pop(layer, None)
        self.played.pop(layer, None)

    def move(self, begin_ms: Mapping[str, int]) -> None:
        """Layers that were made before their starts were known begin at these."""

        def moved(one: Timed) -> Timed:
            ms = begin_ms.get(one.layer, 0)
            return replace(one, start_ms=one.start_ms + ms, end_ms=one.end_ms + ms) if ms else one

        self.words = [moved(word) for word in self.words]
        self.utterances = [moved(utterance) for utterance in self.utterances]
        self.marks = [replace(mark, ms=mark.ms + begin_ms.get(mark.layer, 0)) for mark in self.marks]

    def apart(self) -> defaultdict[str, Timeline]:
        """What was said, by layer; a layer that said nothing has an empty one."""
        layers: defaultdict[str, Timeline] = defaultdict(Timeline)
        for word in self.words:
            layers[word.layer].words.append(word)
        for utterance in self.utterances:
            layers[utterance.layer].utterances.append(utterance)
        for mark in self.marks:
            layers[mark.layer].marks.append(mark)
        return layers

    def sort(self) -> None:
        """Layers speak at the same time; their words belong in one order."""
        self.words.sort(key=lambda word: word.start_ms)
        self.utterances.sort(key=lambda utterance: utterance.start_ms)
        self.marks.sort(key=lambda mark: mark.ms)
