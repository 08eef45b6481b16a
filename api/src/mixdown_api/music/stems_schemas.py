"""What ``/v1/music/stems`` takes and gives."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from mixdown_api.scenes.wire import WireModel

DEFAULT_STEMS = ("drums", "vocals", "bass", "other")
EXACT = "exact"
"""The method of what was composed here: nothing is separated."""


class StemsBody(WireModel):
    """One of ``audio_url``, ``render`` and (in a form) ``file`` is what shall be taken apart."""

    audio_url: str | None = Field(
        default=None, min_length=1, description="Fetched from the public internet; a render of ours as well"
    )
    render: str | None = Field(
        default=None, min_length=1, max_length=64, description="Id of a render of ours"
    )
    stems: list[str] = Field(default=list(DEFAULT_STEMS), min_length=1, max_length=16)
    model: str | None = Field(
        default=None,
        min_length=1,
        max_length=64,
        description="Pins a separation backend; nothing is then exact",
    )


class StemsAnswer(BaseModel):
    stems: dict[str, str] = Field(description="A URL for each stem that was asked for: float WAV")
    duration_ms: int
    method: str = Field(description=f"`{EXACT}` for what was composed here, else the backend that separated")
    cached: bool = Field(description="It had been taken apart before")
    notices: list[dict[str, Any]] = Field(default_factory=list)
    receipt: dict[str, Any]
