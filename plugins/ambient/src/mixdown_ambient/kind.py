"""What a kind of ambience is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mixdown_ambient.circle import Circle, Sound


@dataclass(frozen=True, slots=True)
class Scene:
    """What is asked of a kind; each from 0 to 1."""

    intensity: float
    distance: float
    brightness: float


@dataclass(frozen=True, slots=True)
class Space:
    """The room or the street around: how long it answers, and how much of the sound is its answer close by."""

    seconds: float
    wet: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """``make`` draws a scene on a circle, shape (2, frames), at any level. What every kind does alike with distance
    and brightness comes after it, in `finish`."""

    name: str
    make: Callable[[Circle, Scene], Sound]
    distance: float = 0.0
    """Its own, where none is asked for."""
    brightness: float = 0.5
    space: Space | None = None
    swing: float = 3.0
    """By how many dB full intensity is louder than none."""
