"""Roles and the protocols that a backend of each role meets.

A role is data. The road knows the built-in ones by name; a plugin adds one of its own by the hook ``roles``,
and from then on the kernel collects, configures, opens and closes its backends like any other's.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import Any, Literal, Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from mixdown_kernel.audio import Audio, Samples
from mixdown_kernel.requests import AmbientRequest, ClipRequest, MusicRequest, SourceRequest, SpeechRequest
from mixdown_kernel.script import Script

# ---------------------------------------------------------------- sources


@dataclass(frozen=True, slots=True)
class Word:
    """When a word is heard. Offsets are into the request's text, frames count from the utterance's start."""

    text_start: int
    text_end: int
    start_frame: int
    end_frame: int


@dataclass(frozen=True, slots=True)
class Chunk:
    """What a source yields. All chunks of one render share rate and channels.

    ``stems`` hold the same frames apart, by instrument group, and sum to ``audio``.
    """

    audio: Audio
    words: tuple[Word, ...] = ()
    stems: Mapping[str, Audio] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice that a synthesis backend offers."""

    id: str
    name: str
    language: str
    """BCP 47."""
    gender: Literal["female", "male", "neutral"] | None = None
    aliases: tuple[str, ...] = ()
    """Other names that mean this voice; unlike the id, an alias does not pin the backend."""
    tags: tuple[str, ...] = ()


class Synthesizer(Protocol):
    """Role ``synthesis``: speaks one utterance. A voice that it does not have is `Problem`
    ``not_found``/``unknown_voice``, a parameter that it does not know ``invalid``."""

    async def voices(self) -> Sequence[Voice]:
        """Every voice, the default one first; cheap after the first call."""
        ...

    def render(self, request: SpeechRequest) -> AsyncIterator[Chunk]:
        """The utterance's sound with word times where the backend knows them.

        Empty or unspeakable text is silence of any length, not an error. Closing the iterator (an asynchronous
        generator, as in every source role) stops the work.
        """
        ...


class Composer(Protocol):
    """Role ``music``. An unknown genre is `Problem` ``invalid`` or ``not_found``; stems that it does not have
    are ``unsupported``."""

    def render(self, request: MusicRequest) -> AsyncIterator[Chunk]:
        """Exactly ``duration_ms`` of music in blocks of at most a few seconds."""
        ...

    def genres(self) -> Sequence[str]: ...


class AmbientSource(Protocol):
    """Role ``ambient``."""

    def render(self, request: AmbientRequest) -> AsyncIterator[Chunk]:
        """One cycle whose end continues into its beginning."""
        ...

    def kinds(self) -> Sequence[str]: ...


class ClipSource(Protocol):
    """Role ``clip``."""

    def render(self, request: ClipRequest) -> AsyncIterator[Chunk]: ...


# ---------------------------------------------------------------- text and phonemes


class TextRequest(BaseModel):
    """A text to be read. ``normalize`` turns single rules off (``{"numbers": false}``)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str
    markup: Literal["auto", "plain", "ssml"] = "auto"
    language: str = "en"
    normalize: dict[str, bool] = Field(default_factory=dict)


class TextFrontEnd(Protocol):
    """Role ``text``."""

    def script(self, request: TextRequest) -> Script:
        """Utterances and pauses in order. Synchronous and pure; the road calls it off the event loop.

        Raises `Problem` ``invalid`` with ``details["offset"]`` of what cannot be read, ``unsupported`` for SSML
        where it reads none.
        """
        ...

    def switches(self) -> Sequence[str]:
        """The names that ``normalize`` may hold."""
        ...


@dataclass(frozen=True, slots=True)
class PhonemeClause:
    """IPA of one clause and the punctuation that ended it (empty at the end of unpunctuated text)."""

    phonemes: str
    terminator: str


class Phonemizer(Protocol):
    """Role ``phonemes``: how a text is pronounced."""

    async def phonemize(self, text: str, language: str) -> Sequence[PhonemeClause]: ...


# ---------------------------------------------------------------- mixing


@dataclass(frozen=True, slots=True)
class Duck:
    """How far a track steps back while a key track sounds, and how fast. Depth is negative, in dB."""

    depth_db: float = -12.0
    attack_ms: float = 30.0
    release_ms: float = 400.0
    threshold_db: float = -40.0


@dataclass(frozen=True, slots=True)
class Track:
    """One layer as the mixer sees it. Gain is linear, pan -1 (left) to 1 (right); the rest is in frames.

    ``is_key`` tracks push the others down; a track with ``duck`` gives way to them.
    """

    id: str
    gain: float = 1.0
    pan: float = 0.0
    start: int = 0
    fade_in: int = 0
    fade_out: int = 0
    duck: Duck | None = None
    is_key: bool = False


@dataclass(frozen=True, slots=True)
class MixBlock:
    """``mix`` and, where asked for, each track's own share of it (they sum to the mix)."""

    mix: Samples
    parts: Mapping[str, Samples] = field(default_factory=dict)


class Mixer(Protocol):
    """A running mix. Control signals move on an absolute grid of 10 ms, so that the block size is inaudible:
    any sequence of blocks whose lengths are multiples of the grid (the last one excepted) gives the same bits."""

    def add(self, track: Track) -> None: ...

    def end_at(self, track_id: str, frame: int) -> None:
        """The track's last frame is known: its fade-out ends there. Called before the fade would begin."""
        ...

    def process(self, inputs: Mapping[str, Samples], frames: int, *, parts: bool = False) -> MixBlock:
        """The next ``frames`` of the mix.

        ``inputs`` holds, per sounding track, exactly ``frames`` frames at the mix's rate with one channel or
        the mix's; a track that is absent is silent in this block.
        """
        ...


class Meter(Protocol):
    """Loudness by ITU-R BS.1770-4 / EBU R 128."""

    def push(self, samples: Samples) -> None: ...

    def loudness(self) -> float:
        """Integrated, in LUFS; -inf for silence."""
        ...

    def true_peak(self) -> float:
        """In dBTP; -inf for silence."""
        ...


class Limiter(Protocol):
    """A true-peak limiter with look-ahead, its delay compensated: what goes in comes out equally long."""

    def process(self, samples: Samples) -> Samples: ...

    def flush(self) -> Samples: ...


class Resampler(Protocol):
    """Streaming; over all calls the output is round(frames_in × rate_out / rate_in) frames long."""

    def process(self, samples: Samples) -> Samples: ...

    def flush(self) -> Samples: ...


class MixingBackend(Protocol):
    """Role ``mixing``: the signal processing of the road. Synchronous; the road calls it in threads."""

    def mixer(self, rate: int, channels: int) -> Mixer: ...

    def meter(self, rate: int, channels: int) -> Meter: ...

    def limiter(self, rate: int, channels: int, ceiling_dbtp: float) -> Limiter: ...

    def resampler(self, rate_in: int, rate_out: int, channels: int) -> Resampler: ...

    def stretch(self, audio: Audio, speed: float) -> Audio:
        """The same pitch at ``speed`` times the tempo: round(frames / speed) frames."""
        ...


# ---------------------------------------------------------------- encoding and decoding


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


# ---------------------------------------------------------------- storage


@dataclass(frozen=True, slots=True)
class StoredObject:
    """What is known of a stored object. ``key`` is a relative POSIX path."""

    key: str
    size: int
    etag: str
    """Strong: equal bytes have equal etags."""
    media_type: str
    modified: float
    """Seconds since the epoch."""
    metadata: Mapping[str, str] = field(default_factory=dict)


class StorageBackend(Protocol):
    """Role ``storage``. Keys are relative POSIX paths of ``[A-Za-z0-9._-]`` segments; anything else, and any
    way out of the store, is `Problem` ``invalid``/``bad_key``."""

    async def put(
        self,
        key: str,
        chunks: AsyncIterator[bytes],
        *,
        media_type: str,
        metadata: Mapping[str, str] | None = None,
        if_absent: bool = False,
    ) -> StoredObject:
        """Store atomically and durably: a reader sees all of it or none, whatever is killed when.

        With ``if_absent`` an existing object stays as it is and is returned.
        """
        ...

    def get(self, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """Bytes ``start`` to ``end`` (exclusive). Raises `Problem` ``not_found`` before the first byte."""
        ...

    async def stat(self, key: str) -> StoredObject | None: ...

    def list(self, prefix: str = "") -> AsyncIterator[StoredObject]:
        """Objects whose key starts with ``prefix``, in key order; never a half-written one."""
        ...

    async def delete(self, key: str) -> bool:
        """True if there was something to delete."""
        ...


# ---------------------------------------------------------------- execution


Cost = Literal["light", "medium", "heavy"]


class Priority(IntEnum):
    """Lower goes first."""

    INTERACTIVE = 0
    STANDARD = 10
    BATCH = 20


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """Everything that decides how a source sounds, as plain data: it can be signed, sent and rendered anywhere."""

    role: str
    backend: str
    request: SourceRequest


@dataclass(frozen=True, slots=True)
class Work:
    """A source to render. Works with an equal key may be rendered once."""

    spec: SourceSpec
    key: str
    cost: Cost = "medium"
    priority: Priority = Priority.STANDARD


class ExecutionBackend(Protocol):
    """Role ``execution``: where sources are rendered."""

    def submit(self, work: Work) -> AsyncIterator[Chunk]:
        """The render's chunks as they are made. Closing the iterator cancels the work."""
        ...


# ---------------------------------------------------------------- optional protocols


@dataclass(frozen=True, slots=True)
class Health:
    ok: bool
    detail: str = ""
    figures: Mapping[str, JsonValue] = field(default_factory=dict)


@runtime_checkable
class ReportsHealth(Protocol):
    """A backend of any role may say how it is."""

    async def health(self) -> Health: ...


@runtime_checkable
class Fingerprinted(Protocol):
    """A backend of any role whose sound depends on more than its plugin's version: model files, fonts, settings."""

    def fingerprint(self) -> str: ...


@runtime_checkable
class ChecksRequests(Protocol):
    """A backend of a source role that knows what it cannot render before it tries: an unknown genre, a bad key."""

    def check(self, request: Any) -> None:
        """Raise the `Problem` that rendering would raise. Quick: called for every plan."""
        ...


@runtime_checkable
class ResolvesVoices(Protocol):
    """A synthesis backend whose voices are more than it lists: variants, blends."""

    def resolve_voice(self, name: str) -> Voice | None:
        """The voice that ``name`` means, or None. Quick: called for every request that names such a voice."""
        ...


# ---------------------------------------------------------------- the roles


@dataclass(frozen=True, slots=True)
class Role:
    """A kind of backend. Its backends are offered by the hook ``<name>_backends``.

    ``request`` marks a *source* role: its backends have ``render(request) -> AsyncIterator[Chunk]``, and scenes
    may hold layers of it.
    """

    name: str
    protocol: type
    request: type[SourceRequest] | None = None
    cost: Cost = "medium"
    keep: bool = True
    """Rendered sources are worth storing (a clip lies on disk already)."""

    @property
    def hook(self) -> str:
        return f"{self.name}_backends"


ROLES: tuple[Role, ...] = (
    Role("text", TextFrontEnd),
    Role("phonemes", Phonemizer),
    Role("synthesis", Synthesizer, SpeechRequest),
    Role("music", Composer, MusicRequest),
    Role("ambient", AmbientSource, AmbientRequest, cost="light"),
    Role("clip", ClipSource, ClipRequest, cost="light", keep=False),
    Role("mixing", MixingBackend),
    Role("encoding", EncodingBackend),
    Role("decoding", DecodingBackend),
    Role("storage", StorageBackend),
    Role("execution", ExecutionBackend),
)
