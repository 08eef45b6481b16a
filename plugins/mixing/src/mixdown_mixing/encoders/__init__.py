"""Encoders of six file formats (role ``encoding``). Codecs are imported when the backend is opened.

Every encoder is deterministic: equal samples give equal bytes, in any process and in blocks of any size.
Sound of no frames is a file without frames in wav, flac and opus, and no bytes at all in pcm, mp3 and aac.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import cache
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

from mixdown_kernel import Backend, Context, Encoder, Encoding, EncodingBackend, Format, Kind, Problem
from mixdown_kernel.loading import importing
from mixdown_mixing.encoders.formats import FORMATS, LOSSY, bitrate, check, headroom_db, refuse_bitrate


class BuiltinEncoders:
    """Meets `EncodingBackend` for mp3, wav, pcm, flac, opus and aac."""

    def formats(self) -> Mapping[str, Format]:
        return FORMATS if has_ffmpeg() else {name: one for name, one in FORMATS.items() if name != "aac"}

    def fingerprint(self) -> str:
        """The codecs' versions: another one may make other bytes of the same sound."""
        return _codec_versions()

    def headroom_db(self, encoding: Encoding, rate: int, channels: int) -> float:
        """What the decoded true peak may rise above the encoded one; Problems as of `encoder`."""
        return headroom_db(encoding, rate, channels)

    def encoder(self, encoding: Encoding, rate: int, channels: int, *, seekable: bool) -> Encoder:
        check(encoding, rate, channels)
        if encoding.format == "aac" and not has_ffmpeg():
            raise _no_ffmpeg()
        if encoding.format in LOSSY:
            return _lossy(encoding.format, rate, channels, bitrate(encoding, rate, channels), seekable)
        refuse_bitrate(encoding)
        return _lossless(encoding, rate, channels, seekable)


@cache
def has_ffmpeg() -> bool:
    """Whether the extra ``ffmpeg`` is installed. Its wheel carries GPL libraries, so it is no part of the default install."""
    return find_spec("av") is not None


def _no_ffmpeg() -> Problem:
    return Problem(
        Kind.UNSUPPORTED,
        "missing_codec",
        "aac cannot be encoded here: FFmpeg is not installed.",
        field="format",
        allowed=[name for name in FORMATS if name != "aac"],
        hint='`pip install "mixdown[ffmpeg]"` adds it.',
    )


@cache
def _codec_versions() -> str:
    packages = ("av", "lameenc", "soundfile") if has_ffmpeg() else ("lameenc", "soundfile")
    return " ".join(f"{name}-{version(name)}" for name in packages)


def _lossy(name: str, rate: int, channels: int, kbps: int, seekable: bool) -> Encoder:
    if name == "mp3":
        from mixdown_mixing.encoders.mp3 import Mp3Encoder

        return Mp3Encoder(rate, channels, kbps, seekable=seekable)
    if name == "opus":
        from mixdown_mixing.encoders.opus import OpusEncoder

        return OpusEncoder(rate, channels, kbps)
    from mixdown_mixing.encoders.aac import AacEncoder

    return AacEncoder(rate, channels, kbps)


def _lossless(encoding: Encoding, rate: int, channels: int, seekable: bool) -> Encoder:
    if encoding.format == "flac":
        from mixdown_mixing.encoders.flac import FlacEncoder

        return FlacEncoder(rate, channels, seekable=seekable)
    if encoding.format == "wav":
        from mixdown_mixing.encoders.wav import WavEncoder

        return WavEncoder(rate, channels, float_samples=encoding.float_samples, seekable=seekable)
    from mixdown_mixing.encoders.pcm import PcmEncoder

    return PcmEncoder()


@asynccontextmanager
async def _open(settings: Any, context: Context) -> AsyncIterator[EncodingBackend]:
    await importing(_import_codecs)
    yield BuiltinEncoders()


def _import_codecs() -> None:
    """0.2 s that the first request would otherwise spend on the event loop."""
    for module in ("flac", "mp3", "opus", "wav", *(["aac"] if has_ffmpeg() else [])):
        import_module(f"{__name__}.{module}")


backend: Backend[EncodingBackend] = Backend(
    name="builtin",
    open=_open,
    description="mp3 (LAME), opus (libopus), flac (libFLAC), wav, pcm; aac where FFmpeg is installed",
)
