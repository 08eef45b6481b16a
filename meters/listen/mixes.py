"""Whole scenes: the voice in front and understood, at their loudness, below their ceiling, also as decoded files."""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt

from meters.clicks import clicks
from meters.levels import decoded, levels
from meters.listen.case import Case
from meters.listen.figures import Item, Reading, Sound
from meters.listen.studio import SEED, Studio, Take
from meters.matrix import sentences
from mixdown_api.scenes.encodings import below_ceiling
from mixdown_kernel import Ducking, Encoding, Master, Samples, Scene, SourceLayer, VoiceLayer

ABOUT = (
    "Six matrix sentences over a bed and music at the default levels, -16 LUFS, -1 dBTP. The voice stands in front by its level over the "
    "beds' while it speaks, in what a phone's speaker plays. Each encoding is made as the API makes it, below the ceiling by what its decoder may add, and decoded again by FFmpeg."
)
SCENES = {
    "rain and lofi": ("coral", "rain", "lofi"),
    "cafe and jazz": ("alloy", "cafe", "jazz"),
    "city and electronic": ("onyx", "city", "electronic"),
    "ocean and ambient": ("nova", "ocean", "ambient"),
    "fireplace and orchestral": ("fable", "fireplace", "orchestral"),
}
LUFS, CEILING = -16.0, -1.0
_BACKGROUND, _MUSIC = 0.2, 0.25
_SENTENCES = 6
_ENCODED = "city and electronic"
"""Limited at its ceiling, so that a lossy codec has somewhere to overshoot."""
_PHONE_HZ = (300, 8000)


async def cases(studio: Studio, quick: bool) -> list[Case]:
    names = list(SCENES)[: 1 if quick else None]
    mixed = [Case(name, 6, partial(_mix, studio, name)) for name in names]
    formats = [Case(f"as {name}", 1, partial(_file, studio, name)) for name in studio.kernel.formats()]
    return mixed + formats


def scene(voice: str, kind: str, genre: str) -> Scene:
    text = " ".join(f"{' '.join(words).capitalize()}." for words in sentences(_SENTENCES))
    return Scene(
        layers=(
            VoiceLayer(id="voice", text=text, voice=voice),
            SourceLayer(id="bed", role="ambient", request={"kind": kind}, loop=True, volume=_BACKGROUND, fade_in_ms=250, fade_out_ms=600),
            SourceLayer(id="music", role="music", request={"genre": genre}, volume=_MUSIC, fade_out_ms=1200, duck=Ducking()),
        ),
        master=Master(mode="finished", loudness_lufs=LUFS, ceiling_dbtp=CEILING),
        seed=SEED,
    )  # fmt: skip


async def _mix(studio: Studio, name: str) -> Item:
    voice, kind, genre = SCENES[name]
    take = await studio.take(scene(voice, kind, genre), parts=True)
    samples, rate = take.audio.samples, take.audio.rate
    level = await studio.measure(levels, samples, rate)
    found = await studio.measure(clicks, samples, rate)
    heard = await studio.measure(_words_heard, studio, take)
    front = await studio.measure(in_front, take.parts, rate)
    return Item(
        "mixes",
        name,
        f"voice {voice}, bed {kind}, music {genre}",
        (
            Reading("words", 100 * heard, low=75),
            Reading("front", front, low=6),
            Reading("lufs", level.lufs, low=LUFS - 0.2, high=LUFS + 0.2),
            Reading("dbtp", level.dbtp, high=CEILING),
            Reading("clicks", len(found), high=0),
        ),
        Sound(samples, rate, [click.frame / rate for click in found]),
    )


async def _file(studio: Studio, name: str) -> Item:
    wanted = scene(*SCENES[_ENCODED])
    encoding = Encoding(format=name)
    take = await studio.take(wanted)
    data = await studio.encoded(below_ceiling(studio.kernel, wanted, encoding), encoding)
    samples, rate = _pcm(data, wanted) if name == "pcm" else await studio.measure(decoded, data)
    level = await studio.measure(levels, samples, rate)
    off = abs(len(samples) / rate - take.audio.frames / take.audio.rate) * 1000
    return Item(
        "mixes",
        f"as {name}",
        f"{_ENCODED}, {len(data) / 1000:.0f} kB, decoded at {rate} Hz",
        (
            Reading("decoded_lufs", level.lufs, low=LUFS - 0.2, high=LUFS + 0.2),
            Reading("decoded_dbtp", level.dbtp, high=CEILING),
            Reading("length", off, high=60),
        ),
    )


def _pcm(data: bytes, wanted: Scene) -> tuple[Samples, int]:
    """Raw 16-bit samples tell nobody their rate."""
    samples = np.frombuffer(data, "<i2").reshape(-1, wanted.channels).astype(np.float32)
    return samples / np.float32(32768), wanted.rate


def _words_heard(studio: Studio, take: Take) -> float:
    rate = take.audio.rate
    clips = [
        take.audio.samples[round(one.start_ms * rate / 1000) : round(one.end_ms * rate / 1000)]
        for one in take.timeline.utterances
    ]
    return studio.matrix.score(clips, rate, sentences(_SENTENCES))


def in_front(parts: dict[str, Samples], rate: int) -> float:
    """By how many dB the part ``voice`` exceeds all others together: the median over the 400 ms in which it speaks
    (within 15 dB of its loudest), in a phone's band."""
    band = butter(2, _PHONE_HZ, "bandpass", fs=rate, output="sos")
    voice = _levels(sosfilt(band, parts["voice"].mean(axis=1)), rate)
    others = sum(part.mean(axis=1) for name, part in parts.items() if name != "voice")
    behind = _levels(sosfilt(band, others), rate)
    speaking = voice > voice.max() - 15
    return float(np.median((voice - behind)[speaking]))


def _levels(signal: NDArray[np.float64], rate: int) -> NDArray[np.float64]:
    """dB of every 400 ms."""
    size = round(0.4 * rate)
    blocks = signal[: len(signal) // size * size].reshape(-1, size)
    return np.asarray(10 * np.log10(np.mean(np.square(blocks), axis=1) + 1e-12))
