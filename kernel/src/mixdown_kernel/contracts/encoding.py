"""Files of sound: encoding them, and decoding what strangers send."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict, Field

from mixdown_kernel.audio import Audio, Samples


class Encoding(BaseModel):
    """A file format and its settings; ``bitrate_kbps`` None is the format's own default."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: str
    bitrate_kbps: int | None = Field(default=None, ge=8, le=512)
    float_samples: bool = False
    """32-bit float instead of 16-bit samples, where the format has it (wav)."""


@dataclass(frozen=True, slots=True)
class Format:
    name: str
    media_type: str
    extension: str
    rates: tuple[int, ...] = ()
    """The rates it can carry; empty means any."""


@dataclass(frozen=True, slots=True)
class Ending:
    """The last bytes, and corrections of earlier ones that only a seekable sink can make (offset, bytes)."""

    tail: bytes
    patches: tuple[tuple[int, bytes], ...] = ()


class Encoder(Protocol):
    """Synchronous; one thread at a time. Bytes are handed out as soon as they exist."""

    def encode(self, samples: Samples) -> bytes: ...

    def finish(self) -> Ending: ...


class EncodingBackend(Protocol):
    """Role ``encoding``."""

    def formats(self) -> Mapping[str, Format]: ...

    def encoder(self, encoding: Encoding, rate: int, channels: int, *, seekable: bool) -> Encoder:
        """A new encoder. ``seekable`` says that patches will be applied, so a header may be left to fill in."""
        ...


@runtime_checkable
class LeavesHeadroom(Protocol):
    """An encoding backend that knows how far its lossy coders overshoot."""

    def headroom_db(self, encoding: Encoding, rate: int, channels: int) -> float:
        """By how much a master's ceiling has to lie below the true peak that the decoded file may reach."""
        ...


@dataclass(frozen=True, slots=True)
class DecodeLimits:
    """What an untrusted file may cost."""

    max_seconds: float = 3600.0
    max_memory_bytes: int = 1 << 30
    timeout_seconds: float = 60.0


class DecodingBackend(Protocol):
    """Role ``decoding``."""

    def decode(self, path: Path, limits: DecodeLimits) -> AsyncIterator[Audio]:
        """The file's audio in blocks, decoded where a hostile file can do no harm.

        Raises `Problem`: ``invalid``/``undecodable_audio`` for what is no audio or is truncated,
        ``too_large``/``audio_too_long`` past a limit, ``timeout``/``decoding_timeout``. It may fail after its
        first blocks: spool before acting on them.
        """
        ...
