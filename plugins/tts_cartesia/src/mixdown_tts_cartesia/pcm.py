"""Bytes of the wire to samples: the four encodings of the service."""

from __future__ import annotations

import io
import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mixdown_kernel import Audio
from mixdown_kernel.assets import locate
from mixdown_tts_cartesia.failures import unreadable
from mixdown_tts_cartesia.limits import Encoding

WIDTH: dict[Encoding, int] = {"pcm_f32le": 4, "pcm_s16le": 2, "pcm_mulaw": 1, "pcm_alaw": 1}


def _mulaw() -> NDArray[np.float32]:
    """ITU-T G.711, table 2a: 14 bits of magnitude, the code complemented."""
    code = ~np.arange(256, dtype=np.uint8)
    exponent, mantissa = (code >> 4 & 7).astype(np.int32), (code & 15).astype(np.int32)
    magnitude = ((mantissa * 2 + 33) << exponent) - 33
    return (np.where(code & 0x80, -magnitude, magnitude) / 8192).astype(np.float32)


def _alaw() -> NDArray[np.float32]:
    """ITU-T G.711, table 1a: 13 bits of magnitude, every other bit of the code inverted."""
    code = np.arange(256, dtype=np.uint8) ^ 0x55
    exponent, mantissa = (code >> 4 & 7).astype(np.int32), (code & 15).astype(np.int32)
    magnitude = np.where(exponent > 0, (mantissa * 2 + 33) << np.maximum(exponent - 1, 0), mantissa * 2 + 1)
    return (np.where(code & 0x80, magnitude, -magnitude) / 4096).astype(np.float32)


_COMPANDED = {"pcm_mulaw": _mulaw(), "pcm_alaw": _alaw()}


class Decoder:
    """Mono samples of one utterance. Pieces may end within a sample."""

    def __init__(self, encoding: Encoding, rate: int) -> None:
        self._encoding = encoding
        self._rate = rate
        self._rest = b""
        self.frames = 0

    def feed(self, pcm: bytes) -> Audio:
        """What is complete, perhaps nothing. Raises `Problem` for numbers that are none."""
        data = self._rest + pcm
        whole = len(data) - len(data) % WIDTH[self._encoding]
        data, self._rest = data[:whole], data[whole:]
        samples = self._decoded(data)
        self.frames += len(samples)
        return Audio(samples.reshape(-1, 1), self._rate)

    def finish(self) -> None:
        """Raises `Problem` for an utterance without sound, or one that ends within a sample."""
        if self._rest or not self.frames:
            raise unreadable("half a sample" if self._rest else "no sound")

    def _decoded(self, data: bytes) -> NDArray[np.float32]:
        if self._encoding == "pcm_s16le":
            return np.frombuffer(data, "<i2").astype(np.float32) / np.float32(32768)
        if self._encoding != "pcm_f32le":
            return _COMPANDED[self._encoding][np.frombuffer(data, np.uint8)]
        samples = np.frombuffer(data, "<f4").astype(np.float32)
        if not np.isfinite(samples).all():
            raise unreadable("samples that are no numbers")
        return samples


def wav_of(folder: Path, asset: str) -> bytes:
    """A decoded recording as a 16-bit WAV file. Blocking. `Problem` ``unknown_asset``."""
    pcm, rate = locate(folder, asset)
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setparams((pcm.channels, 2, rate, 0, "NONE", ""))
        for block in pcm.blocks(rate):
            writer.writeframes((np.clip(block, -1, 1) * 32767).round().astype("<i2").tobytes())
    return file.getvalue()
