"""What is known of a performance's timeline once it has been performed: words, utterances, marks."""

from __future__ import annotations

from dataclasses import dataclass, field

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


@dataclass
class Timeline:
    """Grows while a scene is performed."""

    words: list[TimedWord] = field(default_factory=list)
    utterances: list[TimedUtterance] = field(default_factory=list)
    marks: list[tuple[str, int]] = field(default_factory=list)
    """(name, milliseconds)"""
    sources: list[SourceReceipt] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    used: dict[str, RunningBackend] = field(default_factory=dict)
    """Per layer, the backend that is heard."""

    def sort(self) -> None:
        """Layers speak at the same time; their words belong in one order."""
        self.words.sort(key=lambda word: word.start_ms)
        self.utterances.sort(key=lambda utterance: utterance.start_ms)
        self.marks.sort(key=lambda mark: mark[1])
