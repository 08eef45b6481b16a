"""Mixtures whose stems are known: pieces of the composer, sung over by a speaking voice in a room of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from meters.levels import loudness
from numpy.typing import NDArray
from scipy.signal import fftconvolve

from mixdown_kernel import Kernel, Master, MusicRequest, Scene, VoiceLayer
from mixdown_music.composer import compose
from mixdown_music.renderer import render
from mixdown_music.reverb import Room, response
from mixdown_music.score import Score
from mixdown_music.soundfont import SoundFont

RATE = 48_000
SECONDS = 12
STEMS = ("vocals", "drums", "bass", "other")
GENRES = ("lofi", "electronic", "jazz", "orchestral", "ambient")
JUDGING_VOICES = ("en-gb-x-rp+f4", "de", "fr+f1", "pt+m3", "sv+f5", "pl")
TEXTS = (
    "The river runs slowly past the old mill, and nobody hears the water any more. Do you?",
    "She opened seven letters on Monday, and answered only one of them before noon, gladly.",
    "We walked for hours along the shore until the lights of the harbour came in sight.",
    "Bring me the heavy box with green stripes; the other three can wait until tomorrow morning.",
    "Under a yellow moon they sang about home, about fishing boats, about bread and wine.",
)
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


async def judging(kernel: Kernel, pieces: int = 2, genres: Sequence[str] = GENRES) -> list[Mixture]:
    """So many of each genre, every voice as loud as the music."""
    rng = np.random.default_rng(99)
    made = []
    for number in range(pieces * len(genres)):
        genre = genres[number % len(genres)]
        stems = played(score(genre, rng))
        voice = await spoken(kernel, JUDGING_VOICES[number % len(JUDGING_VOICES)], number, rng)
        room = Room(seconds=rng.uniform(0.5, 1.4), metres=rng.uniform(8, 30))
        made.append(
            together(f"{genre} {number // len(genres) + 1}", stems, voice, room, rng.uniform(0.1, 0.3))
        )
    return made


def score(genre: str, rng: np.random.Generator) -> Score:
    length = 1000 * (SECONDS + 14)
    return compose(MusicRequest(genre=genre, seed=int(rng.integers(1_000_000)), duration_ms=length))


def played(piece: Score, font: SoundFont | None = None) -> Stems:
    """From the eighth second on, when everybody plays."""
    blocks = list(render(piece, stems=True, font=font))
    heard = slice(8 * RATE, (8 + SECONDS) * RATE)
    apart = {name: np.concatenate([one.stems[name] for one in blocks])[heard] for name in blocks[0].stems}
    nobody = np.zeros((SECONDS * RATE, 2), np.float32)
    drums, bass = apart.pop("drums", nobody), apart.pop("bass", nobody)
    return {"drums": drums, "bass": bass, "other": np.sum(list(apart.values()), axis=0)}


async def spoken(kernel: Kernel, voice: str, number: int, rng: np.random.Generator) -> Sound:
    text = " ".join(TEXTS[(number + i) % len(TEXTS)] for i in range(2))
    layer = VoiceLayer(id="voice", text=text, voice=voice, speed=float(rng.uniform(0.8, 1.1)))
    scene = Scene(layers=(layer,), rate=RATE, channels=1, master=Master(mode="none"), seed=1)
    audio, _ = await kernel.render(scene)
    late = np.pad(audio.samples, ((RATE // 5, SECONDS * RATE), (0, 0)))
    return late[: SECONDS * RATE]


def together(name: str, stems: Stems, voice: Sound, room: Room, wet: float) -> Mixture:
    heard = np.stack([fftconvolve(voice[:, 0], side)[: len(voice)] for side in response(room)], axis=1)
    vocals = (voice + np.float32(wet) * heard).astype(np.float32)
    backing = np.sum(list(stems.values()), axis=0)
    gain = 10 ** ((loudness(backing, RATE) - loudness(vocals, RATE)) / 20)
    return Mixture(name, {"vocals": vocals * np.float32(gain), **stems})
