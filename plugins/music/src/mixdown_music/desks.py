"""The mixing desk of each genre: who plays what, where it stands in the mix, and in what room."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from mixdown_music.synth import Instrument
from mixdown_music.synth.analog import PLUCK, RISER, SAW_LEAD, SOFT_BASS, SUB_BASS, SUPERSAW, SYNTH_BASS
from mixdown_music.synth.ensemble import AIR_PAD, CHOIR, LOW_STRINGS, SAW_PAD, SPICCATO, STRINGS, WARM_PAD
from mixdown_music.synth.keys import ELECTRIC_PIANO, FELT_PIANO, PIANO
from mixdown_music.synth.kit import CONCERT_PERCUSSION, DUSTY_KIT, JAZZ_KIT, MACHINE_KIT, TIMPANI
from mixdown_music.synth.mallets import BELL, VIBRAPHONE
from mixdown_music.synth.plucked import GUITAR, HARP, PIZZICATO, UPRIGHT_BASS
from mixdown_music.synth.winds import CLARINET, FLUTE, HORN, OBOE, SAXOPHONE, TRUMPET

Stem = Literal["drums", "bass", "harmony", "melody", "texture"]


@dataclass(frozen=True, slots=True)
class Part:
    """Who plays, and where in the mix: level in dB, pan -1 to 1, ``send`` the linear share sent to the reverb."""

    stem: Stem
    instrument: Instrument
    level: float = 0.0
    pan: float = 0.0
    send: float = 0.15


@dataclass(frozen=True, kw_only=True)
class Desk:
    """The parts of a genre by the names that a score gives its notes, and what they pass together.

    Attributes:
        reverb: seconds to -60 dB. tape: wobble and a soft top. record: the surface noise of an old record.
        trim: dB that bring the genre to the composer's common loudness (measured).
    """

    parts: Mapping[str, Part]
    reverb: float = 1.2
    tape: bool = False
    record: bool = False
    trim: float = 0.0

    @property
    def stems(self) -> tuple[Stem, ...]:
        names: list[Stem] = [part.stem for part in self.parts.values()]
        if self.record:
            names.append("texture")
        order: tuple[Stem, ...] = ("drums", "bass", "harmony", "melody", "texture")
        return tuple(stem for stem in order if stem in names)


LOFI = Desk(
    parts={
        "keys": Part("harmony", ELECTRIC_PIANO, level=-11.0, send=0.2),
        "guitar": Part("harmony", GUITAR, level=-9.0, pan=-0.25, send=0.25),
        "pad": Part("harmony", WARM_PAD, level=-15.0, send=0.3),
        "bass": Part("bass", SOFT_BASS, level=-8.5, send=0.02),
        "drums": Part("drums", DUSTY_KIT, level=0.5, send=0.07),
        "tune": Part("melody", VIBRAPHONE, level=-7.5, pan=0.12, send=0.35),
    },
    trim=-5.0,
    reverb=1.1,
    tape=True,
    record=True,
)

JAZZ = Desk(
    parts={
        "piano": Part("harmony", PIANO, level=-7.5, pan=-0.12, send=0.12),
        "bass": Part("bass", UPRIGHT_BASS, level=-9.0, pan=0.05, send=0.04),
        "drums": Part("drums", JAZZ_KIT, level=0.5, send=0.12),
        "tune": Part("melody", VIBRAPHONE, level=-8.0, pan=0.18, send=0.2),
        "solo": Part("melody", SAXOPHONE, level=-7.0, pan=-0.12, send=0.14),
    },
    trim=-5.4,
    reverb=0.9,
)

AMBIENT = Desk(
    parts={
        "pad": Part("harmony", WARM_PAD, level=-8.0, send=0.35),
        "drone": Part("harmony", WARM_PAD, level=-10.0, send=0.3),
        "air": Part("texture", AIR_PAD, level=-12.5, send=0.5),
        "bells": Part("melody", BELL, level=-10.0, send=0.8),
        "line": Part("melody", STRINGS, level=-13.5, pan=-0.15, send=0.6),
        "sub": Part("bass", SUB_BASS, level=-14.0, send=0.0),
        "keys": Part("harmony", FELT_PIANO, level=-10.0, send=0.5),
        "choir": Part("harmony", CHOIR, level=-13.0, send=0.5),
    },
    trim=-4.4,
    reverb=3.2,
)

ELECTRONIC = Desk(
    parts={
        "pad": Part("harmony", SAW_PAD, level=-9.0, send=0.18),
        "arp": Part("harmony", PLUCK, level=-10.5, send=0.25),
        "stab": Part("harmony", SUPERSAW, level=-12.0, pan=-0.1, send=0.25),
        "riser": Part("texture", RISER, level=-14.0, send=0.4),
        "bass": Part("bass", SYNTH_BASS, level=-8.5, send=0.0),
        "drums": Part("drums", MACHINE_KIT, level=-5.5, send=0.04),
        "lead": Part("melody", SAW_LEAD, level=-5.5, pan=0.08, send=0.3),
    },
    trim=-5.0,
    reverb=1.6,
)

ORCHESTRAL = Desk(
    parts={
        "violins": Part("harmony", STRINGS, level=-12.0, pan=-0.3, send=0.35),
        "violas": Part("harmony", STRINGS, level=-12.0, pan=0.05, send=0.35),
        "celli": Part("harmony", LOW_STRINGS, level=-11.5, pan=0.25, send=0.35),
        "basses": Part("bass", LOW_STRINGS, level=-8.0, pan=0.3, send=0.25),
        "pizzicato": Part("harmony", PIZZICATO, level=-4.0, pan=0.2, send=0.35),
        "spiccato": Part("harmony", SPICCATO, level=-6.0, pan=0.15, send=0.3),
        "harp": Part("harmony", HARP, level=-7.0, pan=-0.4, send=0.4),
        "flute": Part("melody", FLUTE, level=-9.0, pan=-0.15, send=0.45),
        "oboe": Part("melody", OBOE, level=-9.0, pan=0.1, send=0.45),
        "clarinet": Part("melody", CLARINET, level=-9.5, pan=0.2, send=0.45),
        "horns": Part("melody", HORN, level=-8.0, pan=-0.2, send=0.45),
        "trumpets": Part("melody", TRUMPET, level=-9.0, pan=0.2, send=0.4),
        "first_violins": Part("melody", STRINGS, level=-10.0, pan=-0.35, send=0.4),
        "choir": Part("harmony", CHOIR, level=-13.0, send=0.45),
        "timpani": Part("drums", TIMPANI, level=-9.0, pan=0.12, send=0.35),
        "cymbals": Part("drums", CONCERT_PERCUSSION, level=-11.0, send=0.4),
    },
    trim=-3.1,
    reverb=2.2,
)
