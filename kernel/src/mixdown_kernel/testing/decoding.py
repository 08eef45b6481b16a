"""The contract of the role ``decoding``."""

from __future__ import annotations

import asyncio
import io
import struct
import wave
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import ClassVar, cast

import numpy as np
import pytest

from mixdown_kernel.audio import Audio, Samples
from mixdown_kernel.contracts import DecodeLimits, DecodingBackend
from mixdown_kernel.problems import Kind, Problem
from mixdown_kernel.testing.base import BackendContract, or_refused
from mixdown_kernel.testing.signals import noise

LIMITS = DecodeLimits()


class DecodingContract(BackendContract):
    """Subclass with a fixture ``backend``."""

    role: ClassVar[str] = "decoding"

    @pytest.mark.parametrize("rate", [8_000, 24_000, 44_100, 48_000])
    @pytest.mark.parametrize("channels", [1, 2])
    async def test_a_wav_comes_out_as_it_is(
        self, opened: DecodingBackend, tmp_path: Path, rate: int, channels: int
    ) -> None:
        signal = noise(3 * rate + 7, channels=channels)
        audio = await decode(opened, tmp_path, wav(signal, rate))
        assert (audio.rate, audio.frames, audio.channels) == (rate, 3 * rate + 7, channels)
        assert np.abs(audio.samples - signal).max() <= 1 / 32_768

    async def test_a_long_file_comes_in_blocks(self, opened: DecodingBackend, tmp_path: Path) -> None:
        path = _write(tmp_path, wav(noise(60 * 8_000), 8_000))
        async with aclosing(_blocks(opened, path, LIMITS)) as blocks:
            sizes = [block.check().frames async for block in blocks]
        assert sum(sizes) == 60 * 8_000
        assert len(sizes) > 1, "a minute arrived as one block"

    async def test_closing_early_ends_the_work(self, opened: DecodingBackend, tmp_path: Path) -> None:
        path = _write(tmp_path, wav(noise(60 * 8_000), 8_000))
        blocks = _blocks(opened, path, LIMITS)
        await anext(blocks)
        await blocks.aclose()
        assert (await decode(opened, tmp_path, wav(noise(8_000), 8_000))).frames == 8_000

    async def test_files_are_decoded_side_by_side(self, opened: DecodingBackend, tmp_path: Path) -> None:
        signals = [noise(8_000 * (i + 1), seed=i) for i in range(4)]
        audios = await asyncio.gather(
            *(decode(opened, tmp_path, wav(signal, 8_000), f"{i}.wav") for i, signal in enumerate(signals))
        )
        for audio, signal in zip(audios, signals, strict=True):
            assert np.abs(audio.samples - signal).max() <= 1 / 32_768

    # ------------------------------------------------------------ what is no audio

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"\x00" * 10_000,
            b"This is a letter, not a song.\n" * 100,
            bytes(range(256)) * 40,
            b"PK\x03\x04" + b"\x00" * 500,
            b"<?xml version='1.0'?><svg/>",
            b"RIFF\xff\xff\xff\xffWAVE",
            b"ID3\x04\x00\x00\x7f\x7f\x7f\x7f",
            b"fLaC" + b"\x00" * 64,
            b"OggS" + b"\x00" * 200,
        ],
        ids=["empty", "zeros", "text", "bytes", "zip", "xml", "riff", "id3", "flac", "ogg"],
    )
    async def test_garbage_is_undecodable(
        self, opened: DecodingBackend, tmp_path: Path, content: bytes
    ) -> None:
        problem = await _refused(opened, _write(tmp_path, content))
        assert (problem.kind, problem.code) == (Kind.INVALID, "undecodable_audio")

    @pytest.mark.parametrize("kept", [20, 44, 45, 5_000, 16_000])
    async def test_a_truncated_file_is_undecodable(
        self, opened: DecodingBackend, tmp_path: Path, kept: int
    ) -> None:
        problem = await _refused(opened, _write(tmp_path, wav(noise(16_000), 8_000)[:kept]))
        assert (problem.kind, problem.code) == (Kind.INVALID, "undecodable_audio")

    @pytest.mark.parametrize(
        ("channels", "rate", "width"), [(0, 8_000, 2), (1, 0, 2), (1, 8_000, 0), (65_535, 8_000, 2)], ids=str
    )
    async def test_an_impossible_header_is_refused(
        self, opened: DecodingBackend, tmp_path: Path, channels: int, rate: int, width: int
    ) -> None:
        file = _header(1, channels, rate, width, 16_000) + b"\x01" * 16_000
        problem = await _refused(opened, _write(tmp_path, file))
        assert problem.kind in {Kind.INVALID, Kind.UNSUPPORTED, Kind.TOO_LARGE}

    async def test_numbers_that_are_none_never_come_through(
        self, opened: DecodingBackend, tmp_path: Path
    ) -> None:
        """A float WAV may hold NaN and infinity: refused or made harmless, but no block holds one."""
        signal = noise(8_000)
        signal[4_000:4_010] = np.nan
        signal[5_000] = np.inf
        file = _header(3, 1, 8_000, 4, signal.nbytes) + signal.astype("<f4").tobytes()
        with or_refused(Kind.INVALID):
            assert np.isfinite((await decode(opened, tmp_path, file)).samples).all()

    # ------------------------------------------------------------ limits

    async def test_a_file_past_the_limit_is_too_long(self, opened: DecodingBackend, tmp_path: Path) -> None:
        path = _write(tmp_path, wav(noise(5 * 8_000), 8_000))
        problem = await _refused(opened, path, DecodeLimits(max_seconds=2))
        assert (problem.kind, problem.code) == (Kind.TOO_LARGE, "audio_too_long")

    async def test_a_file_at_the_limit_is_read(self, opened: DecodingBackend, tmp_path: Path) -> None:
        path = _write(tmp_path, wav(noise(2 * 8_000), 8_000))
        assert (await _all(opened, path, DecodeLimits(max_seconds=2))).frames == 16_000

    async def test_after_a_bad_file_a_good_one_is_read(self, opened: DecodingBackend, tmp_path: Path) -> None:
        await _refused(opened, _write(tmp_path, b"no audio", "bad.wav"))
        assert (await decode(opened, tmp_path, wav(noise(8_000), 8_000))).frames == 8_000


def wav(samples: Samples, rate: int) -> bytes:
    """A 16-bit WAV file, by the standard library."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((samples * 32_767).round().astype("<i2").tobytes())
    return buffer.getvalue()


def _header(tag: int, channels: int, rate: int, width: int, size: int) -> bytes:
    frame = (channels * width) & 0xFFFF
    form = struct.pack("<HHIIHH", tag, channels, rate, (rate * frame) & 0xFFFFFFFF, frame, 8 * width)
    return (
        b"RIFF"
        + struct.pack("<I", 36 + size)
        + b"WAVEfmt "
        + struct.pack("<I", 16)
        + form
        + b"data"
        + struct.pack("<I", size)
    )


def _write(folder: Path, content: bytes, name: str = "upload") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def _blocks(backend: DecodingBackend, path: Path, limits: DecodeLimits) -> AsyncGenerator[Audio, None]:
    return cast("AsyncGenerator[Audio, None]", backend.decode(path, limits))


async def decode(backend: DecodingBackend, folder: Path, content: bytes, name: str = "upload") -> Audio:
    return await _all(backend, _write(folder, content, name), LIMITS)


async def _all(backend: DecodingBackend, path: Path, limits: DecodeLimits) -> Audio:
    async with aclosing(_blocks(backend, path, limits)) as blocks:
        return Audio.join([block.check() async for block in blocks])


async def _refused(backend: DecodingBackend, path: Path, limits: DecodeLimits = LIMITS) -> Problem:
    with pytest.raises(Problem) as caught:
        await _all(backend, path, limits)
    return caught.value
