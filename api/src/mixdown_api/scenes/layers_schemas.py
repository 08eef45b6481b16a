"""``POST /v1/audio/layers`` on the wire. Source: sources/audio-layer-api.md 2.1, contracts/audio-layers.md."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from mixdown_api.scenes.layers import AmbientKind, Duck, Fade, Genre, Reading
from mixdown_api.scenes.levels import Levels
from mixdown_api.scenes.output import RenderAnswer
from mixdown_api.scenes.presets import Members, Preset, PresetBody, background_at, filled, fitted, music_at
from mixdown_api.scenes.timings import MarkTime, WordTime
from mixdown_api.scenes.wire import Percent, WireModel
from mixdown_kernel.requests import MAX_DURATION_MS, Seed

MAX_LAYERS = 1000
LayerId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]
Milliseconds = Annotated[int, Field(ge=0, le=MAX_DURATION_MS)]
EXAMPLE: dict[str, Any] = {
    "layers": [
        {"type": "voice", "text": "The dragon approaches...", "start_ms": 0, "voice": "en_epic_001"},
        {"type": "music", "genre": "orchestral", "start_ms": 0, "duration_ms": 5000, "fade_in": 1000},
    ]
}


class PlacedBody(WireModel):
    """What all layers share. A layer begins at ``start_ms``, or ``after`` another: ``gap_ms`` behind its end (before
    it, where negative), or so that the two fade into each other for ``crossfade_ms``."""

    id: LayerId | None = Field(
        default=None, description="Its type where it is left out, numbered from the second"
    )
    start_ms: Milliseconds = 0
    after: LayerId | None = None
    gap_ms: int = Field(default=0, ge=-MAX_DURATION_MS, le=MAX_DURATION_MS)
    crossfade_ms: Fade = 0
    duration_ms: Annotated[int, Field(ge=1, le=MAX_DURATION_MS)] | None = Field(
        default=None, description="Cut there; without it a layer lasts as long as its sound"
    )
    fade_in: Fade = 0
    fade_out: Fade = 0
    volume: Percent = Field(default=100, description="Percent of full amplitude")
    pan: float = Field(default=0, ge=-100, le=100, description="From left to right")
    duck: bool | Duck = Field(default=False, description="Step back while a voice speaks")


class VoiceBody(PlacedBody, Reading):
    """A text, spoken."""

    type: Literal["voice"]
    text: str = Field(min_length=1)
    voice: Annotated[str, Field(max_length=200)] | None = None
    model: str | None = Field(default=None, max_length=200, description="A voice backend by name; pins it")


class MusicBody(PlacedBody):
    """A piece, composed to its duration; without one, to what is left of the scene."""

    type: Literal["music"]
    genre: Genre = "lofi"
    bpm: int | None = Field(default=None, ge=60, le=200)
    key: str | None = Field(default=None, max_length=16)
    intensity: Percent = 50
    volume: Percent = 25
    duck: bool | Duck = True
    model: str | None = Field(
        default=None, min_length=1, max_length=64, description="A music backend by name; pins it"
    )
    seed: Seed | None = None
    stems: bool = False
    midi: bool = False


class BackgroundBody(PlacedBody):
    """A bed of ambience, or a loop of your own."""

    type: Literal["background"]
    kind: AmbientKind = "rain"
    audio_url: str = Field(default="", max_length=4096, description="A loop of your own; overrides the kind")
    loop: bool = True
    volume: Percent = 20
    intensity: Percent = 50
    distance: Percent | None = None
    brightness: Percent | None = None
    seed: Seed = 0
    parameters: dict[str, JsonValue] = Field(default_factory=dict)


class ClipBody(PlacedBody):
    """Somebody's recording."""

    type: Literal["clip"]
    audio_url: str = Field(min_length=1, max_length=4096)
    loop: bool = False


class SilenceBody(PlacedBody):
    """Nothing, for as long: it holds a place for layers to follow, and lengthens the scene."""

    type: Literal["silence"]
    duration_ms: Annotated[int, Field(ge=1, le=MAX_DURATION_MS)]


LayerBody = Annotated[
    VoiceBody | MusicBody | BackgroundBody | ClipBody | SilenceBody, Field(discriminator="type")
]


class LayersBody(PresetBody):
    """Layers on one timeline. It ends with the last layer that has an end."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    layers: list[LayerBody] = Field(min_length=1, max_length=MAX_LAYERS)

    @classmethod
    def with_defaults(cls, body: Members, preset: Preset | None, at: Levels | None) -> Members:
        """Each layer by its type. A preset adds no layers."""
        given = body.get("layers")
        if not isinstance(given, list) or (preset is None and at is None):
            return body
        wanted = preset or Preset("", levels="balanced")
        defaults: dict[str, Members] = {
            "voice": wanted.voice,
            "background": {**(wanted.background or {}), **background_at(at)},
            "music": {**(wanted.music or {}), **music_at(at)},
        }
        layers = [
            filled(one, fitted(defaults.get(str(one.get("type")), {}), one.get("duration_ms")))
            if isinstance(one, Mapping)
            else one
            for one in given
        ]
        return {**body, "layers": layers}


class LayerComponent(BaseModel):
    """One layer as it was heard. ``url`` only with ``separate_tracks``."""

    type: str
    url: str | None = None
    start_ms: int
    end_ms: int
    timestamps: list[tuple[int, int]] | None = Field(default=None, description="Per utterance of a voice")
    words: list[WordTime] | None = None
    marks: list[MarkTime] | None = None
    genre: str | None = None
    bpm: int | None = Field(default=None, description="As composed")
    key: str | None = Field(default=None, description="As composed")
    seed: int | None = None
    stems: dict[str, str] | None = None
    midi_url: str | None = None
    kind: str | None = None


class LayersAnswer(RenderAnswer):
    components: dict[str, LayerComponent] = Field(description="By the layers' ids")
