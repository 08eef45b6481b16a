"""What is written down before anything sounds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from mixdown_music.desks import Desk, Part, Stem
from mixdown_music.theory import Chord, Key, Mode
from mixdown_music.voicing import Voicing

BEATS = 4
"""Beats a bar."""


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


MAX_DELAY = 0.04


@dataclass(frozen=True, slots=True)
class Harmony:
    """A chord sounding from ``beat`` (within its bar) for ``beats``, with the voicing the arranger led it to."""

    beat: float
    beats: float
    chord: Chord
    voicing: Voicing


@dataclass(frozen=True, slots=True)
class Phrase:
    """A melodic idea of two bars: (beat within the two bars, beats, steps up or down the scale)."""

    notes: tuple[tuple[float, float, int], ...]
    register: int
    """MIDI pitch around which it moves."""


@dataclass(frozen=True, slots=True)
class Theme:
    """What makes a section recognisable when it returns."""

    progression: tuple[tuple[str, ...], ...]
    """Per bar, the Roman numerals that share it."""
    phrase: Phrase
    pattern: int
    """Which of its patterns each player takes (modulo their number)."""


@dataclass(frozen=True, slots=True)
class Bar:
    """Everything a player needs to know of the bar to be played."""

    index: int
    section: str
    position: int
    """Bar within its section."""
    length: int
    """Bars in the section."""
    energy: float
    """0 to 1, from the section and the asked intensity."""
    key: Key
    harmony: tuple[Harmony, ...]
    coming: Chord
    """The chord after this bar, to lead to."""
    theme: Theme
    closing: bool = False
    """The last bar before the final chord: the cadence."""
    beats: float = BEATS
    """How long it lasts: the last bar rings to the end of the piece."""
    is_last: bool = False

    @property
    def start(self) -> float:
        return float(self.index * BEATS)

    @property
    def turns(self) -> bool:
        """The section's last bar, where drummers play fills."""
        return self.position == self.length - 1

    def harmony_at(self, beat: float) -> Harmony:
        return next((h for h in reversed(self.harmony) if h.beat <= beat + 1e-9), self.harmony[0])


Play = Callable[[Bar, np.random.Generator], Iterable[Note]]


@dataclass(frozen=True, kw_only=True)
class Genre:
    """A genre is data and one rule: what everybody plays in a bar.

    Attributes:
        tempo: beats a minute from which a seed draws when none is asked.
        modes: likewise for the mode.
        progressions: per mode, bars separated by ``|``, chords within a bar by blanks.
        cadence: per mode, the last bar before the end, and the chord that ends the piece.
        rhythms: two-bar melodic rhythms, (beat, beats) each.
        desk: the parts, by the names that ``play`` gives its notes.
        play: the notes of a bar, none of which starts outside it.
        voices, centre: size and register of the voicings.
        harmonic_rhythm: bars a chord of a progression lasts.
    """

    name: str
    tempo: tuple[int, int]
    modes: tuple[Mode, ...]
    progressions: Mapping[Mode, tuple[str, ...]]
    cadence: Mapping[Mode, tuple[str, str]]
    rhythms: tuple[tuple[tuple[float, float], ...], ...]
    desk: Desk
    play: Play
    voices: int = 4
    centre: int = 60
    register: int = 74
    harmonic_rhythm: int = 1

    @property
    def parts(self) -> Mapping[str, Part]:
        return self.desk.parts

    @property
    def stems(self) -> tuple[Stem, ...]:
        return self.desk.stems

    @property
    def reverb(self) -> float:
        return self.desk.reverb

    @property
    def tape(self) -> bool:
        return self.desk.tape

    @property
    def record(self) -> bool:
        return self.desk.record

    @property
    def trim(self) -> float:
        return self.desk.trim


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
    write: Callable[[Piece], Iterator[list[Note]]]

    def bars(self) -> Iterator[list[Note]]:
        """Notes of each bar in turn, written as they are asked for: an hour costs no more memory than a bar."""
        return self.write(self.piece)

    def notes(self) -> Iterator[Note]:
        for bar in self.bars():
            yield from bar
