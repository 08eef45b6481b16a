"""What the stem and assembly routes take and give. Source of every member: contracts/hybrid-audio.md, "Routes"."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from mixdown_api.messages.labels import Category
from mixdown_api.messages.voicing import GenerationConfig
from mixdown_api.scenes.wire import WireModel

VoiceId = Field(default=None, min_length=1, max_length=255, description="None is the configured voice")
Upload = Field(default=False, description="Also into the bucket")
ShowAll = Field(default=False, description="As `?extended=true`")


class NameBody(WireModel):
    name: str
    voice_id: str | None = VoiceId
    upload: bool = Upload
    extended: bool = ShowAll


class DeveloperBody(WireModel):
    developer: str
    voice_id: str | None = VoiceId
    upload: bool = Upload
    extended: bool = ShowAll


class StemBody(WireModel):
    """Any text, in any voicing."""

    text: str
    category: Category = "generic"
    voice_id: str | None = VoiceId
    generation_config: GenerationConfig = Field(default_factory=GenerationConfig)
    upload: bool = Upload
    extended: bool = ShowAll


class CombinedBody(WireModel):
    name: str
    developer: str
    voice_id: str | None = VoiceId
    upload: bool = Upload
    extended: bool = ShowAll


class StemView(BaseModel):
    """One stem in an answer. ``cache_entry`` in extended ones."""

    label: str
    path: str
    text: str
    url: str
    duration_ms: int
    status: str = Field(description="`generated` by this request, or `cached`")
    gcs: dict[str, str] | None = None
    cache_entry: dict[str, Any] | None = None
    notices: list[Any] | None = None


class CombinedAnswer(BaseModel):
    status: str = "ok"
    name: StemView
    developer: StemView
    pair: dict[str, str]
    voice_id: str


class ItemsAnswer(BaseModel):
    status: str = "ok"
    items: list[str]
