"""A scene: layers on a timeline. Everything that Mixdown renders is one, and takes the same road."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from mixdown_kernel.requests import MAX_DURATION_MS, Seed

SEQUENCE_ROLE = "sequence"
Milliseconds = Annotated[int, Field(ge=0, le=MAX_DURATION_MS)]


class Ducking(BaseModel):
    """Step back while a voice speaks. Source of the defaults: docs/decisions/0007-levels.md."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    depth_db: float = Field(default=-9.0, ge=-60, le=0)
    attack_ms: float = Field(default=60.0, ge=1, le=2000)
    release_ms: float = Field(default=450.0, ge=1, le=10_000)


class Layer(BaseModel):
    """What all layers share. ``volume`` is linear amplitude, applied once; ``pan`` runs from -1 to 1.

    A layer without ``duration_ms`` lasts as long as its source; one with ``loop`` repeats its source for
    ``duration_ms``, or to the end of the scene.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    id: str = Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")
    start_ms: Milliseconds = 0
    after: str | None = None
    """The layer at whose end this one begins, ``gap_ms`` later (or earlier: they overlap)."""
    gap_ms: int = Field(default=0, ge=-MAX_DURATION_MS, le=MAX_DURATION_MS)
    duration_ms: Annotated[int, Field(ge=1, le=MAX_DURATION_MS)] | None = None
    fade_in_ms: Milliseconds = 0
    fade_out_ms: Milliseconds = 0
    volume: float = Field(default=1.0, ge=0, le=4)
    pan: float = Field(default=0.0, ge=-1, le=1)
    duck: Ducking | None = None
    backend: str | None = None
    """Pins the backend: there is no fallback from it."""

    @property
    def speaks(self) -> bool:
        """A voice: others give way to it, and it begins and ends in silence of its own."""
        return False


class VoiceLayer(Layer):
    """Text that is spoken. Its length is that of the speech."""

    type: Literal["voice"] = "voice"
    text: str
    markup: Literal["auto", "plain", "ssml"] = "auto"
    voice: str | None = None
    language: str | None = None
    speed: float = Field(default=1.0, ge=0.25, le=4.0)
    instructions: str | None = None
    normalize: dict[str, bool] = Field(default_factory=dict)
    lexicon: dict[str, str] = Field(default_factory=dict)
    """See `TextRequest`."""
    effort: float = Field(default=1.0, ge=0, le=4)
    """How loudly it is spoken, linear: by the voice itself where it can, else by the road."""
    parameters: dict[str, JsonValue] = Field(default_factory=dict)

    @property
    def speaks(self) -> bool:
        return True


class SourceLayer(Layer):
    """Any other source: music, ambience, a clip, or a role that a plugin added."""

    type: Literal["source"] = "source"
    role: str
    request: dict[str, JsonValue] = Field(default_factory=dict)
    """The members of the role's request. ``duration_ms`` and ``seed`` are filled in where they are missing."""
    loop: bool = False

    @property
    def speaks(self) -> bool:
        """As a voice that was recorded in parts."""
        return self.role == SEQUENCE_ROLE


class Master(BaseModel):
    """The last stage. *live*: a fixed gain and a limiter, so that sound leaves as it is made. *finished*: the
    mix is measured first and brought to ``loudness_lufs`` by one gain, so that ducking and dynamics survive.
    *none*: samples as they are (one voice alone)."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    mode: Literal["none", "live", "finished"] = "live"
    gain_db: float = Field(default=0.0, ge=-60, le=24)
    loudness_lufs: float = Field(default=-16.0, ge=-50, le=-5)
    ceiling_dbtp: float = Field(default=-1.0, ge=-20, le=0)


class Scene(BaseModel):
    """Layers, their common rate and channels, and the master.

    The scene ends with its last voice, or (``ends_with="layers"``, and where there is no voice) with the last layer
    that has an end, plus ``tail_ms``. Layers are cut there. A seed of None draws one, reported in the receipt; ``reuse`` allows
    stored sources to be used and kept where no seed was given.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    layers: tuple[Annotated[VoiceLayer | SourceLayer, Field(discriminator="type")], ...] = Field(min_length=1)
    rate: int = Field(default=48_000, ge=8_000, le=192_000)
    channels: Literal[1, 2] = 2
    master: Master = Master()
    ends_with: Literal["voices", "layers"] = "voices"
    tail_ms: Milliseconds = 0
    seed: Seed | None = None
    reuse: bool = False
