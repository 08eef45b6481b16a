"""The arranger: lays out form and harmony, and asks the genre's players for each bar's notes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mixdown_music.form import Section, sections
from mixdown_music.melody import draw_phrase
from mixdown_music.score import BEATS, Bar, Genre, Harmony, Note, Piece, Theme
from mixdown_music.synth import RATE
from mixdown_music.theory import Key, Mode, chord
from mixdown_music.voicing import Voicing, lead

_RING_SECONDS = 2.5
"""How long at least the last chord rings, where the piece is long enough."""


def write(piece: Piece) -> Iterator[list[Note]]:
    """The notes of each bar in turn. Equal pieces give equal notes; the random stream depends on nothing else."""
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence([piece.seed, 0x5C0E])))
    for bar in _bars(piece, rng):
        yield sorted(piece.genre.play(bar, rng), key=lambda note: note.beat)


def count_bars(piece: Piece) -> tuple[int, float]:
    """Full bars before the last chord, and how many beats that chord has until the end."""
    beats = piece.frames / RATE * piece.bpm / 60
    ring = min(max(_RING_SECONDS * piece.bpm / 60, 2.0), beats)
    bars = int((beats - ring) // BEATS)
    return bars, beats - bars * BEATS


def _bars(piece: Piece, rng: np.random.Generator) -> Iterator[Bar]:
    genre, key = piece.genre, piece.key
    bars, ring = count_bars(piece)
    themes: dict[str, Theme] = {}
    index, voicing = 0, Voicing()
    home = chord(genre.cadence[key.mode][1], key)
    for section in sections(bars):
        theme = _theme_of(section, themes, genre, key.mode, rng)
        for position in range(section.bars):
            closing = index == bars - 1
            numerals = _numerals(theme, position, genre, closing, key.mode)
            following = _numerals(theme, position + 1, genre, index + 1 == bars - 1, key.mode)
            harmony = _voice(numerals, key, voicing, genre)
            voicing = harmony[-1].voicing
            coming = home if closing else chord(following[0], key)
            energy = _energy(section, position, piece.intensity)
            yield Bar(
                index, section.name, position, section.bars, energy, key, harmony, coming, theme, closing
            )
            index += 1
    theme = themes.get("A") or _draw_theme(genre, key.mode, rng)
    last = Harmony(0.0, ring, home, lead(home, voicing, voices=genre.voices, centre=genre.centre))
    energy = float(np.clip(0.35 + 0.4 * piece.intensity, 0, 1))
    yield Bar(index, "end", 0, 1, energy, key, (last,), home, theme, beats=ring, is_last=True)


def _theme_of(
    section: Section, themes: dict[str, Theme], genre: Genre, mode: Mode, rng: np.random.Generator
) -> Theme:
    """The section's theme. A bridge is new every time, and clears the way for another chorus after it."""
    if section.theme == "C":
        themes.pop("B", None)
        return _draw_theme(genre, mode, rng)
    if section.theme not in themes:
        themes[section.theme] = _draw_theme(genre, mode, rng)
    return themes[section.theme]


def _draw_theme(genre: Genre, mode: Mode, rng: np.random.Generator) -> Theme:
    pool = genre.progressions[mode]
    progression = pool[int(rng.integers(len(pool)))]
    bars = tuple(tuple(bar.split()) for bar in progression.split("|"))
    return Theme(bars, draw_phrase(genre, rng), int(rng.integers(1 << 16)))


def _numerals(theme: Theme, position: int, genre: Genre, closing: bool, mode: Mode) -> tuple[str, ...]:
    if closing:
        return tuple(genre.cadence[mode][0].split())
    return theme.progression[position // genre.harmonic_rhythm % len(theme.progression)]


def _voice(numerals: tuple[str, ...], key: Key, voicing: Voicing, genre: Genre) -> tuple[Harmony, ...]:
    share, harmony = BEATS / len(numerals), []
    for i, numeral in enumerate(numerals):
        tones = chord(numeral, key)
        voicing = lead(tones, voicing, voices=genre.voices, centre=genre.centre)
        harmony.append(Harmony(i * share, share, tones, voicing))
    return tuple(harmony)


def _energy(section: Section, position: int, intensity: float) -> float:
    """The section's own energy, raised or lowered by the asked intensity, growing a little as it goes on."""
    growth = 0.08 * position / max(section.bars - 1, 1)
    return float(np.clip(section.energy + growth + 0.9 * (intensity - 0.5), 0, 1))
