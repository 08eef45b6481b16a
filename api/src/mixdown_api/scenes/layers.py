"""Voices, backgrounds and music as a request words them, and the layers that they become.

Shared by every surface that takes them. Source of fields and ranges: contracts/audio-layers.md.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, JsonValue

from mixdown_api.scenes.wire import Percent, WireModel
from mixdown_kernel import Ducking, SourceLayer, invalid
from mixdown_kernel.requests import Seed

AmbientKind = Literal[
    "rain", "cafe", "city", "white_noise", "pink_noise", "brown_noise", "wind", "ocean", "fireplace"
]
BackgroundType = AmbientKind | Literal["custom"]
Genre = Literal["lofi", "orchestral", "ambient", "electronic", "jazz"]
BED_FADE_IN_MS = 250
BED_FADE_OUT_MS = 600
MUSIC_FADE_OUT_MS = 1200
MAX_FADE_MS = 600_000
Fade = Annotated[int, Field(ge=0, le=MAX_FADE_MS)]


class Duck(WireModel):
    """How a layer steps back while a voice speaks."""

    depth_db: float = Field(default=-9.0, ge=-60, le=0)
    attack_ms: float = Field(default=60.0, ge=1, le=2000)
    release_ms: float = Field(default=450.0, ge=1, le=10_000)


def ducking(duck: bool | Duck) -> Ducking | None:
    """As the kernel has it; true means its defaults."""
    if isinstance(duck, Duck):
        return Ducking(**duck.model_dump())
    return Ducking() if duck else None


def _without_assets(parameters: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """Recordings are named by their content, and whoever guesses a name must not hear what is another's."""
    if "asset:" in json.dumps(parameters):
        raise ValueError("parameters name no recordings that are kept here")
    return parameters


class Reference(WireModel):
    """A recording of somebody who shall be the voice."""

    audio_url: str = Field(
        min_length=1,
        max_length=4096,
        description="10 to 30 seconds of one speaker; a render's URL is one, too",
    )
    text: str = Field(default="", max_length=2000, description="What is said in it, word for word")


class Reading(WireModel):
    """How a text is to be read; a base of the requests that have one."""

    language: str | None = Field(default=None, max_length=35, description="BCP 47")
    speed: float = Field(default=1.0, ge=0.25, le=4.0, description="The pitch stays")
    instructions: str | None = Field(default=None, max_length=4096)
    normalize: dict[str, bool] = Field(
        default_factory=dict, max_length=64, description="Rules of normalisation by name, on or off"
    )
    lexicon: dict[str, str] = Field(
        default_factory=dict,
        max_length=1000,
        description="How words are said: IPA between slashes, or other words",
        examples=[{"gif": "/dʒɪf/", "Siobhan": "shi vawn"}],
    )
    parameters: Annotated[dict[str, JsonValue], AfterValidator(_without_assets)] = Field(
        default_factory=dict,
        max_length=32,
        description="What only this voice's backend knows, by its documentation",
    )
    reference: Reference | None = Field(default=None, description="Speak as in this recording; beats `voice`")


def reading_members(reading: Reading) -> dict[str, Any]:
    """What a voice layer takes of them by the same names: all but the recording of another voice."""
    return {name: getattr(reading, name) for name in Reading.model_fields if name != "reference"}


class Background(WireModel):
    """A bed of ambience under the voice."""

    type: BackgroundType = "rain"
    volume: Percent = Field(default=20, description="Percent of full amplitude")
    loop: bool = Field(default=True, description="Repeat the bed for as long as the scene lasts")
    custom_audio_url: str = Field(
        default="", max_length=4096, description="A loop of your own; overrides the type"
    )
    intensity: Percent = Field(default=50, description="How much is going on: drizzle or downpour")
    distance: Percent | None = Field(default=None, description="From next to it to far away")
    brightness: Percent | None = Field(default=None, description="From dull to bright")
    seed: Seed = 0
    duck: bool | Duck = Field(default=False, description="Step back while the voice speaks")
    fade_in: Fade = BED_FADE_IN_MS
    fade_out: Fade = BED_FADE_OUT_MS
    parameters: dict[str, JsonValue] = Field(default_factory=dict)

    @property
    def is_custom(self) -> bool:
        return bool(self.custom_audio_url.strip())


class Music(WireModel):
    """Music under the voice, composed to the length of the scene."""

    genre: Genre = "lofi"
    bpm: int | None = Field(default=None, ge=60, le=200, description="Beats per minute; by genre if left out")
    intensity: Percent = 50
    key: str | None = Field(default=None, max_length=16, description="`C_minor`, `F#m`, `Bb major`")
    volume: Percent = 25
    seed: Seed | None = None
    duck: bool | Duck = Field(default=True, description="Step back while the voice speaks")
    fade_in: Fade = 0
    fade_out: Fade = MUSIC_FADE_OUT_MS
    stems: bool = Field(default=False, description="Also each instrument group apart")
    midi: bool = Field(default=False, description="Also the notes, as a Standard MIDI File")


def beds(
    background: Background | None, music: Music | None, asset: str | None, *, stems: bool = False
) -> list[SourceLayer]:
    """What sounds under the voice. ``asset`` is a custom background's decoded audio: without it there is none yet."""
    layers = []
    if background is not None and (asset is not None or not background.is_custom):
        layers.append(background_layer(background, asset))
    if music is not None:
        layers.append(music_layer(music, stems=stems))
    return layers


def background_layer(background: Background, asset: str | None) -> SourceLayer:
    """The bed as a layer."""
    if background.type == "custom" and asset is None:
        raise invalid(
            "missing_custom_audio_url",
            "A custom background needs custom_audio_url.",
            field="background.custom_audio_url",
        )
    kind: dict[str, JsonValue] = {
        "kind": background.type,
        "seed": background.seed,
        "parameters": background.parameters,
    }
    shares = {name: getattr(background, name) for name in ("intensity", "distance", "brightness")}
    kind |= {name: percent / 100 for name, percent in shares.items() if percent is not None}
    return SourceLayer(
        id="background",
        role="clip" if asset else "ambient",
        request={"asset": asset} if asset else kind,
        loop=background.loop,
        volume=background.volume / 100,
        fade_in_ms=background.fade_in,
        fade_out_ms=background.fade_out,
        duck=ducking(background.duck),
    )


def music_layer(music: Music, *, stems: bool = False) -> SourceLayer:
    request: dict[str, JsonValue] = {"genre": music.genre, "intensity": music.intensity / 100, "stems": stems}
    request |= {name: value for name in ("bpm", "key", "seed") if (value := getattr(music, name)) is not None}
    return SourceLayer(
        id="music",
        role="music",
        request=request,
        volume=music.volume / 100,
        fade_in_ms=music.fade_in,
        fade_out_ms=music.fade_out,
        duck=ducking(music.duck),
    )
