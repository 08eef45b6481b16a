"""A mixing desk: what a part passes on its way to the mix, and what all pass together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from mixdown_music.equaliser import Band
from mixdown_music.reverb import Room
from mixdown_music.synth import Instrument

Stem = Literal["drums", "bass", "harmony", "melody", "texture"]


@dataclass(frozen=True, slots=True)
class Tremolo:
    """Loudness that comes and goes ``rate`` times a second by ``depth``; ``across`` the stage, or on both sides."""

    rate: float
    depth: float
    across: bool = True


@dataclass(frozen=True, slots=True)
class Part:
    """Who plays, and where in the mix.

    Attributes:
        level: in dB.
        pan: -1 to 1, at constant power.
        send: the linear share sent to the reverb.
        width: of an instrument on two channels; 1 as it is, 0 mono.
        duck: dB by which a kick of the drums pushes it back.
        drive: dB of gain into soft saturation, which gives them back; 0 for none.
        eq: what its tone is filtered by.
    """

    stem: Stem
    instrument: Instrument
    level: float = 0.0
    pan: float = 0.0
    send: float = 0.15
    width: float = 1.0
    duck: float = 0.0
    drive: float = 0.0
    eq: tuple[Band, ...] = ()
    tremolo: Tremolo | None = None


@dataclass(frozen=True, kw_only=True)
class Glue:
    """The compressor on the sum: dB, ratio, and the shares of the way to its target that its gain goes in 10 ms."""

    threshold: float = -19.0
    ratio: float = 2.0
    attack: float = 0.35
    release: float = 0.06


@dataclass(frozen=True, kw_only=True)
class Desk:
    """The parts of a genre by the names that a score gives its notes, and what they pass together.

    Attributes:
        tape: wobble and a soft top. record: the surface noise of an old record.
        pump: seconds in which ducked parts come back.
        trim: dB that bring the genre to the composer's common loudness (measured).
    """

    parts: Mapping[str, Part]
    room: Room
    glue: Glue = Glue()
    tape: bool = False
    record: bool = False
    pump: float = 0.22
    trim: float = 0.0

    @property
    def stems(self) -> tuple[Stem, ...]:
        names: list[Stem] = [part.stem for part in self.parts.values()]
        if self.record:
            names.append("texture")
        order: tuple[Stem, ...] = ("drums", "bass", "harmony", "melody", "texture")
        return tuple(stem for stem in order if stem in names)
