"""What the assembly routes take and give. Source of every member: contracts/hybrid-audio.md, "Routes"."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from mixdown_api.messages.assembly import TAIL_FADE_MS
from mixdown_api.messages.schemas import ShowAll, Upload, VoiceId
from mixdown_api.messages.template import MAX_SEGMENTS, Edge, Id, Pause
from mixdown_api.messages.templates import DEFAULT
from mixdown_api.scenes.wire import WireModel

Clean = Field(default=False, description="Leave the silence at the edges of stems out")
TailFade = Field(default=TAIL_FADE_MS, ge=0, le=1000, description="With 0 the last samples stay as they are")


class TemplateBody(WireModel):
    """``values`` fill any other placeholders than the two names."""

    first_name: str | None = None
    developer: str | None = None
    template: str = Field(default=DEFAULT, max_length=100, description="With or without `.json`")
    upload: bool = Upload
    extended: bool = ShowAll
    variant: str | None = Field(default=None, max_length=64, description="One of the template's")
    values: dict[str, str] = Field(default_factory=dict, max_length=64)
    voice_id: str | None = VoiceId
    clean: bool = Clean
    tail_fade_ms: int = TailFade


class SegmentsBody(WireModel):
    """Each segment is a text, or the label of a stored stem."""

    segments: list[str] = Field(min_length=1, max_length=MAX_SEGMENTS)
    segment_ids: list[Id] | None = Field(default=None, max_length=MAX_SEGMENTS)
    upload: bool = Upload
    extended: bool = ShowAll
    voice_id: str | None = VoiceId
    timing_map: list[Edge] = Field(default_factory=list, max_length=MAX_SEGMENTS)
    gap_ms: Pause | None = Field(default=None, description="Between all segments")
    crossfade_ms: Pause | None = Field(default=None, description="Between all segments")
    clean: bool = Clean
    tail_fade_ms: int = TailFade


class AssembledAnswer(BaseModel):
    """From ``stem_details`` on: in extended answers."""

    status: str = "ok"
    segments: int
    output_file: str
    upload: bool
    url: str
    duration_ms: int
    gcs: dict[str, str] | None = None
    diagnostics: dict[str, Any]
    stem_details: list[dict[str, Any]] | None = None
    timing_map: list[dict[str, Any]] | None = None
    template_voice_config: dict[str, Any] | None = None
    sample_rate: int | None = None
