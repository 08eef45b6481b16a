"""Keys, scales and chords as pitch classes (0 is C)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from mixdown_kernel import invalid

Mode = Literal["major", "minor"]

NAMES = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
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
        return f"{NAMES[self.tonic]}_{self.mode}"

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
    """A root's pitch class and semitones above it, the root first."""

    root: int
    intervals: tuple[int, ...]

    def pitch_classes(self) -> tuple[int, ...]:
        return tuple((self.root + interval) % 12 for interval in self.intervals)

    @property
    def fifth(self) -> int:
        """Semitones from the root to its fifth, perfect where the chord has none."""
        return next((i for i in self.intervals if i in (6, 7, 8)), 7)


_DEGREES = {"I": 0, "II": 2, "III": 4, "IV": 5, "V": 7, "VI": 9, "VII": 11}
_NUMERAL = re.compile(r"(b|#)?(VII|VI|IV|V|III|II|I|vii|vi|iv|v|iii|ii|i)(.*)")
_MAJOR_QUALITIES = {
    "": (0, 4, 7),
    "6": (0, 4, 7, 9),
    "69": (0, 4, 7, 9, 14),
    "7": (0, 4, 7, 10),
    "maj7": (0, 4, 7, 11),
    "9": (0, 4, 7, 10, 14),
    "maj9": (0, 4, 7, 11, 14),
    "13": (0, 4, 10, 14, 21),
    "7b9": (0, 4, 7, 10, 13),
    "add9": (0, 4, 7, 14),
    "sus2": (0, 2, 7),
    "sus4": (0, 5, 7),
    "9sus": (0, 5, 7, 10, 14),
}
_MINOR_QUALITIES = {
    "": (0, 3, 7),
    "6": (0, 3, 7, 9),
    "7": (0, 3, 7, 10),
    "9": (0, 3, 7, 10, 14),
    "11": (0, 3, 7, 10, 14, 17),
    "add9": (0, 3, 7, 14),
    "o7": (0, 3, 6, 9),
    "ø7": (0, 3, 6, 10),
}


@lru_cache(maxsize=1024)
def chord(numeral: str, key: Key) -> Chord:
    """A Roman numeral in a key, degrees counted from the major scale as in jazz: in C minor ``bVImaj7`` is Ab.

    Upper case has a major third, lower case a minor one. Raises ValueError for an unknown one.
    """
    match = _NUMERAL.fullmatch(numeral)
    if match is None:
        raise ValueError(f"{numeral!r} is no Roman numeral")
    accidental, degree, suffix = match.groups()
    qualities = _MAJOR_QUALITIES if degree.isupper() else _MINOR_QUALITIES
    if suffix not in qualities:
        raise ValueError(f"{numeral!r}: unknown quality {suffix!r}")
    shift = {None: 0, "b": -1, "#": 1}[accidental]
    return Chord((key.tonic + _DEGREES[degree.upper()] + shift) % 12, qualities[suffix])
