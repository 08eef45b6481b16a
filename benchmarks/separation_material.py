"""Mixtures whose stems are known: pieces of the composer, sung over by a speaking voice in a room of its own.

What is fitted and what is judged share nothing that sounds. Fitting hears a sound font (sampled instruments, drawn anew
for every piece), rooms drawn anew and one set of voices; judging hears the composer's own synthesised instruments in
its own rooms, other voices and other rooms for them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from meters.levels import loudness
from numpy.typing import NDArray
from scipy.signal import fftconvolve

from mixdown_kernel import Kernel, Master, MusicRequest, Scene, VoiceLayer
from mixdown_music.composer import compose
from mixdown_music.desk import Part
from mixdown_music.general_midi import is_percussion
from mixdown_music.renderer import render
from mixdown_music.reverb import Room, response
from mixdown_music.score import Score
from mixdown_music.soundfont import SoundFont, load

RATE = 48_000
SECONDS = 12
STEMS = ("vocals", "drums", "bass", "other")
GENRES = ("lofi", "electronic", "jazz", "orchestral", "ambient")
FITTING_VOICES = (
    "en-us",
    "en-gb",
    "en-us+f3",
    "en-us+m7",
    "es",
    "it",
    "en-gb+f2",
    "en-us+m2",
    "nl",
    "en-gb+m4",
)
JUDGING_VOICES = ("en-gb-x-rp+f4", "de", "fr+f1", "pt+m3", "sv+f5", "pl")
TEXTS = (
    "The river runs slowly past the old mill, and nobody hears the water any more. Do you?",
    "She opened seven letters on Monday, and answered only one of them before noon, gladly.",
    "We walked for hours along the shore until the lights of the harbour came in sight.",
    "Bring me the heavy box with green stripes; the other three can wait until tomorrow morning.",
    "Under a yellow moon they sang about home, about fishing boats, about bread and wine.",
)
_KITS = (0, 8, 16, 24, 25, 32, 40, 48)
_PROGRAMS: Mapping[str, Sequence[int]] = {
    "bass": range(32, 40),
    "harmony": (*range(8), *range(16, 32), 46, 48, 49, 50, 51, 52, 61, 62, *range(88, 96)),
    "melody": (*range(8, 16), 24, 40, 42, *range(56, 88), 108),
    "texture": range(88, 104),
}
"""General MIDI programs that play a stem."""

Sound = NDArray[np.float32]
Stems = dict[str, Sound]
"""By name, (frames, 2)."""


@dataclass(frozen=True)
class Mixture:
    name: str
    stems: Stems

    @property
    def mix(self) -> Sound:
        mix: Sound = np.sum(list(self.stems.values()), axis=0)
        return mix


class DrawnFont(SoundFont):
    """A sound font that plays every part with a program drawn for it."""

    def __init__(self, font: SoundFont, rng: np.random.Generator) -> None:
        super().__init__(font._path, font.sha256, font._library)
        self._rng = rng
        self._drawn: dict[str, int] = {}

    def select(self, synth: Any, font: int, channel: int, part: Part) -> None:
        drums = is_percussion(part)
        programs = _KITS if drums else _PROGRAMS.get(part.stem, range(40, 56))
        drawn = self._drawn.setdefault(part.instrument.name, int(self._rng.choice(list(programs))))
        if synth.program_select(channel, font, 128 if drums else 0, drawn) != 0:
            synth.program_select(channel, font, 128 if drums else 0, 0)


async def judging(kernel: Kernel, pieces: int = 2, genres: Sequence[str] = GENRES) -> list[Mixture]:
    """So many of each genre, every voice as loud as the music."""
    rng = np.random.default_rng(99)
    made = []
    for number in range(pieces * len(genres)):
        genre = genres[number % len(genres)]
        stems = _played(_score(genre, rng))
        voice = await _voice(kernel, JUDGING_VOICES[number % len(JUDGING_VOICES)], number, rng)
        room = Room(seconds=rng.uniform(0.5, 1.4), metres=rng.uniform(8, 30))
        made.append(
            _together(f"{genre} {number // len(genres) + 1}", stems, voice, room, rng.uniform(0.1, 0.3))
        )
    return made


async def fitting(kernel: Kernel, font: Path, pieces: int) -> list[Mixture]:
    rng = np.random.default_rng(7)
    sampled = load(font)
    made = []
    for number in range(pieces):
        score = _score(GENRES[number % len(GENRES)], rng)
        room = Room(
            seconds=rng.uniform(0.3, 3.0),
            metres=rng.uniform(4, 40),
            warmth=rng.uniform(0.8, 1.3),
            air=rng.uniform(0.3, 0.8),
            early=rng.uniform(0.1, 0.5),
        )
        stems = _played(_in_room(score, room), DrawnFont(sampled, rng))
        voice = await _voice(kernel, FITTING_VOICES[number % len(FITTING_VOICES)], number, rng)
        around = Room(seconds=rng.uniform(0.15, 0.6), metres=rng.uniform(3, 10), width=rng.uniform(0.3, 1))
        made.append(_together(str(number), stems, voice, around, rng.uniform(0.0, 0.3)))
    return made


def _score(genre: str, rng: np.random.Generator) -> Score:
    length = 1000 * (SECONDS + 14)
    return compose(MusicRequest(genre=genre, seed=int(rng.integers(1_000_000)), duration_ms=length))


def _in_room(score: Score, room: Room) -> Score:
    genre = score.piece.genre
    elsewhere = replace(genre, desk=replace(genre.desk, room=room))
    return Score(replace(score.piece, genre=elsewhere), score.write)


def _played(score: Score, font: SoundFont | None = None) -> Stems:
    """From the eighth second on, when everybody plays."""
    blocks = list(render(score, stems=True, font=font))
    heard = slice(8 * RATE, (8 + SECONDS) * RATE)
    apart = {name: np.concatenate([one.stems[name] for one in blocks])[heard] for name in blocks[0].stems}
    nobody = np.zeros((SECONDS * RATE, 2), np.float32)
    drums, bass = apart.pop("drums", nobody), apart.pop("bass", nobody)
    return {"drums": drums, "bass": bass, "other": np.sum(list(apart.values()), axis=0)}


async def _voice(kernel: Kernel, voice: str, number: int, rng: np.random.Generator) -> Sound:
    text = " ".join(TEXTS[(number + i) % len(TEXTS)] for i in range(2))
    layer = VoiceLayer(id="voice", text=text, voice=voice, speed=float(rng.uniform(0.8, 1.1)))
    scene = Scene(layers=(layer,), rate=RATE, channels=1, master=Master(mode="none"), seed=1)
    audio, _ = await kernel.render(scene)
    late = np.pad(audio.samples, ((RATE // 5, SECONDS * RATE), (0, 0)))
    return late[: SECONDS * RATE]


def _together(name: str, stems: Stems, voice: Sound, room: Room, wet: float) -> Mixture:
    heard = np.stack([fftconvolve(voice[:, 0], side)[: len(voice)] for side in response(room)], axis=1)
    vocals = (voice + np.float32(wet) * heard).astype(np.float32)
    backing = np.sum(list(stems.values()), axis=0)
    gain = 10 ** ((loudness(backing, RATE) - loudness(vocals, RATE)) / 20)
    return Mixture(name, {"vocals": vocals * np.float32(gain), **stems})
