"""WAV: the sample data behind one header that says how long it is, where that can still be said.

Sources: Multimedia Programming Interface and Data Specifications 1.0 (RIFF), EBU Tech 3306 (RF64).
"""

from __future__ import annotations

import struct

from mixdown_kernel import Ending, Samples
from mixdown_mixing.encoders.pcm import to_int16

UNKNOWN = 0xFFFF_FFFF
"""In both size fields: "until the end of the file". ffmpeg and OpenAI's API write it to a pipe; ffmpeg (PyAV),
libsndfile, Python's ``wave``, browsers and pydub read it."""

_PCM, _IEEE_FLOAT = 1, 3


class WavEncoder:
    """16-bit PCM, or 32-bit float with ``float_samples``.

    A stream has a header of 44 bytes (58 for float) with unknown sizes. A seekable sink gets 36 bytes more:
    a JUNK chunk that a file past 4 GiB turns into the ``ds64`` chunk of RF64.
    """

    def __init__(self, rate: int, channels: int, *, float_samples: bool, seekable: bool) -> None:
        self._rate = rate
        self._channels = channels
        self._float = float_samples
        self._seekable = seekable
        self._frames = 0
        self._started = False

    def encode(self, samples: Samples) -> bytes:
        self._frames += samples.shape[0]
        data = (samples.astype("<f4", copy=False) if self._float else to_int16(samples)).tobytes()
        return self._start() + data

    def finish(self) -> Ending:
        tail = self._start()
        return Ending(tail, ((0, self._header(self._frames)),) if self._seekable else ())

    def _start(self) -> bytes:
        if self._started:
            return b""
        self._started = True
        return self._header(None)

    def _header(self, frames: int | None) -> bytes:
        """The header of a file of ``frames`` frames; its length does not depend on them."""
        block = self._channels * (4 if self._float else 2)
        chunks = self._format_chunk(block)
        if self._float:
            chunks += struct.pack("<4sII", b"fact", 4, _size(frames))
        overhead = 4 + (36 if self._seekable else 0) + len(chunks) + 8
        data = None if frames is None else frames * block
        riff = None if data is None else data + overhead
        form, room = b"RIFF", b""
        if self._seekable:
            form, room = _room_for_sizes(riff, data, frames)
        return (
            struct.pack("<4sI4s", form, _size(riff), b"WAVE")
            + room
            + chunks
            + struct.pack("<4sI", b"data", _size(data))
        )

    def _format_chunk(self, block: int) -> bytes:
        tag, extension = (_IEEE_FLOAT, b"\0\0") if self._float else (_PCM, b"")
        fields = struct.pack(
            "<HHIIHH",
            tag,
            self._channels,
            self._rate,
            self._rate * block,
            block,
            8 * block // self._channels,
        )
        return struct.pack("<4sI", b"fmt ", len(fields) + len(extension)) + fields + extension


def _room_for_sizes(riff: int | None, data: int | None, frames: int | None) -> tuple[bytes, bytes]:
    """The form type, and the 36 bytes after it: empty room, or 64-bit sizes where 32 bits do not hold them."""
    if riff is None or data is None or frames is None or riff < UNKNOWN:
        return b"RIFF", struct.pack("<4sI28x", b"JUNK", 28)
    return b"RF64", struct.pack("<4sIQQQI", b"ds64", 28, riff, data, frames, 0)


def _size(value: int | None) -> int:
    return UNKNOWN if value is None else min(value, UNKNOWN)
