"""What each format can carry, and the check of a request against it. Imports no codec."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from mixdown_kernel import Encoding, Format, Kind, Problem, invalid

OPUS_RATES = (8000, 12000, 16000, 24000, 48000)
MP3_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
AAC_RATES = (7350, 8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 64000, 88200, 96000)

FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        entry.name: entry
        for entry in (
            Format("mp3", "audio/mpeg", "mp3", MP3_RATES),
            Format("wav", "audio/wav", "wav"),
            Format("pcm", "audio/pcm", "pcm"),
            Format("flac", "audio/flac", "flac"),
            Format("opus", "audio/ogg", "opus", OPUS_RATES),
            Format("aac", "audio/aac", "aac", AAC_RATES),
        )
    }
)

MPEG1_KBPS = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
MPEG2_KBPS = (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)

LOSSY = frozenset({"mp3", "opus", "aac"})
_MAX_KBPS = 512
_DEFAULT_KBPS = {"mp3": (96, 192), "opus": (64, 128), "aac": (96, 192)}
"""For one and for two channels; a rate that cannot carry as much gets the most it can."""

HEADROOM_DB: Mapping[str, Sequence[tuple[int, float]]] = MappingProxyType(
    {
        "mp3": ((128, 0.3), (96, 0.6), (64, 0.7), (48, 1.0), (0, 1.5)),
        "opus": ((96, 0.6), (0, 1.1)),
        "aac": ((128, 0.3), (96, 0.4), (64, 0.9), (48, 1.1), (0, 3.0)),
    }
)
"""From so many kbps a channel on: what the decoded true peak may rise above the encoded one. The most over voices and
mixes limited to -1 dBTP, rounded up by 0.1 dB or more: ``python -m meters.overshoot``."""


def headroom_db(encoding: Encoding, rate: int, channels: int) -> float:
    """By how much a master has to stay below the true peak that the decoded file may reach; 0 where nothing is lost."""
    check(encoding, rate, channels)
    if encoding.format not in LOSSY:
        return 0.0
    each = bitrate(encoding, rate, channels) / channels
    return next(headroom for least, headroom in HEADROOM_DB[encoding.format] if each >= least)


def check(encoding: Encoding, rate: int, channels: int) -> None:
    """Raise `Problem` (``invalid``) for what the format does not have, ``unsupported`` for what it cannot carry."""
    wanted = FORMATS.get(encoding.format)
    if wanted is None:
        raise invalid(
            "unsupported_format",
            f"There is no format {encoding.format!r}.",
            field="format",
            allowed=list(FORMATS),
        )
    if encoding.float_samples and wanted.name != "wav":
        raise invalid(
            "unsupported_samples",
            f"{wanted.name} has no float samples.",
            field="float_samples",
            allowed=[False],
            hint="Use wav.",
        )
    if wanted.rates and rate not in wanted.rates:
        raise Problem(
            Kind.UNSUPPORTED,
            "unsupported_rate",
            f"{wanted.name} cannot carry {rate} Hz.",
            field="rate",
            allowed=list(wanted.rates),
            hint="Resample to one of these.",
        )
    most = 2 if wanted.name in LOSSY else 8
    if not 1 <= channels <= most:
        raise Problem(
            Kind.UNSUPPORTED,
            "unsupported_channels",
            f"{wanted.name} cannot carry {channels} channels.",
            field="channels",
            allowed=[1, most],
        )


def bitrate(encoding: Encoding, rate: int, channels: int) -> int:
    """The bit rate in kbps; the format's default where the encoding names none.

    Raises `Problem` (``invalid``/``unsupported_bitrate``) for one that the format does not have at this rate.
    """
    choices = _choices(encoding.format, rate, channels)
    asked = encoding.bitrate_kbps
    if asked is None:
        default = _DEFAULT_KBPS[encoding.format][channels - 1]
        return min(default, choices[-1])
    listed = encoding.format == "mp3"
    if asked in choices if listed else choices[0] <= asked <= choices[-1]:
        return asked
    raise invalid(
        "unsupported_bitrate",
        f"{encoding.format} at {rate} Hz has no bit rate of {asked} kbps.",
        field="bitrate_kbps",
        allowed=choices,
    )


def refuse_bitrate(encoding: Encoding) -> None:
    """Raise `Problem` for a bit rate where the format has none, instead of ignoring it."""
    if encoding.bitrate_kbps is not None:
        raise invalid(
            "unsupported_bitrate",
            f"{encoding.format} is lossless and has no bit rate to choose.",
            field="bitrate_kbps",
            allowed=[None],
        )


def _choices(name: str, rate: int, channels: int) -> Sequence[int]:
    """Every bit rate of mp3; the lowest and the highest of the others."""
    if name == "opus":
        return (max(8, 6 * channels), min(_MAX_KBPS, 256 * channels))
    if name == "aac":  # at most 6144 bits a frame of 1024 samples and channel (ISO/IEC 14496-3)
        return (16, min(_MAX_KBPS, 6 * rate * channels // 1000))
    if rate >= 32_000:
        return MPEG1_KBPS
    return MPEG2_KBPS if rate >= 16_000 else MPEG2_KBPS[:8]  # MPEG-2.5 ends at 64
