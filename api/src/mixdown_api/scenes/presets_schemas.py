"""``GET /v1/audio/presets`` on the wire."""

from __future__ import annotations

from typing import Any, Self

from pydantic import BaseModel, Field

from mixdown_api.scenes.levels import PRESETS as LEVELS
from mixdown_api.scenes.presets import PRESETS, background_at, members_of, music_at


class PresetView(BaseModel):
    name: str
    description: str
    levels: str
    members: dict[str, Any] = Field(description="Of voice, background, music and output, in a layer's words")


class LevelsView(BaseModel):
    name: str
    members: dict[str, Any]


class PresetList(BaseModel):
    """``preset`` fills in members of every kind, ``levels`` volumes and ducking alone."""

    presets: list[PresetView]
    levels: list[LevelsView]

    @classmethod
    def whole(cls) -> Self:
        """All there are."""
        return cls(
            presets=[
                PresetView(name=name, description=one.description, levels=one.levels, members=members_of(one))
                for name, one in PRESETS.items()
            ],
            levels=[
                LevelsView(name=name, members={"background": background_at(at), "music": music_at(at)})
                for name, at in LEVELS.items()
            ],
        )
