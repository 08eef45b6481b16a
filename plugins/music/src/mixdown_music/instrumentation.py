"""Who plays, where a prompt names instruments: a genre's desk with parts taken out, given to others, or added."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import cycle
from typing import Literal

from mixdown_music import desks
from mixdown_music.desk import Desk, Part, Stem
from mixdown_music.dice import Generator
from mixdown_music.genre import Bar, Genre
from mixdown_music.players import arpeggio, beat_pattern, held, last_chord, melody, rung
from mixdown_music.prompt import Reading
from mixdown_music.score import Move, Note
from mixdown_music.synth import Instrument
from mixdown_music.synth.ensemble import BRASS, LOW_STRINGS
from mixdown_music.synth.keys import CELESTA
from mixdown_music.synth.kit import HAT, KICK, SNARE
from mixdown_music.synth.mallets import GLOCKENSPIEL, KALIMBA, MARIMBA
from mixdown_music.synth.plucked import FINGER_BASS, JAZZ_GUITAR, STEEL_GUITAR
from mixdown_music.synth.winds import MUTED_TRUMPET

Way = Literal["broken", "held", "tune", "bass", "beat"]
"""How an instrument takes part: broken chords, held chords, the tune, the bass, the beat."""
_ALONE = 4.0
"""dB by which a tune without all else is raised (measured: -26 LUFS for a flute, -17 for a trumpet)."""
_SHAPE = (0, 1, 2, 3, 2, 1)


@dataclass(frozen=True, slots=True)
class Guest:
    """An instrument by the name that a prompt has for it.

    Attributes:
        part: its place on a desk where it is at home.
        trim: of that desk.
        kin: instruments that count as it.
    """

    part: Part
    trim: float
    way: Way
    kin: tuple[str, ...] = ()

    def is_played_by(self, part: Part) -> bool:
        return part.instrument.name in (self.part.instrument.name, *self.kin)

    def seat(self, desk: Desk, stem: Stem, pan: float) -> Part:
        """Its place on another desk: as loud there, beside who sits there."""
        return replace(self.part, stem=stem, pan=pan, level=self.part.level + self.trim - desk.trim, duck=0)


def _guest(desk: Desk, name: str, way: Way, *kin: str, instrument: Instrument | None = None) -> Guest:
    part = desk.parts[name]
    return Guest(replace(part, instrument=instrument) if instrument else part, desk.trim, way, kin)


GUESTS: Mapping[str, Guest] = {
    "piano": _guest(desks.JAZZ, "piano", "broken", "felt_piano"),
    "electric_piano": _guest(desks.LOFI, "keys", "broken"),
    "guitar": _guest(desks.LOFI, "guitar", "broken", "steel_guitar", "jazz_guitar"),
    "steel_guitar": _guest(desks.LOFI, "guitar", "broken", instrument=STEEL_GUITAR),
    "jazz_guitar": _guest(desks.LOFI, "guitar", "broken", instrument=JAZZ_GUITAR),
    "harp": _guest(desks.ORCHESTRAL, "harp", "broken"),
    "synth": _guest(desks.ELECTRONIC, "arp", "broken", "saw_lead", "square_lead", "supersaw", "saw_pad"),
    "strings": _guest(desks.ORCHESTRAL, "violas", "held", "low_strings", "spiccato", "pizzicato"),
    "choir": _guest(desks.ORCHESTRAL, "choir", "held"),
    "pad": _guest(desks.AMBIENT, "pad", "held", "saw_pad"),
    "violin": _guest(desks.ORCHESTRAL, "first_violins", "tune"),
    "cello": _guest(desks.ORCHESTRAL, "celli", "tune", instrument=LOW_STRINGS),
    "flute": _guest(desks.ORCHESTRAL, "flute", "tune"),
    "oboe": _guest(desks.ORCHESTRAL, "oboe", "tune"),
    "clarinet": _guest(desks.ORCHESTRAL, "clarinet", "tune"),
    "horn": _guest(desks.ORCHESTRAL, "horns", "tune"),
    "trumpet": _guest(desks.ORCHESTRAL, "trumpets", "tune", "muted_trumpet"),
    "muted_trumpet": _guest(desks.ORCHESTRAL, "trumpets", "tune", instrument=MUTED_TRUMPET),
    "brass": _guest(desks.ORCHESTRAL, "horns", "tune", "horn", "trumpet", instrument=BRASS),
    "saxophone": _guest(desks.JAZZ, "solo", "tune"),
    "vibraphone": _guest(desks.JAZZ, "tune", "tune"),
    "marimba": _guest(desks.JAZZ, "tune", "tune", instrument=MARIMBA),
    "glockenspiel": _guest(desks.JAZZ, "tune", "tune", instrument=GLOCKENSPIEL),
    "celesta": _guest(desks.JAZZ, "tune", "tune", instrument=CELESTA),
    "kalimba": _guest(desks.JAZZ, "tune", "tune", instrument=KALIMBA),
    "bells": _guest(desks.AMBIENT, "bells", "tune"),
    "upright_bass": _guest(desks.JAZZ, "bass", "bass"),
    "finger_bass": _guest(desks.JAZZ, "bass", "bass", "soft_bass", instrument=FINGER_BASS),
    "synth_bass": _guest(desks.ELECTRONIC, "bass", "bass", "acid_bass"),
    "drums": _guest(desks.LOFI, "drums", "beat"),
}
GROUPS: Mapping[str, Stem] = {name: name for name in ("drums", "bass", "harmony", "melody", "texture")}
"""Names that mean a whole group of instruments."""
LEADS: Mapping[str, tuple[str, ...]] = {
    "lofi": ("tune",),
    "jazz": ("tune", "solo"),
    "ambient": ("line",),
    "electronic": ("lead",),
    "orchestral": ("flute", "oboe", "clarinet", "first_violins"),
}
"""The parts that have the tune, by genre: who is asked to play it takes them over."""


def arranged(genre: Genre, reading: Reading) -> tuple[Genre, tuple[str, ...]]:
    """The genre with the instruments that a prompt asks for, and the wishes that cannot be met."""
    band = _Band(genre)
    if reading.only:
        band.leave_only(reading.only)
    else:
        band.join(reading.wanted)
    band.leave_out(reading.unwanted)
    return band.genre(), tuple(band.missing)


class _Band:
    """The parts of a genre while they are given to others."""

    def __init__(self, genre: Genre) -> None:
        self._genre = genre
        self._parts = dict(genre.parts)
        self._joined: dict[str, Guest] = {}
        """Those who play something of their own."""
        self._record = genre.desk.record
        self._soloist: str | None = None
        """The part that has the tune where nobody else plays: it never rests."""
        self.missing: list[str] = []

    def genre(self) -> Genre:
        if self._parts == self._genre.parts and self._record == self._genre.desk.record and not self._joined:
            return self._genre
        trim = self._genre.desk.trim + (_ALONE if self._soloist else 0)
        desk = replace(self._genre.desk, parts=self._parts, record=self._record, trim=trim)
        return replace(self._genre, desk=desk, play=self._play)

    def join(self, names: Sequence[str]) -> None:
        """The tune and the bass are handed over; who plays chords or a beat comes besides."""
        handed: dict[Way, list[str]] = {}
        for name in names:
            guest = GUESTS.get(name)
            if name in GROUPS and GROUPS[name] in self._genre.stems:
                continue
            if guest is None:
                self.missing.append(f"with {name}")
            elif guest.way in ("tune", "bass"):
                handed.setdefault(guest.way, []).append(name)
            else:
                self._joined[name] = guest
                self._parts.setdefault(name, guest.seat(self._genre.desk, guest.part.stem, guest.part.pan))
        self._hand(LEADS[self._genre.name], handed.get("tune", []))
        self._hand(self._of("bass"), handed.get("bass", []))

    def leave_only(self, names: Sequence[str]) -> None:
        """Groups stay as they are; all else is played by the instruments that are named, as far as they can."""
        self.missing += [f"only {name}" for name in names if name not in GROUPS and name not in GUESTS]
        groups = {GROUPS[name] for name in names if name in GROUPS and GROUPS[name] in self._genre.stems}
        players = [name for name in names if name in GUESTS and name not in GROUPS]
        chords = [name for name in players if GUESTS[name].way in ("broken", "held")]
        tunes = [name for name in players if GUESTS[name].way == "tune"] or chords
        basses = [name for name in players if GUESTS[name].way == "bass"] or chords
        if not groups and not players:
            return
        seats: dict[Stem, list[str]] = {"harmony": chords, "melody": tunes, "bass": basses}
        for stem in seats.keys() - groups:
            self._hand(self._of(stem), seats[stem])
        kept = groups | {stem for stem in seats if seats[stem]}
        self._parts = {name: part for name, part in self._parts.items() if part.stem in kept}
        self._record = self._record and "texture" in groups
        if kept == {"melody"}:
            self._soloist = LEADS[self._genre.name][0]

    def leave_out(self, names: Sequence[str]) -> None:
        """A band of nobody is refused: then all stay."""
        left = {name: part for name, part in self._parts.items() if not any(_is(part, one) for one in names)}
        if not left:
            self.missing += [f"without {name}" for name in names]
            return
        self._parts = left
        self._record = self._record and "texture" not in names

    def _of(self, stem: str) -> list[str]:
        return [name for name, part in self._parts.items() if part.stem == stem]

    def _hand(self, parts: Sequence[str], guests: Sequence[str]) -> None:
        """Parts to players, in turn; each keeps its place on the stage."""
        for name, guest in zip(parts, (GUESTS[one] for one in cycle(guests)), strict=False):
            part = self._parts[name]
            if not guest.is_played_by(part):
                self._parts[name] = guest.seat(self._genre.desk, part.stem, part.pan)
        self.missing += [f"with {guest}" for guest in guests[len(parts) :]]

    def _play(self, bar: Bar, rng: Generator) -> Iterator[Note | Move]:
        """As the genre plays, by those who are there. Guests play where it does not use their instrument."""
        played = [event for event in self._genre.play(bar, rng) if event.part in self._parts]
        yield from played
        sounding = [self._parts[event.part] for event in played if isinstance(event, Note)]
        for name, guest in self._joined.items():
            if name in self._parts and not any(guest.is_played_by(part) for part in sounding):
                yield from _accompany(name, guest.way, bar, rng)
        if self._soloist in self._parts and not sounding:
            yield from _alone(self._soloist, bar)


def _is(part: Part, name: str) -> bool:
    """Whether what is called so means this part."""
    if name in GROUPS:
        return part.stem == GROUPS[name]
    return name in GUESTS and GUESTS[name].is_played_by(part)


def _accompany(name: str, way: Way, bar: Bar, rng: Generator) -> Iterator[Note]:
    force = 0.4 + 0.5 * bar.energy
    if way == "beat":
        lines = {KICK: "8... .... ..7. ....", SNARE: ".... 6... .... 6...", HAT: "4.3. 4.3. 4.3. 4.3."}
        yield from beat_pattern(name, bar, rng, {KICK: "8"} if bar.is_last else lines, force)
    elif bar.is_last:
        yield from last_chord(bar, {name: 0.7 * force})
    elif way == "held":
        yield from held(name, bar, 0.6 * force)
    else:
        yield from arpeggio(name, bar, _SHAPE, 0.5, 0.65 * force, length=1.5)


def _alone(part: str, bar: Bar) -> Iterator[Note]:
    force = 0.45 + 0.5 * bar.energy
    if bar.is_last:
        home = bar.harmony[-1]
        yield Note(part, bar.start + home.beat, home.beats, rung(home.voicing, 0) + 12, force)
    else:
        yield from melody(part, bar, force)
