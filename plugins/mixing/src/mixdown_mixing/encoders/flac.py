"""FLAC by libFLAC (through libsndfile). Source: RFC 9639."""

from __future__ import annotations

import hashlib
import os

import soundfile

from mixdown_kernel import Ending, Samples
from mixdown_mixing.encoders.pcm import to_int16

_BLOCK_FRAMES = 4096


class FlacEncoder:
    """16-bit. A seekable sink gets length and MD5 into its header; a stream's say "unknown", as FLAC allows."""

    def __init__(self, rate: int, channels: int, *, seekable: bool) -> None:
        self._rate = rate
        self._channels = channels
        self._seekable = seekable
        self._empty = True
        self._sink = _Sink()
        self._file = soundfile.SoundFile(
            self._sink, "w", samplerate=rate, channels=channels, format="FLAC", subtype="PCM_16"
        )

    def encode(self, samples: Samples) -> bytes:
        if not samples.shape[0]:
            return b""
        self._empty = False
        self._file.write(to_int16(samples))
        return self._sink.take()

    def finish(self) -> Ending:
        self._file.close()
        if self._empty:  # libsndfile writes nothing at all
            return Ending(_empty_file(self._rate, self._channels))
        return Ending(self._sink.take(), tuple(self._sink.patches) if self._seekable else ())


class _Sink:
    """A file in which libsndfile writes at the end, and at its close once more into the header."""

    def __init__(self) -> None:
        self.patches: list[tuple[int, bytes]] = []
        self._fresh = bytearray()
        self._end = 0
        self._position = 0

    def take(self) -> bytes:
        fresh = bytes(self._fresh)
        self._fresh.clear()
        return fresh

    def write(self, data: bytes) -> int:
        if self._position == self._end:
            self._fresh += data
            self._end += len(data)
        else:
            self.patches.append((self._position, bytes(data)))
        self._position += len(data)
        return len(data)

    def read(self, size: int = -1) -> bytes:
        raise OSError("this sink cannot be read")

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._end}[whence]
        self._position = base + offset
        return self._position

    def tell(self) -> int:
        return self._position


def _empty_file(rate: int, channels: int) -> bytes:
    """A FLAC file without frames: the marker and a STREAMINFO block (RFC 9639, section 8.2)."""
    packed = rate << 44 | (channels - 1) << 41 | (16 - 1) << 36
    stream_info = (
        _BLOCK_FRAMES.to_bytes(2, "big") * 2
        + bytes(6)
        + packed.to_bytes(8, "big")
        + hashlib.md5(usedforsecurity=False).digest()
    )
    return b"fLaC" + bytes((0x80, 0, 0, len(stream_info))) + stream_info
