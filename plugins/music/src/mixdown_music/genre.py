"""What a genre is, and what its players know of the bar to be played."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from mixdown_music.desks import Desk, Part, Stem
from mixdown_music.dice import Generator
from mixdown_music.form import Form
from mixdown_music.general_midi import is_percussion
from mixdown_music.grammar import BEATS, Idiom, Phrase
from mixdown_music.groove import Groove
from mixdown_music.melody import Rhythm, Subject, Tone
from mixdown_music.score import Move, Note
from mixdown_music.theory import Chord, Key, Mode
from mixdown_music.voicing import Harmony


@dataclass(frozen=True, slots=True)
class Theme:
    """What makes a section recognisable when it returns."""

    question: Phrase
    answer: Phrase
    farewell: Phrase
    """What stands before the piece's final chord."""
    subject: Subject
    pattern: int
    """Which of its patterns each player takes (modulo their number)."""


@dataclass(frozen=True, slots=True)
class Bar:
    """Everything a player needs to know of the bar to be played. It is written in C; the arranger transposes."""

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
    visit: int
    """How often the section's theme has been heard before."""
    style: int
    """Drawn once a piece: the player's ways that hold throughout (modulo their number)."""
    tune: tuple[Tone, ...] = ()
    """The theme's tune in this bar."""
    counter: tuple[Tone, ...] = ()
    """A second line against it."""
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

    @property
    def progress(self) -> float:
        """0 at the section's first bar, nearly 1 at its last."""
        return self.position / self.length

    def harmony_at(self, beat: float) -> Harmony:
        return next((h for h in reversed(self.harmony) if h.beat <= beat + 1e-9), self.harmony[0])


Play = Callable[[Bar, Generator], Iterable[Note | Move]]


@dataclass(frozen=True, kw_only=True)
class Genre:
    """A genre is data and one rule: what everybody plays in a bar.

    Attributes:
        tempo: beats a minute from which a seed draws when none is asked.
        modes: likewise for the mode.
        idioms: its harmony in each mode.
        forms: from the largest to the smallest; the first that fits is taken.
        rhythms: two-bar melodic rhythms, (beat, beats) each.
        groove: the timing of a piece at a tempo, given what it draws.
        desk: the parts, by the names that ``play`` gives its notes.
        play: the notes and moves of a bar, none of which starts outside it.
        voices, centre: size and register of the voicings; in ``four_parts`` they are led by the school's rules.
        stretch: bars that each bar of a progression lasts.
        solos: sections whose tune is improvised.
    """

    name: str
    tempo: tuple[int, int]
    modes: tuple[Mode, ...]
    idioms: Mapping[Mode, Idiom]
    forms: tuple[Form, ...]
    rhythms: tuple[Rhythm, ...]
    groove: Callable[[float, Generator], Groove]
    desk: Desk
    play: Play
    voices: int = 4
    centre: int = 60
    register: int = 72
    four_parts: bool = False
    stretch: int = 1
    solos: tuple[str, ...] = ()

    @property
    def parts(self) -> Mapping[str, Part]:
        return self.desk.parts

    @cached_property
    def struck(self) -> frozenset[str]:
        """Parts whose pitches are keys of a drum kit and stay where they are in every key."""
        return frozenset(name for name, part in self.parts.items() if is_percussion(part))

    @property
    def stems(self) -> tuple[Stem, ...]:
        return self.desk.stems
