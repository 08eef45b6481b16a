"""Groove: swing, who plays behind the beat, and how far a human hand strays from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mixdown_music.dice import Generator
from mixdown_music.score import MAX_DELAY, Note


@dataclass(frozen=True, kw_only=True)
class Groove:
    """How players place what is written straight.

    Attributes:
        swing: how much longer the first of two equal notes is than the second (1 straight, 2 a triplet).
        pair: beats of such a pair: 1 for swung eighths, 0.5 for swung sixteenths.
        behind: seconds behind the beat, by part or by part and drum (``drums:38``).
        spread: standard deviation in seconds of a hand's timing. touch: of a note's strength, as a share.
    """

    swing: float = 1.0
    pair: float = 1.0
    behind: Mapping[str, float] = field(default_factory=dict)
    spread: float = 0.003
    touch: float = 0.06

    def swung(self, beat: float) -> float:
        """Where a straight beat falls: the middle of each pair moves late, all else in proportion."""
        pairs, part = divmod(beat / self.pair, 1.0)
        middle = self.swing / (1 + self.swing)
        moved = part / 0.5 * middle if part < 0.5 else middle + (part - 0.5) / 0.5 * (1 - middle)
        return (pairs + moved) * self.pair

    def perform(self, note: Note, rng: Generator, *, up: int = 0) -> Note:
        """The note as somebody plays it, ``up`` semitones higher. Notes of a chord keep what the score sets
        between them."""
        start = self.swung(note.beat)
        late = self.behind.get(f"{note.part}:{note.pitch}", self.behind.get(note.part, 0.004))
        stray, touch = rng.standard_normal(2).tolist()
        return Note(
            part=note.part,
            beat=start,
            beats=self.swung(note.beat + note.beats) - start,
            pitch=note.pitch + up,
            velocity=min(max(note.velocity * (1 + self.touch * touch), 0.05), 1.0),
            delay=min(max(note.delay + late + self.spread * stray, 0.0), MAX_DELAY),
        )


def jazz_swing(bpm: float) -> float:
    """The long eighth against the short one: nearly dotted in a ballad, nearly even when it is very fast
    (a straight line through the ride cymbals of Friberg and Sundström 2002)."""
    return min(max(3.0 - bpm / 150, 1.0), 2.5)
