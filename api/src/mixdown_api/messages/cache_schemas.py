"""What the cache routes take and give. Source of every member: contracts/hybrid-audio.md, "Routes"."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from mixdown_api.messages.datasets import OF_ROLE
from mixdown_api.messages.schemas import VoiceId
from mixdown_api.scenes.wire import WireModel


class InvalidateBody(WireModel):
    stem_name: str = Field(max_length=300, description="A label")


class BulkBody(WireModel):
    """Names of datasets, never paths."""

    names_path: str | None = Field(default=OF_ROLE["names"], max_length=200)
    developers_path: str | None = Field(default=OF_ROLE["developers"], max_length=200)
    voice_id: str | None = VoiceId


class CacheList(BaseModel):
    status: str = "ok"
    cache_engine: str
    extended: bool
    summary: dict[str, Any]
    stems_count: int
    stems: dict[str, dict[str, Any]]
    compatibility: dict[str, dict[str, Any]]
    next: str | None = Field(default=None, description="`after` of the following page; null at the end")


class InvalidateAnswer(BaseModel):
    status: str
    removed: str | None = None
    stem: str | None = None
