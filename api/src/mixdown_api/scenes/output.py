"""What every endpoint that answers with a file takes and gives, beside its scene."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

from mixdown_api.scenes.captions import CaptionFormat
from mixdown_api.scenes.wire import WireModel
from mixdown_kernel.requests import Seed

DEFAULT_LUFS = -16.0


class Output(WireModel):
    """The file that is wanted."""

    format: Literal["mp3", "wav", "pcm", "flac", "opus", "aac"] = "mp3"
    separate_tracks: bool = Field(default=False, description="Also each component apart, as WAV")
    bitrate_kbps: int | None = Field(default=None, ge=8, le=320)
    loudness: float = Field(
        default=DEFAULT_LUFS, ge=-40, le=-5, description="Integrated loudness in LUFS (BS.1770)"
    )
    captions: CaptionFormat | None = None
    tail_ms: int = Field(default=0, ge=0, le=60_000, description="How long the sound goes on after its end")
    project: str | None = Field(default=None, min_length=1, max_length=200)


class RenderBody(WireModel):
    """Base of the requests."""

    output: Output = Output()
    seed: Seed | None = Field(
        default=None, description="One seed, one piece; without it one is drawn and reported"
    )
    reuse: bool = Field(default=False, description="An equal earlier render may be the answer, seed or not")
    dry_run: bool = Field(default=False, description="Answer with the plan and make no sound")


class Captions(BaseModel):
    format: CaptionFormat
    url: str
    text: str


class RenderAnswer(BaseModel):
    """Base of the answers."""

    audio_url: str
    duration_ms: int
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
