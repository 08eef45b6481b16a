"""Presets: what a request of some kind usually wants, as defaults for all that it leaves out.

Data in the words of a request. A preset is filled in before anything is checked, so that what it says is checked, planned,
signed and kept like anything that was asked for; whatever the request says itself wins.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from pydantic import Field, model_validator

from mixdown_api.scenes.levels import PRESETS as LEVELS
from mixdown_api.scenes.levels import Levels
from mixdown_api.scenes.levels import Preset as LevelsName
from mixdown_api.scenes.output import RenderBody
from mixdown_kernel import Ducking

PresetName = Literal["podcast", "audiobook", "meditation", "on_hold", "radio_spot"]
Members = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Preset:
    """Members for voices, background, music and output, in the words of a layer.

    A request that names no background or music of its own (`generate`) gets the preset's; an explicit null is none.
    Volumes and ducking are those of ``levels``.
    """

    description: str
    levels: LevelsName
    voice: Members = field(default_factory=dict)
    background: Members | None = None
    music: Members | None = None
    output: Members = field(default_factory=dict)


PRESETS: Mapping[PresetName, Preset] = MappingProxyType(
    {
        # Apple's specification for podcasts: -16 LUFS ± 1.
        "podcast": Preset(
            "A voice far in front of quiet music that outlasts it",
            levels="voice_first",
            music={"genre": "lofi", "intensity": 35, "fade_in": 800, "fade_out": 3000},
            output={"loudness": -16.0, "tail_ms": 2500},
        ),
        # ACX asks for -23 to -18 dB RMS and peaks below -3 dB: its louder end.
        "audiobook": Preset(
            "A narrator at an even pace, hardly any music",
            levels="voice_first",
            voice={"speed": 0.95},
            music={"genre": "ambient", "intensity": 20, "fade_in": 1500, "fade_out": 2500},
            output={"loudness": -18.0, "tail_ms": 2000},
        ),
        "meditation": Preset(
            "A slow voice by the sea, with room to breathe at the end",
            levels="balanced",
            voice={"speed": 0.85},
            background={"kind": "ocean", "intensity": 30, "fade_in": 3000, "fade_out": 6000},
            music={"genre": "ambient", "intensity": 15, "fade_in": 4000, "fade_out": 7000},
            output={"loudness": -20.0, "tail_ms": 8000},
        ),
        # A telephone has some 15 dB less range than a room: music in front, and little between loud and soft.
        "on_hold": Preset(
            "Music to wait by, with an announcement",
            levels="bed_first",
            music={"genre": "jazz", "intensity": 35, "fade_in": 1000, "fade_out": 2500},
            output={"loudness": -18.0, "tail_ms": 6000},
        ),
        # EBU R 128: -23 LUFS for whatever is broadcast; supplement s1 for spots of under 30 s.
        "radio_spot": Preset(
            "A brisk voice over driving music, at broadcast loudness",
            levels="balanced",
            voice={"speed": 1.08},
            music={"genre": "electronic", "intensity": 70, "fade_in": 0, "fade_out": 600},
            output={"loudness": -23.0, "tail_ms": 1500},
        ),
    }
)


class PresetBody(RenderBody):
    """Base of the requests that take presets."""

    preset: PresetName | None = Field(
        default=None, description="Defaults for what is left out: `GET /v1/audio/presets`"
    )
    levels: LevelsName | None = Field(
        default=None, description="How loud the beds are and how they step back, where no volume is named"
    )

    @model_validator(mode="before")
    @classmethod
    def _filled(cls, body: Any) -> Any:
        if not isinstance(body, Mapping):
            return body
        preset = _named(PRESETS, body.get("preset"))
        at = _named(LEVELS, body.get("levels"))
        if preset is not None and at is None and body.get("levels") is None:
            at = LEVELS[preset.levels]
        if preset is not None:
            body = filled(body, {"output": preset.output})
        return cls.with_defaults(body, preset, at)

    @classmethod
    def with_defaults(cls, body: Members, preset: Preset | None, at: Levels | None) -> Members:
        """The body, as JSON, with the preset's voice and beds, and the volumes of ``at``, where it has none."""
        raise NotImplementedError


def _named(table: Mapping[Any, Any], name: object) -> Any:
    """None for what is no name: validation says so."""
    return table.get(name) if isinstance(name, str) else None


def filled(members: Members, defaults: Members) -> dict[str, Any]:
    """``members``, and of ``defaults`` what they do not have; objects member by member."""
    whole = dict(members)
    for name, default in defaults.items():
        if name not in whole:
            whole[name] = dict(default) if isinstance(default, Mapping) else default
        elif isinstance(default, Mapping) and isinstance(whole[name], Mapping):
            whole[name] = filled(whole[name], default)
    return whole


def fitted(defaults: Members, duration_ms: object) -> Members:
    """The defaults with fades that leave a layer of this length a middle; as they are where it has none."""
    if not isinstance(duration_ms, int):
        return defaults
    shorter = {
        name: min(defaults[name], duration_ms // 2) for name in ("fade_in", "fade_out") if name in defaults
    }
    return {**defaults, **shorter}


def background_at(at: Levels | None) -> Members:
    """Volume and ducking of a background, as a request says them."""
    return {} if at is None else {"volume": at.background, "duck": _duck(at.background_ducking)}


def music_at(at: Levels | None) -> Members:
    return {} if at is None else {"volume": at.music, "duck": _duck(at.music_ducking)}


def _duck(ducking: Ducking | None) -> bool | dict[str, float]:
    return False if ducking is None else ducking.model_dump()


def members_of(preset: Preset) -> dict[str, Any]:
    """All that a preset fills in, for people to read."""
    at = LEVELS[preset.levels]
    beds = {
        "background": None if preset.background is None else {**preset.background, **background_at(at)},
        "music": None if preset.music is None else {**preset.music, **music_at(at)},
    }
    return {
        "voice": dict(preset.voice),
        **{name: members for name, members in beds.items() if members is not None},
        "output": dict(preset.output),
    }
