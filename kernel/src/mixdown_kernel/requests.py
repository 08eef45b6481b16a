"""What a source backend is asked for. Plain JSON through and through: a request travels to other processes,
is signed, and never holds a secret, a path or a URL."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, JsonValue

Seed = Annotated[int, Field(ge=0, le=2**32 - 1)]
MAX_DURATION_MS = 12 * 3600 * 1000


class SourceRequest(BaseModel):
    """Base of every source request. Equal requests to one backend mean equal sound."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    seed: Seed = 0
    parameters: dict[str, JsonValue] = Field(default_factory=dict)
    """Whatever only this backend understands; a backend refuses keys that it does not know (``invalid``)."""


class Pronunciation(BaseModel):
    """How a run of an utterance's text is pronounced, whatever its spelling: IPA with stress marks, words parted
    by spaces. Offsets are half-open, in code points of the text as it is read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text_start: int = Field(ge=0)
    text_end: int = Field(ge=1)
    ipa: str = Field(min_length=1, max_length=1000)


class SpeechRequest(SourceRequest):
    """One utterance: a sentence or less, already normalised to words."""

    text: str
    pronunciations: tuple[Pronunciation, ...] = ()
    """In order, without overlap; only for backends that honour ``phonemes``."""
    voice: str = ""
    """The backend's own voice id; empty means its default voice."""
    language: str | None = None
    """BCP 47; None leaves it to the voice."""
    speed: float = Field(default=1.0, ge=0.1, le=10)
    pitch: float = Field(default=0.0, ge=-24, le=24)
    """Semitones relative to the voice's own."""
    volume: float = Field(default=1.0, ge=0, le=4)
    """Linear gain."""
    instructions: str | None = None


class MusicRequest(SourceRequest):
    """One piece, exactly ``duration_ms`` long, with an ending inside it."""

    genre: str | None = None
    """None leaves it to the prompt, else to the composer's own default."""
    bpm: int | None = Field(default=None, ge=20, le=400)
    """None leaves the tempo to the composer (by prompt, genre and seed)."""
    key: str | None = None
    """``C_minor``, ``F#_major``; None leaves it to the composer."""
    intensity: float | None = Field(default=None, ge=0, le=1)
    """None leaves it to the prompt, else it is in the middle."""
    duration_ms: int = Field(ge=1, le=MAX_DURATION_MS)
    prompt: str | None = None
    """What is wanted in words; whatever is asked for by a member of its own beats it."""
    stems: bool = False
    """Also yield each instrument group apart (`Chunk.stems`)."""


class AmbientRequest(SourceRequest):
    """One seamless cycle of a bed; the road repeats it for as long as it is needed."""

    kind: str
    intensity: float = Field(default=0.5, ge=0, le=1)
    """How much of it there is: drizzle or downpour, three guests or thirty."""
    distance: float | None = Field(default=None, ge=0, le=1)
    """From next to it to far away; None is the source's own. A source that knows no distance refuses any."""
    brightness: float | None = Field(default=None, ge=0, le=1)
    """From dull to bright, 0.5 as it is; None is the source's own. A source that cannot refuses any."""


class SeparationRequest(SourceRequest):
    """A mixture to be taken apart: outside audio, decoded at the edge."""

    asset: str = Field(pattern=r"^asset:[0-9a-f]{64}$")


class ClipRequest(SourceRequest):
    """Audio that somebody else made, decoded at the edge and kept under the hash of its samples; or silence of so
    many milliseconds (``silence:1500``), which holds a place on a timeline."""

    asset: str = Field(pattern=r"^(asset:[0-9a-f]{64}|silence:[1-9][0-9]{0,7})$")


MAX_PARTS = 2000
MAX_JOIN_MS = 60_000


class SequencePart(BaseModel):
    """One recording of a sequence, or the frames ``start_frame`` to ``end_frame`` of it, and its join with what
    follows: ``gap_ms`` of silence (behind the last part, too), or without a gap ``crossfade_ms`` in which both sound.
    With a gap the crossfade is a fade-out before it and a fade-in behind it, so that the gap stays silent."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    asset: str = Field(pattern=r"^asset:[0-9a-f]{64}$")
    start_frame: int = Field(default=0, ge=0)
    end_frame: int | None = Field(default=None, ge=1)
    gap_ms: int = Field(default=0, ge=0, le=MAX_JOIN_MS)
    crossfade_ms: int = Field(default=0, ge=0, le=MAX_JOIN_MS)


class SequenceRequest(SourceRequest):
    """Recordings one after the other, all of one rate and one number of channels; ``tail_fade_ms`` fades the last
    one out. Without gaps, crossfades and tail fade it is their samples, bit for bit."""

    parts: tuple[SequencePart, ...] = Field(min_length=1, max_length=MAX_PARTS)
    tail_fade_ms: int = Field(default=0, ge=0, le=MAX_JOIN_MS)
