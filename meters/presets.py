"""Whether one understands the voice over the beds at each preset of levels: ``python -m meters.presets``.

Matrix sentences (see matrix.py) by espeak over beds by the ambient and the music plugin, mixed by the mixing plugin at a
preset's volumes and ducking; heard as they are and through a phone: the sum of both channels, nothing below 400 Hz or above
7 kHz, a resonance, an amplifier that clips a little. Printed beside it: by how many LU the voice stands above the beds while it
speaks, and above what they rise to in a pause.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import JsonValue
from scipy.signal import butter, iirpeak, lfilter, sosfilt

from meters.levels import loudness
from meters.matrix import MatrixMeter, sentences
from mixdown_api.scenes.levels import PRESETS, Levels
from mixdown_kernel import Duck, Ducking, Kernel, Master, Samples, Scene, SourceLayer, Track, VoiceLayer
from mixdown_mixing.mixer import TimelineMixer
from mixdown_mixing.numpy_kernels import NumpyKernels

Signal = NDArray[np.float32]

RATE = 48_000
SENTENCES = 30
LEAD = RATE
"""The beds play for a second before each sentence and a second and a half after it."""
TAIL = RATE * 3 // 2
BACKGROUNDS = ("rain", "cafe", "city")
GENRES = ("lofi", "electronic", "jazz")
BED_SECONDS = 60

CONTROLS: Mapping[str, Levels] = {
    "(voice alone)": Levels(0, 0, None, None),
    "(beds at 100 %)": Levels(100, 100, None, None),
}


@dataclass(frozen=True)
class Material:
    voices: list[Signal]
    backgrounds: dict[str, Samples]
    music: dict[str, Samples]


@dataclass(frozen=True)
class Row:
    """Ratios in LU, scores 0 to 1: the mean over the beds and the worst of them."""

    under_speech: float
    in_pauses: float
    flat: float
    phone: float
    worst: float


async def render() -> Material:
    """The sentences and a minute of each bed, stereo at 48 kHz, as the plugins deliver them."""
    with tempfile.TemporaryDirectory() as folder:
        async with Kernel({"data_dir": folder}) as kernel:

            async def sound(layer: VoiceLayer | SourceLayer, channels: Literal[1, 2]) -> Samples:
                master = Master(mode="none")
                scene = Scene(layers=(layer,), rate=RATE, channels=channels, master=master, seed=1)
                return (await kernel.render(scene))[0].samples

            voices = [
                (await sound(VoiceLayer(id="voice", text=text, backend="espeak"), 1))[:, 0]
                for text in (f"{' '.join(words).capitalize()}." for words in sentences(SENTENCES))
            ]
            backgrounds, music = {}, {}
            for kind in BACKGROUNDS:
                asked: dict[str, JsonValue] = {"kind": kind}
                layer = SourceLayer(
                    id="bed", role="ambient", request=asked, loop=True, duration_ms=BED_SECONDS * 1000
                )
                backgrounds[kind] = await sound(layer, 2)
            for genre in GENRES:
                asked = {"genre": genre, "duration_ms": BED_SECONDS * 1000}
                music[genre] = await sound(SourceLayer(id="music", role="music", request=asked), 2)
    return Material(voices, backgrounds, music)


def mixed(voice: Signal, background: Samples, music: Samples, at: Levels) -> dict[str, Samples]:
    """Each part of one sentence's scene as it sounds in the mix."""
    mixer = TimelineMixer(RATE, 2, NumpyKernels())
    mixer.add(Track("voice", start=LEAD, is_key=True))
    mixer.add(Track("background", gain=at.background / 100, duck=_duck(at.background_ducking)))
    mixer.add(Track("music", gain=at.music / 100, duck=_duck(at.music_ducking)))
    frames = LEAD + len(voice) + TAIL
    key = np.zeros((frames, 1), np.float32)
    key[LEAD : LEAD + len(voice), 0] = voice
    inputs = {"voice": key, "background": background[:frames], "music": music[:frames]}
    return dict(mixer.process(inputs, frames, parts=True, upcoming={}).parts)


def _duck(ducking: Ducking | None) -> Duck | None:
    return None if ducking is None else Duck(ducking.depth_db, ducking.attack_ms, ducking.release_ms)


def phone(sound: Samples) -> Signal:
    """What a phone's speaker makes of stereo at 48 kHz, mono."""
    mono = sound.mean(axis=1)
    band = sosfilt(butter(4, (400, 7000), "bandpass", fs=RATE, output="sos"), mono)
    resonance = lfilter(*iirpeak(1800, 2.0, fs=RATE), band)
    driven = band + resonance
    driven *= 1.5 / max(float(np.abs(driven).max()), 1e-9)
    return np.asarray(np.tanh(driven), np.float32)


def measure(material: Material, at: Levels, meter: MatrixMeter) -> Row:
    said = sentences(SENTENCES)
    scores: list[tuple[float, float]] = []
    under, pauses = [], []
    pairs = list(zip(material.backgrounds.values(), material.music.values(), strict=True))
    for background, music in pairs:
        flat, small = [], []
        for number, voice in enumerate(material.voices):
            start = number * (BED_SECONDS - 8) * RATE // SENTENCES
            parts = mixed(voice, background[start:], music[start:], at)
            whole = np.sum(list(parts.values()), axis=0)
            beds = parts["background"] + parts["music"]
            speech = slice(LEAD, LEAD + len(voice))
            flat.append(whole[speech].mean(axis=1))
            small.append(phone(whole)[speech])
            if at.background:
                level = loudness(parts["voice"][speech], RATE)
                under.append(level - loudness(beds[speech], RATE))
                pauses.append(level - loudness(beds[-RATE // 2 :], RATE))
        scores.append((meter.score(flat, RATE, said), meter.score(small, RATE, said)))
    means = np.mean(scores, axis=0)
    return Row(
        under_speech=float(np.mean(under)) if under else np.inf,
        in_pauses=float(np.mean(pauses)) if pauses else np.inf,
        flat=float(means[0]),
        phone=float(means[1]),
        worst=min(small for _, small in scores),
    )


@cache
def material() -> Material:
    return asyncio.run(render())


def main() -> None:
    made, meter = material(), MatrixMeter()
    print(f"voice {np.mean([loudness(one, RATE) for one in made.voices]):.1f} LUFS")
    for name, bed in (made.backgrounds | made.music).items():
        print(f"{name} {loudness(bed, RATE):.1f} LUFS")
    print(f"{'preset':<18}{'LU over beds':>14}{'in pauses':>11}{'flat':>8}{'phone':>8}{'worst bed':>11}")
    for name, at in [*PRESETS.items(), *CONTROLS.items()]:
        row = measure(made, at, meter)
        print(
            f"{name:<18}{row.under_speech:>14.1f}{row.in_pauses:>11.1f}{row.flat:>8.1%}{row.phone:>8.1%}{row.worst:>11.1%}",
            flush=True,
        )


if __name__ == "__main__":
    main()
