"""MP3 by LAME, with an Info frame of our own so that players cut the encoder's delay and padding.

Sources: ISO/IEC 11172-3 and 13818-3 (frame header), Xing's and LAME's tag specifications (Info frame).
"""

from __future__ import annotations

import struct

import lameenc
import numpy as np

from mixdown_kernel import Ending, Samples
from mixdown_mixing.encoders.formats import MPEG1_KBPS, MPEG2_KBPS
from mixdown_mixing.encoders.pcm import to_int16

_ENCODER_DELAY = 576
_QUALITY = 5
_LAME_SCALE = {192: 0.97, 224: 0.98, 256: 1.0, 320: 1.0}
"""LAME turns its input down by 0.95 (and by these at these bit rates), and its binding cannot tell it not to."""
_TAG_BYTES = 4 + 32 + 120 + 36
"""Frame header, side information, Xing fields, LAME fields: what a frame needs to hold the tag."""


class Mp3Encoder:
    """Constant bit rate.

    The Info frame goes out first with the encoder's delay, and in a seekable sink gets the stream's length at
    the end: then decoders give back exactly the frames that went in. A stream's stays without: decoders begin
    it with the tag's own silent MPEG frame (12-72 ms) or with LAME's delay, and end in a filled-up frame.

    The level is kept: LAME's turning down is made up for, which clips what is beyond -0.45 dBFS.
    """

    def __init__(self, rate: int, channels: int, kbps: int, *, seekable: bool) -> None:
        self._lame = lameenc.Encoder()
        self._lame.silence()
        self._lame.set_in_sample_rate(rate)
        self._lame.set_out_sample_rate(rate)
        self._lame.set_channels(channels)
        self._lame.set_bit_rate(kbps)
        self._lame.set_quality(_QUALITY)
        self._channels = channels
        self._rate = rate
        self._kbps = kbps
        self._gain = np.float32(1 / _LAME_SCALE.get(kbps, 0.95))
        self._seekable = seekable
        self._frames = 0
        self._bytes = 0
        self._info: _InfoFrame | None = None

    def encode(self, samples: Samples) -> bytes:
        if not samples.shape[0]:
            return b""
        self._frames += samples.shape[0]
        return self._out(bytes(self._lame.encode(to_int16(samples * self._gain).tobytes())))

    def finish(self) -> Ending:
        if not self._frames:
            return Ending(b"")
        tail = self._out(bytes(self._lame.flush()))
        if not self._seekable or self._info is None:
            return Ending(tail)
        info = self._info.render(self._bytes, self._mpeg_frames(), self._frames)
        return Ending(tail, ((0, info),))

    def _out(self, data: bytes) -> bytes:
        if not data:
            return b""
        self._bytes += len(data)
        if self._info is not None:
            return data
        self._info = _InfoFrame(data[:4], self._rate, self._channels, self._kbps)
        return self._info.render() + data

    def _mpeg_frames(self) -> int:
        """A constant bit rate makes them equally long, give or take the byte of padding that keeps the mean."""
        mean = _samples_per_frame(self._rate) / 8 * self._kbps * 1000 / self._rate
        return round(self._bytes / mean)


class _InfoFrame:
    """A silent MPEG frame whose body is the tag; ``first_header`` is that of the stream's first true frame."""

    def __init__(self, first_header: bytes, rate: int, channels: int, kbps: int) -> None:
        self._kbps = kbps
        self._samples_per_frame = _samples_per_frame(rate)
        table = MPEG1_KBPS if rate >= 32_000 else MPEG2_KBPS
        # At low rates a frame is smaller than the tag; this one may then be of a higher bit rate than the rest.
        tag_kbps = next(k for k in table if k >= kbps and self._length(k, rate) >= _TAG_BYTES)
        self._size = self._length(tag_kbps, rate)
        sync, version, third, mode = first_header
        third = (table.index(tag_kbps) + 1) << 4 | third & 0x0C
        self._header = bytes((sync, version | 1, third, mode))
        wide = rate >= 32_000
        self._side_information = {(True, 1): 17, (True, 2): 32, (False, 1): 9, (False, 2): 17}[wide, channels]

    def render(self, stream_bytes: int | None = None, mpeg_frames: int = 0, frames: int = 0) -> bytes:
        """The frame for a stream of that many bytes, MPEG frames and PCM frames; None where they are unknown."""
        if stream_bytes is None:
            fields, padding = struct.pack(">I", 0), 0
        else:
            fields = struct.pack(">IIII", 0b1111, mpeg_frames, stream_bytes + self._size, 0)
            fields = fields[:12] + bytes(i * 256 // 100 for i in range(100)) + fields[12:]
            padding = mpeg_frames * self._samples_per_frame - frames - _ENCODER_DELAY
        start = self._header + bytes(self._side_information) + b"Info" + fields
        tag = start + struct.pack(
            ">9sBB8sBB3sBBHIH",
            b"LAME3.100",
            1,  # constant bit rate
            0,  # low-pass: unknown
            bytes(8),  # replay gain: none
            0,
            min(255, self._kbps),
            (_ENCODER_DELAY << 12 | padding).to_bytes(3, "big"),
            0,
            0,
            0,
            (stream_bytes or 0) + (self._size if stream_bytes else 0),
            0,  # CRC of the music: not made
        )
        return (tag + struct.pack(">H", _crc16(tag))).ljust(self._size, b"\0")

    def _length(self, kbps: int, rate: int) -> int:
        return self._samples_per_frame // 8 * kbps * 1000 // rate


def _samples_per_frame(rate: int) -> int:
    return 1152 if rate >= 32_000 else 576


def _crc16(data: bytes) -> int:
    """CRC-16/ARC, as LAME computes it over its tag."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0xA001 if crc & 1 else crc >> 1
    return crc
