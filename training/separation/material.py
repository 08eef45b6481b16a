"""Mixtures to fit to. They share nothing that sounds with those by which `benchmarks.separation` judges.

Here a sound font plays (sampled instruments, drawn anew for every piece) in rooms drawn anew, under one set of voices;
there the composer's own synthesised instruments in its own rooms, under other voices in other rooms.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.separation_material import GENRES, STEMS, Sound, Stems, played, score, spoken, together

from mixdown_kernel import Kernel
from mixdown_music.desk import Part
from mixdown_music.general_midi import is_percussion
from mixdown_music.reverb import Room
from mixdown_music.score import Score
from mixdown_music.soundfont import SoundFont, load

VOICES = (
    "en-us", "en-gb", "en-us+f3", "en-us+m7", "es", "it", "en-gb+f2", "en-us+m2", "nl", "en-gb+m4",
)  # fmt: skip
KITS = (0, 8, 16, 24, 25, 32, 40, 48)
PROGRAMS: Mapping[str, Sequence[int]] = {
    "bass": (*range(32, 40), 38, 39, 42, 43, 58, 70, 80, 81, 84, 87),
    "harmony": (*range(8), *range(16, 32), 46, 48, 49, 50, 51, 52, 61, 62, *range(88, 96)),
    "melody": (*range(8, 16), 24, 40, 42, *range(56, 88), 108),
    "texture": range(88, 104),
}
"""General MIDI programs that may play a stem."""


class DrawnFont(SoundFont):
    """A sound font that plays every part with a program drawn for it."""

    def __init__(self, font: SoundFont, rng: np.random.Generator) -> None:
        super().__init__(font._path, font.sha256, font._library)
        self._rng = rng
        self._drawn: dict[str, int] = {}

    def select(self, synth: Any, font: int, channel: int, part: Part) -> None:
        drums = is_percussion(part)
        programs = KITS if drums else PROGRAMS.get(part.stem, range(40, 56))
        drawn = self._drawn.setdefault(part.instrument.name, int(self._rng.choice(list(programs))))
        if synth.program_select(channel, font, 128 if drums else 0, drawn) != 0:
            synth.program_select(channel, font, 128 if drums else 0, 0)


async def pieces(kernel: Kernel, font: Path, count: int, rng: np.random.Generator) -> list[Stems]:
    """Each with a voice as loud as the music."""
    sampled = load(font)
    made = []
    for number in range(count):
        room = Room(
            seconds=rng.uniform(0.3, 3.0),
            metres=rng.uniform(4, 40),
            warmth=rng.uniform(0.8, 1.3),
            air=rng.uniform(0.3, 0.8),
            early=rng.uniform(0.1, 0.5),
        )
        music = played(_in_room(score(GENRES[number % len(GENRES)], rng), room), DrawnFont(sampled, rng))
        voice = await spoken(kernel, VOICES[number % len(VOICES)], number, rng)
        around = Room(seconds=rng.uniform(0.15, 0.6), metres=rng.uniform(3, 10), width=rng.uniform(0.3, 1))
        made.append(together(str(number), music, voice, around, rng.uniform(0.0, 0.3)).stems)
    return made


def _in_room(piece: Score, room: Room) -> Score:
    genre = piece.piece.genre
    elsewhere = replace(genre, desk=replace(genre.desk, room=room))
    return Score(replace(piece.piece, genre=elsewhere), piece.write)


def recombined(stems: Sound, number: int, rng: np.random.Generator) -> Sound:
    """A mixture's stems, shape (stems, frames, 2), out of those of all pieces, (pieces, stems, frames, 2).

    The pieces themselves first, nearly as they are; then stems of different pieces, moved in time, some with their
    sides swapped, up to 8 dB louder or softer.
    """
    pieces = len(stems)
    if number < pieces:
        chosen = stems[number].astype(np.float32)
        return _louder(chosen, rng.uniform(-3, 3, len(STEMS)))
    chosen = np.stack([stems[rng.integers(pieces), stem] for stem in range(len(STEMS))]).astype(np.float32)
    for stem in chosen:
        stem[:] = np.roll(stem, int(rng.integers(len(stem))), axis=0)
        if rng.random() < 0.5:
            stem[:] = stem[:, ::-1].copy()
    return _louder(chosen, rng.uniform(-8, 8, len(STEMS)))


def _louder(stems: Sound, decibels: np.ndarray[Any, np.dtype[np.float64]]) -> Sound:
    gains = 10 ** (decibels / 20)
    return stems * gains.astype(np.float32)[:, None, None]
