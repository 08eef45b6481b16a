"""How much higher a file's true peak is once it is decoded: ``python -m meters.overshoot``.

Lossy coders change the wave, and a mix limited to -1 dBTP comes out above it. The table says by how much at most, for
voices and for mixes of voice, bed and music, by format and bit rate, beside the headroom that the encoders declare; the last column
is the bit rate that came out.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import JsonValue

from meters.levels import decoded, true_peak

Signal = NDArray[np.float32]

KBPS = {
    ("mp3", 1): (24, 32, 48, 64, 96, 160),
    ("mp3", 2): (64, 96, 128, 192, 256, 320),
    ("opus", 1): (16, 24, 32, 48, 64, 96),
    ("opus", 2): (48, 64, 96, 128, 192, 256),
    ("aac", 1): (24, 32, 48, 64, 96, 128),
    ("aac", 2): (64, 96, 128, 192, 256, 320),
}
TEXTS = (
    "The harbour was quiet when the last ferry came in, and nobody had thought to leave a light on.",
    "Peter kept sixty cheap spoons, but Kathy sold fifteen pretty desks to a passing stranger.",
)
BLOCK = 4800


@dataclass(frozen=True)
class Overshoot:
    """In dB, the most of several sounds, and the kbps of their files."""

    decibels: float
    kbps: float


def encoded(encoders: Any, encoding: Any, sound: Signal, rate: int) -> bytes:
    encoder = encoders.encoder(encoding, rate, sound.shape[1], seekable=True)
    data = bytearray()
    for start in range(0, len(sound), BLOCK):
        data += encoder.encode(sound[start : start + BLOCK])
    ending = encoder.finish()
    data += ending.tail
    for offset, patch in ending.patches:
        data[offset : offset + len(patch)] = patch
    return bytes(data)


def overshoot(encoders: Any, encoding: Any, sounds: list[Signal], rate: int) -> Overshoot:
    rises, size, seconds = [], 0, 0.0
    for sound in sounds:
        data = encoded(encoders, encoding, sound, rate)
        rises.append(true_peak(decoded(data)[0]) - true_peak(sound))
        size, seconds = size + len(data), seconds + len(sound) / rate
    return Overshoot(max(rises), size * 8 / 1000 / seconds)


async def masters() -> dict[int, list[Signal]]:
    """Sounds that the limiter has held at -1 dBTP: voices at 24 kHz, mixes at 48 kHz, by channels."""
    from mixdown_kernel import Ducking, Kernel, Master, Scene, SourceLayer, VoiceLayer

    made: dict[int, list[Signal]] = {1: [], 2: []}
    with tempfile.TemporaryDirectory() as folder:
        async with Kernel({"data_dir": folder}) as kernel:
            for text in TEXTS:
                voice = VoiceLayer(id="voice", text=text, backend="espeak")
                master = Master(mode="finished", loudness_lufs=-14)
                scene = Scene(layers=(voice,), rate=24_000, channels=1, master=master, seed=1)
                made[1].append((await kernel.render(scene))[0].samples)
            for number, (genre, kind) in enumerate(
                (genre, kind)
                for genre in ("lofi", "electronic", "orchestral", "jazz")
                for kind in ("rain", "cafe")
            ):
                piece: dict[str, JsonValue] = {"genre": genre}
                layers = (
                    VoiceLayer(id="voice", text=TEXTS[number % 2], backend="espeak"),
                    SourceLayer(id="bed", role="ambient", request={"kind": kind}, loop=True, volume=0.3),
                    SourceLayer(id="music", role="music", request=piece, volume=0.5, duck=Ducking()),
                )
                for lufs in (-16.0, -12.0):
                    master = Master(mode="finished", loudness_lufs=lufs)
                    scene = Scene(layers=layers, master=master, seed=1, reuse=True)
                    made[2].append((await kernel.render(scene))[0].samples)
    return made


def rows(made: dict[int, list[Signal]]) -> Iterator[str]:
    from mixdown_kernel import Encoding
    from mixdown_mixing.encoders import BuiltinEncoders

    encoders = BuiltinEncoders()
    for (name, channels), rates in KBPS.items():
        for kbps in rates:
            encoding, rate = Encoding(format=name, bitrate_kbps=kbps), 24_000 * channels
            found = overshoot(encoders, encoding, made[channels], rate)
            declared = encoders.headroom_db(encoding, rate, channels)
            kept = "" if found.decibels <= declared else "  TOO LITTLE"
            yield f"{name:<6}{channels:>4}{kbps:>8}{found.decibels:>9.2f}{declared:>10.1f}{found.kbps:>8.0f}{kept}"


def main() -> None:
    print(f"{'format':<6}{'ch':>4}{'kbps':>8}{'rise dB':>9}{'headroom':>10}{'kbps':>8}")
    for row in rows(asyncio.run(masters())):
        print(row, flush=True)


if __name__ == "__main__":
    main()
