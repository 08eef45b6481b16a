"""Presets of levels: how loud background and music stand under a voice, and how they step back.

Chosen by measuring (docs/decisions/0007-levels.md): ``python -m meters.presets`` prints the table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from mixdown_kernel import Ducking

Preset = Literal["voice_first", "balanced", "bed_first"]


@dataclass(frozen=True, slots=True)
class Levels:
    """Volumes are percent of amplitude, used where a request names none; None does not duck."""

    background: float
    music: float
    background_ducking: Ducking | None
    music_ducking: Ducking | None


PRESETS: Mapping[Preset, Levels] = MappingProxyType(
    {
        "voice_first": Levels(
            background=14,
            music=18,
            background_ducking=Ducking(depth_db=-6, attack_ms=100, release_ms=700),
            music_ducking=Ducking(depth_db=-12, attack_ms=80, release_ms=600),
        ),
        "balanced": Levels(
            background=20,
            music=25,
            background_ducking=None,
            music_ducking=Ducking(depth_db=-9, attack_ms=60, release_ms=450),
        ),
        "bed_first": Levels(
            background=35,
            music=45,
            background_ducking=Ducking(depth_db=-4, attack_ms=100, release_ms=900),
            music_ducking=Ducking(depth_db=-9, attack_ms=60, release_ms=450),
        ),
    }
)
"""``balanced`` are the defaults."""


def levels(preset: Preset | None) -> Levels:
    """The levels of a preset; those of ``balanced`` where none is asked for."""
    return PRESETS[preset or "balanced"]
