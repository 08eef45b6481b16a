"""The conductor: turns a score's measures into what begins at which frame, a bar ahead of the sound."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field

from mixdown_music.automation import Lane
from mixdown_music.score import BEATS, Control, Note, Score
from mixdown_music.synth import RATE


def onset(note: Note, bpm: float) -> int:
    """The frame at which a note begins: its beat's exact frame and the player's lateness."""
    return round(note.beat * 60 / bpm * RATE) + round(note.delay * RATE)


@dataclass(frozen=True, slots=True, order=True)
class Event:
    """A note by frames: where it starts and for how many it is held."""

    start: int
    order: int
    frames: int = field(compare=False)
    note: Note = field(compare=False)


class Conductor:
    """``lanes`` hold the moves of the bars read so far, by part and control."""

    def __init__(self, score: Score) -> None:
        self.lanes: dict[tuple[str, Control], Lane] = {}
        self._score = score
        self._measures = score.measures()
        self._bar = 0
        self._count = 0
        self._coming: list[Event] = []

    def until(self, frame: int) -> list[Event]:
        """What begins before ``frame`` and was not yet handed out, in order."""
        bar = round(BEATS * 60 / self._score.piece.bpm * RATE)
        while self._bar * bar < frame + bar + RATE:
            self._read(frame)
        begun = []
        while self._coming and self._coming[0].start < frame:
            begun.append(heapq.heappop(self._coming))
        return begun

    def _read(self, frame: int) -> None:
        self._bar += 1
        measure = next(self._measures, None)
        if measure is None:
            return
        bpm, total = self._score.piece.bpm, self._score.piece.frames
        for note in measure.notes:
            start = onset(note, bpm)
            if start < total:
                held = min(round(note.beats * 60 / bpm * RATE), total - start)
                self._count += 1
                heapq.heappush(self._coming, Event(start, self._count, held, note))
        for move in sorted(measure.moves, key=lambda move: move.beat):
            lane = self.lanes.setdefault((move.part, move.control), Lane())
            lane.add(round(move.beat * 60 / bpm * RATE), move.value, frame)
