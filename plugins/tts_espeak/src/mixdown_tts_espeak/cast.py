"""Voices with a face: English variants that people ask for by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

DEFAULT_VOICE = "en-us"
FEMALE_VARIANT = "f2"


@dataclass(frozen=True, slots=True)
class Member:
    id: str
    gender: Literal["female", "male", "neutral"]
    aliases: tuple[str, ...]
    tags: tuple[str, ...] = ()


CAST = (Member("en-us", "male", ("en_us_001", "custom")),)
