"""What kind of file it is, by its magic bytes, and whether all of it is there.

Plain bounded reads of headers: no codec is touched, so this is safe in our own process, and what is no audio is
refused before a process is started for it.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO, Literal

from mixdown_kernel import Problem, invalid

_AAC = ("aac",)
_OTHERS = ("alac", "flac", "mp3", "mp3float", "opus", "libopus", "vorbis")
_PCM = ("pcm_u8", "pcm_s16le", "pcm_s24le", "pcm_s32le", "pcm_f32le", "pcm_f64le", "pcm_alaw", "pcm_mulaw")

_WAV = "WAV,WAVEX,RF64"
_WAV_SAMPLES = "PCM_U8,PCM_16,PCM_24,PCM_32,FLOAT,DOUBLE,ALAW,ULAW"

_MAX_CHUNKS = 1000
_MAX_TAGS = 8
_MPEG_FRAME_BYTES = 1441
_UNKNOWN = 0xFFFF_FFFF


@dataclass(frozen=True, slots=True)
class Container:
    """How a file is read: by which of the child's readers and what that one is told, and the length that the file's header
    declares, in frames at ``rate``, where it declares one."""

    reader: Literal["by_sndfile", "by_libav"]
    options: tuple[str, ...]
    frames: int | None = None
    rate: int = 0


def _sndfile(
    formats: str, subtypes: str, frames: int | None = None, rate: int = 0, unsized: int = 0
) -> Container:
    return Container("by_sndfile", (formats, subtypes, str(unsized)), frames, rate)


def _libav(demuxer: str, *decoders: str) -> Container:
    return Container("by_libav", (demuxer, ",".join(decoders)))


def undecodable(message: str) -> Problem:
    return invalid(
        "undecodable_audio",
        message,
        hint="Send a complete wav, mp3, flac, ogg, aac, m4a or webm file of one or two channels.",
    )


def truncated() -> Problem:
    return undecodable("The audio file is truncated: it ends before the length that it declares.")


def identify(file: BinaryIO) -> Container:
    """The container of an open file. Raises `Problem` for what is no audio that we read, or is cut off."""
    size = file.seek(0, os.SEEK_END)
    if not size:
        raise undecodable("The audio file is empty.")
    start = _after_id3(file, size)
    head = _read(file, start, 16)
    for matches, inspect in _KINDS:
        if matches(head):
            return inspect(file, start, size)
    raise undecodable("The file is not audio in a format that we read.")


def _read(file: BinaryIO, offset: int, count: int) -> bytes:
    file.seek(offset)
    return file.read(count)


def _after_id3(file: BinaryIO, size: int) -> int:
    """Where the audio begins behind ID3v2 tags (id3.org, ID3v2.4, section 3.1)."""
    offset = 0
    for _ in range(_MAX_TAGS):
        head = _read(file, offset, 10)
        if len(head) < 10 or head[:3] != b"ID3":
            break
        length = 0
        for byte in head[6:10]:
            length = length << 7 | byte & 0x7F
        offset += 10 + length + (10 if head[5] & 0x10 else 0)
        if offset >= size:
            raise truncated()
    return offset


# ---------------------------------------------------------------- wav


def _wav(file: BinaryIO, start: int, size: int) -> Container:
    """RIFF and RF64. A stream's size fields say "until the end" in one of a few conventional ways."""
    riff_size, wide_data = struct.unpack("<I", _read(file, start + 4, 4))[0], None
    rate = block = 0
    offset = start + 12
    for _ in range(_MAX_CHUNKS):
        head = _read(file, offset, 8)
        if len(head) < 8:
            break
        name, length = struct.unpack("<4sI", head)
        offset += 8
        if name == b"ds64":
            wide_data = int.from_bytes(_read(file, offset + 8, 8), "little")
        elif name == b"fmt ":
            rate, block = _wav_format(_read(file, offset, 14))
        elif name == b"data":
            there = size - offset
            data = length if wide_data is None or length != _UNKNOWN else wide_data
            unknown = wide_data is None and _until_the_end(data, riff_size, offset - start)
            if unknown:
                data = there
            if data > there:
                raise truncated()
            frames = data // block if block else None
            return _sndfile(_WAV, _WAV_SAMPLES, frames, rate, offset if unknown else 0)
        offset += length + length % 2
    raise truncated()


def _wav_format(fields: bytes) -> tuple[int, int]:
    """Rate and bytes a frame."""
    if len(fields) < 14:
        raise truncated()
    _tag, _channels, rate, _bytes_per_second, block = struct.unpack("<HHIIH", fields)
    return rate, block


def _until_the_end(data: int, riff: int, header: int) -> bool:
    """True for what ffmpeg and OpenAI (some less the header), sox, and writers that never came back write."""
    if data >= _UNKNOWN - 255:
        return riff == _UNKNOWN
    return data == 0x7FFF_F000 or (data == 0 and riff + 8 <= header)


# ---------------------------------------------------------------- mp3 and aac


def _is_mp3(head: bytes) -> bool:
    """A header of MPEG audio layer III (ISO/IEC 11172-3, 2.4.1.3)."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2:
        return False
    return head[1] & 0x18 != 0x08 and head[2] >> 4 != 15 and head[2] & 0x0C != 0x0C


def _mp3(file: BinaryIO, start: int, size: int) -> Container:
    """Cut mid-stream is normal for mp3; an Info or Xing frame, however, counts the bytes that follow."""
    head = _read(file, start, 4 + 32 + 16)
    mpeg1, mono = head[1] & 0x18 == 0x18, head[3] >> 6 == 3
    offset = 4 + ((17 if mono else 32) if mpeg1 else (9 if mono else 17))
    tag = head[offset : offset + 16]
    if tag[:4] in (b"Xing", b"Info") and len(tag) == 16:
        flags, first, second = struct.unpack(">III", tag[4:])
        declared = (second if flags & 1 else first) if flags & 2 else 0
        if declared > size - start + _MPEG_FRAME_BYTES:  # some writers count a frame too many
            raise truncated()
    return _sndfile("MP3", "MPEG_LAYER_III")


def _is_adts(head: bytes) -> bool:
    return len(head) >= 7 and head[0] == 0xFF and head[1] & 0xF6 == 0xF0


# ---------------------------------------------------------------- flac, ogg, webm


def _flac(file: BinaryIO, start: int, size: int) -> Container:
    """STREAMINFO counts the frames; 0 is unknown (RFC 9639, section 8.2)."""
    head = _read(file, start, 4 + 4 + 34)
    if len(head) < 42 or head[4] & 0x7F:
        raise undecodable("The FLAC file does not begin with its stream information.")
    packed = int.from_bytes(head[18:26], "big")
    frames = (packed & (1 << 36) - 1) or None
    return _sndfile("FLAC", "PCM_S8,PCM_16,PCM_24,PCM_32", frames, packed >> 44)


def _ogg(file: BinaryIO, start: int, size: int) -> Container:
    """A whole Ogg file ends with a page that is marked as the stream's last (RFC 3533, section 6)."""
    tail = _read(file, max(start, size - 66_000), 66_000)
    page = tail[tail.rfind(b"OggS") :]
    header = 27 + page[26] if len(page) > 27 else 0
    if not header or len(page) != header + sum(page[27:header]) or not page[5] & 4:
        raise truncated()
    return _sndfile("OGG", "VORBIS,OPUS")


def _webm(file: BinaryIO, start: int, size: int) -> Container:
    """A recorder's segment is of unknown size; a finished file's says where it ends (RFC 8794)."""
    offset = start + 4
    length, width = _ebml_size(_read(file, offset, 8))
    offset += width + (length or 0)
    if _read(file, offset, 4) == b"\x18\x53\x80\x67":
        length, width = _ebml_size(_read(file, offset + 4, 8))
        if length is not None and offset + 4 + width + length > size:
            raise truncated()
    return _libav("matroska", *_AAC, *_OTHERS, *_PCM)


def _ebml_size(head: bytes) -> tuple[int | None, int]:
    """The value and the width of an EBML data size; None where all its bits are ones, unknown."""
    if len(head) < 8 or not head[0]:
        raise truncated()
    width = 9 - head[0].bit_length()
    value = int.from_bytes(head[:width], "big") & (1 << 7 * width) - 1
    return (None if value == (1 << 7 * width) - 1 else value), width


_Inspect = Callable[[BinaryIO, int, int], Container]

_KINDS: tuple[tuple[Callable[[bytes], bool], _Inspect], ...] = (
    (lambda head: head[:4] in (b"RIFF", b"RF64") and head[8:12] == b"WAVE", _wav),
    (lambda head: head[:4] == b"fLaC", _flac),
    (lambda head: head[:4] == b"OggS", _ogg),
    (lambda head: head[4:8] == b"ftyp", lambda file, start, size: _libav("mov", *_AAC, *_OTHERS, *_PCM)),
    (lambda head: head[:4] == b"\x1a\x45\xdf\xa3", _webm),
    (_is_mp3, _mp3),
    (_is_adts, lambda file, start, size: _libav("aac", *_AAC)),
)
