"""The contract of the role ``encoding``."""

from __future__ import annotations

import io
import struct
import wave
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import pytest

from mixdown_kernel.audio import Samples
from mixdown_kernel.contracts import Encoding, EncodingBackend, Format
from mixdown_kernel.problems import Problem
from mixdown_kernel.testing.base import BackendContract
from mixdown_kernel.testing.signals import cut, noise, sine

LAST_BIT = 2 / 32_768
"""Full scale may be 32767 or 32768, and rounding takes half a step."""


class EncodingContract(BackendContract):
    """Subclass with a fixture ``backend``."""

    role: ClassVar[str] = "encoding"

    def test_formats_are_described(self, opened: EncodingBackend) -> None:
        formats = opened.formats()
        assert formats
        for name, row in formats.items():
            assert row.name == name
            assert row.media_type.count("/") == 1, row.media_type
            assert row.extension.strip("."), row
            assert all(rate > 0 for rate in row.rates)

    @pytest.mark.parametrize("seekable", [False, True])
    @pytest.mark.parametrize("channels", [1, 2])
    def test_every_format_encodes(self, opened: EncodingBackend, channels: int, seekable: bool) -> None:
        for row in opened.formats().values():
            for rate in row.rates or (24_000, 48_000):
                samples = sine(440, rate, rate, channels=channels)
                assert len(encoded(opened, samples, rate, format=row.name, seekable=seekable)) > 100, row

    def test_the_push_size_does_not_change_the_file(self, opened: EncodingBackend) -> None:
        for row in opened.formats().values():
            rate = _rate(row)
            samples = noise(rate, channels=2)
            files = [
                encoded(opened, samples, rate, format=row.name, sizes=sizes)
                for sizes in ([rate // 50], [rate], [1, 333, 5_000])
            ]
            assert files[0] == files[1] == files[2], row.name

    def test_bytes_leave_while_sound_still_arrives(self, opened: EncodingBackend) -> None:
        """Streaming rests on it: ten seconds in, something has come out."""
        for row in opened.formats().values():
            rate = _rate(row)
            encoder = opened.encoder(Encoding(format=row.name), rate, 1, seekable=False)
            assert any(encoder.encode(block) for block in cut(noise(10 * rate), [rate // 50])), row.name
            encoder.finish()

    def test_two_encoders_do_not_disturb_each_other(self, opened: EncodingBackend) -> None:
        for row in opened.formats().values():
            rate = _rate(row)
            signals = [noise(rate, seed=1), noise(rate, seed=2)]
            apart = [encoded(opened, signal, rate, format=row.name) for signal in signals]
            encoders = [opened.encoder(Encoding(format=row.name), rate, 1, seekable=False) for _ in signals]
            files = [bytearray(), bytearray()]
            for blocks in zip(*(cut(signal, [rate // 50]) for signal in signals), strict=True):
                for file, encoder, block in zip(files, encoders, blocks, strict=True):
                    file += encoder.encode(block)
            for file, encoder in zip(files, encoders, strict=True):
                file += encoder.finish().tail
            assert [bytes(file) for file in files] == apart, row.name

    def test_no_sound_is_still_a_file(self, opened: EncodingBackend) -> None:
        for row in opened.formats().values():
            encoded(opened, noise(0), _rate(row), format=row.name)

    def test_a_stream_has_no_patches(self, opened: EncodingBackend) -> None:
        """Where nobody can go back, nothing is left to correct."""
        for row in opened.formats().values():
            rate = _rate(row)
            encoder = opened.encoder(Encoding(format=row.name), rate, 1, seekable=False)
            encoder.encode(noise(rate))
            assert not encoder.finish().patches, row.name

    def test_patches_lie_inside_the_file(self, opened: EncodingBackend) -> None:
        for row in opened.formats().values():
            rate = _rate(row)
            encoder = opened.encoder(Encoding(format=row.name), rate, 1, seekable=True)
            size = len(encoder.encode(noise(rate)))
            ending = encoder.finish()
            for offset, data in ending.patches:
                assert 0 <= offset <= offset + len(data) <= size + len(ending.tail), row.name

    def test_an_unknown_format_is_refused(self, opened: EncodingBackend) -> None:
        with pytest.raises(Problem):
            opened.encoder(Encoding(format="no such format"), 48_000, 1, seekable=False)

    def test_a_rate_that_a_format_cannot_carry_is_refused(self, opened: EncodingBackend) -> None:
        for row in opened.formats().values():
            if row.rates:
                with pytest.raises(Problem):
                    opened.encoder(Encoding(format=row.name), 12_345, 1, seekable=False)

    def test_more_bits_make_a_larger_mp3(self, opened: EncodingBackend) -> None:
        self._only_with(opened, "mp3")
        signal = noise(96_000, channels=2)
        small, large = (
            encoded(opened, signal, 48_000, format="mp3", bitrate_kbps=kbps) for kbps in (64, 192)
        )
        assert len(large) > 2 * len(small)

    # ------------------------------------------------------------ formats without loss

    @pytest.mark.parametrize("seekable", [False, True])
    @pytest.mark.parametrize("channels", [1, 2])
    def test_wav_holds_every_sample(self, opened: EncodingBackend, channels: int, seekable: bool) -> None:
        self._only_with(opened, "wav")
        signal = noise(12_345, channels=channels, dbfs=0)
        file = encoded(opened, signal, 24_000, format="wav", seekable=seekable)
        with wave.open(io.BytesIO(file)) as read:
            assert (read.getframerate(), read.getnchannels(), read.getsampwidth()) == (24_000, channels, 2)
            if seekable:
                assert read.getnframes() == 12_345
            data = read.readframes(12_345)
        assert _error(data, signal) <= LAST_BIT

    def test_pcm_is_the_samples_and_nothing_else(self, opened: EncodingBackend) -> None:
        """Signed 16-bit, little-endian, interleaved."""
        self._only_with(opened, "pcm")
        signal = noise(4_321, channels=2, dbfs=0)
        file = encoded(opened, signal, 24_000, format="pcm")
        assert len(file) == signal.size * 2
        assert _error(file, signal) <= LAST_BIT

    def test_too_loud_samples_are_clipped_and_not_wrapped(self, opened: EncodingBackend) -> None:
        self._only_with(opened, "pcm")
        signal = np.array([[1.0], [1.5], [-1.5], [100.0], [-100.0]], np.float32)
        values = np.frombuffer(encoded(opened, signal, 24_000, format="pcm"), "<i2")
        assert (np.abs(values.astype(int)) >= 32_766).all()
        assert list(np.sign(values)) == [1, 1, -1, 1, -1]

    def test_float_wav_is_bit_exact(self, opened: EncodingBackend) -> None:
        self._only_with(opened, "wav")
        signal = noise(4_321, channels=2, dbfs=3)
        file = encoded(opened, signal, 48_000, format="wav", float_samples=True, seekable=True)
        chunks = _riff(file)
        tag, channels, rate = struct.unpack_from("<HHI", chunks[b"fmt "])
        if tag == 0xFFFE:  # WAVE_FORMAT_EXTENSIBLE: the tag opens its sub-format
            tag = struct.unpack_from("<H", chunks[b"fmt "], 24)[0]
        assert (tag, channels, rate) == (3, 2, 48_000)
        assert np.array_equal(np.frombuffer(chunks[b"data"], "<f4").reshape(-1, 2), signal)

    def _only_with(self, opened: EncodingBackend, name: str) -> None:
        if name not in opened.formats():
            pytest.skip(f"does not offer {name}")


def encoded(
    backend: EncodingBackend,
    samples: Samples,
    rate: int,
    *,
    seekable: bool = False,
    sizes: Sequence[int] = (960,),
    **members: Any,
) -> bytes:
    """The finished file, patches applied."""
    encoder = backend.encoder(Encoding(**members), rate, samples.shape[1], seekable=seekable)
    file = bytearray()
    for block in cut(samples, sizes):
        file += encoder.encode(block)
    ending = encoder.finish()
    file += ending.tail
    for offset, data in ending.patches:
        file[offset : offset + len(data)] = data
    return bytes(file)


def _rate(row: Format) -> int:
    return max(row.rates) if row.rates else 48_000


def _error(data: bytes, signal: Samples) -> float:
    decoded = np.frombuffer(data, "<i2").reshape(signal.shape) / 32_768
    return float(np.abs(decoded - signal).max())


def _riff(file: bytes) -> dict[bytes, bytes]:
    assert (file[:4], file[8:12]) == (b"RIFF", b"WAVE")
    chunks, position = {}, 12
    while position + 8 <= len(file):
        name, size = struct.unpack_from("<4sI", file, position)
        chunks[name] = file[position + 8 : position + 8 + size]
        position += 8 + size + size % 2
    return chunks
