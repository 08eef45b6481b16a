"""``POST /v1/audio/generate`` on the wire. Source: sources/audio-layer-api.md, contracts/audio-layers.md."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from mixdown_api.scenes.layers import Background, Music, Reading
from mixdown_api.scenes.levels import Levels
from mixdown_api.scenes.output import RenderAnswer
from mixdown_api.scenes.presets import Members, Preset, PresetBody, background_at, filled, music_at
from mixdown_api.scenes.timings import MarkTime, WordTime

EXAMPLE: dict[str, Any] = {
    "text": "It's a rainy day",
    "voice": "en_us_001",
    "background": {"type": "rain", "volume": 30, "loop": True, "custom_audio_url": ""},
    "music": {"genre": "lofi", "bpm": 80, "intensity": 50},
    "output": {"format": "mp3", "separate_tracks": False},
}


class GenerateBody(Reading, PresetBody):
    """One request: a voice, and what is wanted under it."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    text: str = Field(min_length=1, description="Plain text, or SSML with a `<speak>` root")
    voice: Annotated[str, Field(max_length=200)] | None = Field(default=None, examples=["en_us_001"])
    background: Background | None = None
    music: Music | None = None

    model: str | None = Field(default=None, max_length=200, description="A voice backend by name; pins it")

    @classmethod
    def with_defaults(cls, body: Members, preset: Preset | None, at: Levels | None) -> Members:
        """The preset's beds where the request says nothing of them; one that is null there is none."""
        if preset:
            beds = {"background": _named_type(preset.background), "music": preset.music}
            wanted = {name: bed for name, bed in beds.items() if bed is not None}
            body = filled(body, {**preset.voice, **wanted})
        found = {"background": background_at(at), "music": music_at(at)}
        return filled(body, {name: level for name, level in found.items() if name in body})


def _named_type(background: Members | None) -> Members | None:
    """Here a background's kind is its type."""
    return background and {"type" if name == "kind" else name: value for name, value in background.items()}


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


class GenerateAnswer(RenderAnswer):
    """``components`` is always there; a component's ``url`` only with ``separate_tracks``."""

    components: Components
