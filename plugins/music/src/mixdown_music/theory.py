"""Keys, scales and chords as pitch classes (0 is C)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from mixdown_kernel import invalid

Mode = Literal["major", "minor"]

NAMES: dict[Mode, tuple[str, ...]] = {
    "major": ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"),
    "minor": ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "G#", "A", "Bb", "B"),
}
"""Of the two spellings the one with fewer accidentals in the key signature."""
SCALES: dict[Mode, tuple[int, ...]] = {"major": (0, 2, 4, 5, 7, 9, 11), "minor": (0, 2, 3, 5, 7, 8, 10)}
PENTATONIC: dict[Mode, tuple[int, ...]] = {"major": (0, 2, 4, 7, 9), "minor": (0, 3, 5, 7, 10)}

_LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_KEY = re.compile(
    r"(?P<letter>[A-Ga-g])(?P<accidental>#|♯|b|♭|[ _-]?(?i:sharp|flat))?[ _-]?(?P<mode>M|m|(?i:major|minor|maj|min))?"
)
_KEY_EXAMPLES = ("C_minor", "A_major", "F#_minor", "Bb_major", "Ebm")


@dataclass(frozen=True, slots=True)
class Key:
    """A tonic's pitch class and a mode."""

    tonic: int
    mode: Mode

    @property
    def name(self) -> str:
        return f"{NAMES[self.mode][self.tonic]}_{self.mode}"

    def scale(self) -> tuple[int, ...]:
        """Pitch classes, the tonic first."""
        return tuple((self.tonic + step) % 12 for step in SCALES[self.mode])

    def pentatonic(self) -> tuple[int, ...]:
        return tuple((self.tonic + step) % 12 for step in PENTATONIC[self.mode])


def parse_key(text: str) -> Key:
    """``C_minor``, ``F#m``, ``Bb major``, ``c sharp minor``; a bare letter is major.

    Raises `Problem` (``invalid``/``invalid_key``) for anything else.
    """
    match = _KEY.fullmatch(text.strip()) if len(text) <= 32 else None
    if match is None:
        raise invalid(
            "invalid_key",
            f"The key {text[:32]!r} is not one I can read.",
            field="key",
            allowed=list(_KEY_EXAMPLES),
            hint="Write a letter from A to G, # or b, and major or minor.",
        )
    accidental = (match["accidental"] or "").strip(" _-").lower()
    shift = {"": 0, "#": 1, "♯": 1, "sharp": 1, "b": -1, "♭": -1, "flat": -1}[accidental]
    word = match["mode"] or "major"
    mode: Mode = "minor" if word == "m" or word.lower().startswith("min") else "major"
    return Key((_LETTERS[match["letter"].upper()] + shift) % 12, mode)


@dataclass(frozen=True, slots=True)
class Chord:
    """A root's pitch class, semitones above it (the root first), and which of them lies in the bass."""

    root: int
    intervals: tuple[int, ...]
    bass: int = 0
    """Semitones above the root."""

    def pitch_classes(self) -> tuple[int, ...]:
        return tuple((self.root + interval) % 12 for interval in self.intervals)

    @property
    def lowest(self) -> int:
        """The bass's pitch class."""
        return (self.root + self.bass) % 12

    @property
    def third(self) -> int:
        """Semitones from the root to its third, or to what stands in its place."""
        return next((i for i in (4, 3, 5, 2) if i in self.intervals), 4)

    @property
    def fifth(self) -> int:
        """Semitones from the root to its fifth, perfect where the chord has none."""
        return next((i for i in self.intervals if i in (6, 7, 8)), 7)

    @property
    def seventh(self) -> int | None:
        return next((i for i in self.intervals if i in (10, 11)), None)


_DEGREES = {"I": 0, "II": 2, "III": 4, "IV": 5, "V": 7, "VI": 9, "VII": 11}
_NUMERAL = re.compile(
    r"(?P<accidental>b|#)?(?P<degree>VII|VI|IV|V|III|II|I|vii|vi|iv|v|iii|ii|i)"
    r"(?P<quality>[^/]*?)(?P<inversion>[bcd])?(?:/(?P<of>.+))?"
)
_MAJOR_QUALITIES = {
    "": (0, 4, 7),
    "6": (0, 4, 7, 9),
    "69": (0, 4, 7, 9, 14),
    "7": (0, 4, 7, 10),
    "maj7": (0, 4, 7, 11),
    "maj7#11": (0, 4, 7, 11, 18),
    "9": (0, 4, 7, 10, 14),
    "maj9": (0, 4, 7, 11, 14),
    "13": (0, 4, 10, 14, 21),
    "7b9": (0, 4, 7, 10, 13),
    "7#11": (0, 4, 10, 14, 18),
    "7alt": (0, 4, 10, 13, 20),
    "add9": (0, 4, 7, 14),
    "sus2": (0, 2, 7),
    "sus4": (0, 5, 7),
    "7sus4": (0, 5, 7, 10),
    "9sus": (0, 5, 7, 10, 14),
}
_MINOR_QUALITIES = {
    "": (0, 3, 7),
    "6": (0, 3, 7, 9),
    "69": (0, 3, 7, 9, 14),
    "7": (0, 3, 7, 10),
    "maj7": (0, 3, 7, 11),
    "9": (0, 3, 7, 10, 14),
    "11": (0, 3, 7, 10, 14, 17),
    "add9": (0, 3, 7, 14),
    "o": (0, 3, 6),
    "o7": (0, 3, 6, 9),
    "ø7": (0, 3, 6, 10),
}


def degree_of(numeral: str) -> str:
    """The numeral without quality and inversion: ``bVI`` of ``bVImaj7``. Raises ValueError for an unknown one."""
    match = _match(numeral)
    return (match["accidental"] or "") + match["degree"]


def _match(numeral: str) -> re.Match[str]:
    match = _NUMERAL.fullmatch(numeral)
    if match is None:
        raise ValueError(f"{numeral!r} is no Roman numeral")
    return match


@lru_cache(maxsize=1024)
def chord(numeral: str, key: Key) -> Chord:
    """A Roman numeral in a key, degrees counted from the major scale as in jazz: in C minor ``bVImaj7`` is Ab.

    Upper case has a major third, lower case a minor one. ``V7/ii`` is counted from the root of ``ii``; a letter
    at the end is the inversion (``Ib`` a sixth chord, ``Ic`` a six-four). Raises ValueError for an unknown one.
    """
    match = _match(numeral)
    if match["of"]:
        key = Key(chord(match["of"], key).root, "major")
    degree, quality = match["degree"], match["quality"]
    qualities = _MAJOR_QUALITIES if degree.isupper() else _MINOR_QUALITIES
    if quality not in qualities:
        raise ValueError(f"{numeral!r}: unknown quality {quality!r}")
    shift = {None: 0, "b": -1, "#": 1}[match["accidental"]]
    intervals = qualities[quality]
    turn = " bcd".index(match["inversion"] or " ")
    if turn >= len(intervals):
        raise ValueError(f"{numeral!r}: three notes have no third inversion")
    return Chord((key.tonic + _DEGREES[degree.upper()] + shift) % 12, intervals, intervals[turn] % 12)


_STEP_OF = (0, 1, 1, 2, 2, 3, 3, 4, 5, 5, 6, 6)
"""Which step of a seven-note scale an interval in semitones stands for."""


@lru_cache(maxsize=1024)
def chord_scale(tones: Chord, key: Key) -> tuple[int, ...]:
    """Pitch classes to move in while a chord sounds, ascending from its root: its own tones, and between them
    those of the key whose step it does not already take (over A7 in C major C sharp, hence no C)."""
    own = {interval % 12 for interval in tones.intervals}
    taken = {4 if step == 6 and 3 in own else _STEP_OF[step] for step in own}
    filling = ((pitch_class - tones.root) % 12 for pitch_class in key.scale())
    scale = sorted(own | {interval for interval in filling if _STEP_OF[interval] not in taken})
    return tuple((tones.root + interval) % 12 for interval in scale)
