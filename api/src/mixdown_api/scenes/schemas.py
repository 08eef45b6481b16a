"""``POST /v1/audio/generate`` on the wire. Source: sources/audio-layer-api.md, contracts/audio-layers.md."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from mixdown_api.scenes.captions import CaptionFormat
from mixdown_api.scenes.layers import Background, Music, Reading, WireModel
from mixdown_api.scenes.timings import MarkTime, WordTime

DEFAULT_LUFS = -16.0
EXAMPLE: dict[str, Any] = {
    "text": "It's a rainy day",
    "voice": "en_us_001",
    "background": {"type": "rain", "volume": 30, "loop": True, "custom_audio_url": ""},
    "music": {"genre": "lofi", "bpm": 80, "intensity": 50},
    "output": {"format": "mp3", "separate_tracks": False},
}


class Output(WireModel):
    """The file that is wanted."""

    format: Literal["mp3", "wav", "pcm", "flac", "opus", "aac"] = "mp3"
    separate_tracks: bool = Field(default=False, description="Also each component apart, as WAV")
    bitrate_kbps: int | None = Field(default=None, ge=8, le=320)
    loudness: float = Field(
        default=DEFAULT_LUFS, ge=-40, le=-5, description="Integrated loudness in LUFS (BS.1770)"
    )
    captions: CaptionFormat | None = None
    tail_ms: int = Field(default=0, ge=0, le=60_000, description="How long the beds go on after the voice")
    project: str | None = Field(default=None, min_length=1, max_length=200)


class GenerateBody(Reading):
    """One request: a voice, and what is wanted under it."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    text: str = Field(min_length=1, description="Plain text, or SSML with a `<speak>` root")
    voice: Annotated[str, Field(max_length=200)] | None = Field(default=None, examples=["en_us_001"])
    background: Background | None = None
    music: Music | None = None
    output: Output = Output()

    model: str | None = Field(default=None, max_length=200, description="A voice backend by name; pins it")
    reuse: bool = Field(default=False, description="An equal earlier render may be the answer, seed or not")
    dry_run: bool = Field(default=False, description="Answer with the plan and make no sound")


class VoiceComponent(BaseModel):
    url: str | None = None
    timestamps: list[tuple[int, int]]
    words: list[WordTime]
    marks: list[MarkTime] = Field(default_factory=list)


class BackgroundComponent(BaseModel):
    url: str | None = None
    type: str


class MusicComponent(BaseModel):
    url: str | None = None
    genre: str
    bpm: int | None = Field(default=None, description="As composed")
    key: str | None = Field(default=None, description="As composed, `C_minor`")
    seed: int | None = None
    stems: dict[str, str] | None = None
    midi_url: str | None = None


class Components(BaseModel):
    voice: VoiceComponent
    background: BackgroundComponent | None = None
    music: MusicComponent | None = None


class Captions(BaseModel):
    format: CaptionFormat
    url: str
    text: str


class GenerateAnswer(BaseModel):
    """``components`` is always there; a component's ``url`` only with ``separate_tracks``."""

    audio_url: str
    duration_ms: int
    components: Components
    captions: Captions | None = None
    cached: bool = Field(default=False, description="An equal earlier render is the answer")
    notices: list[dict[str, Any]] = Field(default_factory=list)
    receipt: dict[str, Any]


class DryRunAnswer(BaseModel):
    dry_run: bool = True
    estimated_duration_ms: int
    seed: int
    cached: bool = Field(description="An equal render is kept already")
    layers: list[dict[str, Any]]
    scene: dict[str, Any] = Field(description="What `mixdown render` would take")
