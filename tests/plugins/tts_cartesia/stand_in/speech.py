"""What the stand-in says: a tone a letter, so that another text is another sound and a longer one lasts longer."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

from .rules import WIDTHS

SECONDS_A_CHARACTER = 0.06


@dataclass(frozen=True)
class Utterance:
    """Samples in -1..1, and when each word of the transcript is heard, in seconds."""

    samples: NDArray[np.float32]
    rate: int
    words: list[tuple[str, float, float]]


def _config(body: dict[str, Any]) -> dict[str, Any]:
    """Off on sonic-3.5 (contracts/platform.md)."""
    found: dict[str, Any] = {} if "3.5" in body["model_id"] else body.get("generation_config", {})
    return found


def seconds_of(body: dict[str, Any]) -> float:
    seconds: float = len(body["transcript"]) * SECONDS_A_CHARACTER / _config(body).get("speed", 1)
    return seconds


def speech(body: dict[str, Any]) -> Utterance:
    rate, config = body["output_format"]["sample_rate"], _config(body)
    frames = round(SECONDS_A_CHARACTER * rate / config.get("speed", 1))
    time = np.arange(frames) / rate
    envelope = np.sin(np.pi * np.arange(frames) / frames)
    loudness = 0.3 * config.get("volume", 1)
    colour = sum(config.get("emotion", "").encode()) + sum(body.get("pronunciation_dict_id", "").encode())
    text = body["transcript"]
    tones = [
        loudness * envelope * np.sin(2 * np.pi * (150 + ord(letter) % 400 + colour % 50) * time)
        if letter.isalnum()
        else np.zeros(frames)
        for letter in text
    ]
    samples = np.concatenate(tones) if tones else np.zeros(0)
    return Utterance(samples.astype(np.float32), rate, _words(text, frames / rate))


def _words(text: str, seconds: float) -> list[tuple[str, float, float]]:
    found, position = [], 0
    for word in text.split():
        position = text.index(word, position)
        end = position + len(word)
        found.append((word, position * seconds, end * seconds))
        position = end
    return found


SUBTYPES = {"pcm_f32le": "FLOAT", "pcm_s16le": "PCM_16", "pcm_mulaw": "ULAW", "pcm_alaw": "ALAW"}


def encoded(samples: NDArray[np.float32], encoding: str) -> bytes:
    """By libsndfile, so that our decoder is not checked with an encoder of ours."""
    data = io.BytesIO()
    soundfile.write(data, samples, 48_000, SUBTYPES[encoding], "LITTLE", "RAW")
    return data.getvalue()


def wav_header(output_format: dict[str, Any]) -> bytes:
    """As a stream begins: with sizes that nobody knows yet (contracts/platform.md)."""
    width, rate = WIDTHS[output_format["encoding"]], output_format["sample_rate"]
    tag = {"pcm_f32le": 3, "pcm_s16le": 1, "pcm_alaw": 6, "pcm_mulaw": 7}[output_format["encoding"]]
    numbers = ((16, 4), (tag, 2), (1, 2), (rate, 4), (rate * width, 4), (width, 2), (width * 8, 2))
    form = b"".join(number.to_bytes(size, "little") for number, size in numbers)
    return b"RIFF\xff\xff\xff\xffWAVEfmt " + form + b"data\xff\xff\xff\xff"
