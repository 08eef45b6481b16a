"""What is written down before anything sounds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from mixdown_music.grammar import BEATS
from mixdown_music.theory import Key

if TYPE_CHECKING:
    from mixdown_music.genre import Genre

__all__ = ["BEATS", "MAX_DELAY", "Control", "Measure", "Move", "Note", "Piece", "Score"]

MAX_DELAY = 0.04


@dataclass(frozen=True, slots=True)
class Note:
    """One note. Beats are exact; ``delay`` is the player's own lateness in seconds, bounded by `MAX_DELAY`."""

    part: str
    beat: float
    beats: float
    pitch: int
    """MIDI pitch; in a drum part the General MIDI percussion key."""
    velocity: float
    """0 to 1."""
    delay: float = 0.0


Control = Literal["brightness", "expression"]


@dataclass(frozen=True, slots=True)
class Move:
    """A part's control arrives at ``value`` (0 to 1; 1 is an open filter, full strength) at ``beat``; between two
    moves it goes in a straight line, and before the first one it is 1."""

    part: str
    control: Control
    beat: float
    value: float


@dataclass(frozen=True, slots=True)
class Measure:
    """What is played in one bar; nothing in it begins outside the bar."""

    notes: list[Note]
    moves: list[Move]
    section: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """A request with everything resolved that it left to the composer."""

    genre: Genre
    bpm: float
    key: Key
    intensity: float
    seed: int
    frames: int
    """At 48 kHz."""


@dataclass(frozen=True, slots=True)
class Score:
    """A piece and its notes, bar by bar; iterating again writes the same notes again."""

    piece: Piece
    write: Callable[[Piece], Iterator[Measure]]

    def measures(self) -> Iterator[Measure]:
        """Each bar in turn, written as it is asked for: an hour costs no more memory than a phrase."""
        return self.write(self.piece)

    def bars(self) -> Iterator[list[Note]]:
        """The notes of each bar in turn."""
        for measure in self.measures():
            yield measure.notes

    def notes(self) -> Iterator[Note]:
        for bar in self.bars():
            yield from bar
