"""The mixing desk of each genre: who plays what, where it stands in the mix, and in what room."""

from __future__ import annotations

from mixdown_music.desk import Desk, Glue, Part, Stem, Tremolo
from mixdown_music.equaliser import Band
from mixdown_music.reverb import Room
from mixdown_music.synth.analog import PLUCK, RISER, SAW_LEAD, SOFT_BASS, SUB_BASS, SUPERSAW, SYNTH_BASS
from mixdown_music.synth.ensemble import AIR_PAD, CHOIR, LOW_STRINGS, SAW_PAD, SPICCATO, STRINGS, WARM_PAD
from mixdown_music.synth.keys import ELECTRIC_PIANO, FELT_PIANO, PIANO
from mixdown_music.synth.kit import CONCERT_PERCUSSION, DUSTY_KIT, JAZZ_KIT, MACHINE_KIT, TIMPANI
from mixdown_music.synth.mallets import BELL, VIBRAPHONE
from mixdown_music.synth.plucked import GUITAR, HARP, PIZZICATO, UPRIGHT_BASS
from mixdown_music.synth.winds import CLARINET, FLUTE, HORN, OBOE, SAXOPHONE, TRUMPET

__all__ = ["AMBIENT", "ELECTRONIC", "JAZZ", "LOFI", "ORCHESTRAL", "Desk", "Part", "Stem"]

_LIVING_ROOM = Room(seconds=1.0, metres=7, air=0.35, early=0.4)
_CLUB = Room(seconds=0.9, metres=13, warmth=1.0, air=0.5, early=0.4)
_HALL = Room(seconds=2.3, metres=38, warmth=1.1, air=0.5, early=0.25)
_PLATE = Room(seconds=1.6, metres=8, warmth=0.8, air=0.7, early=0.12)
_CATHEDRAL = Room(seconds=3.9, metres=42, warmth=1.0, air=0.4, early=0.12, width=0.85)

_NO_RUMBLE = Band("low_cut", 110)
_ROUND = Band("high", 3500, -4)

LOFI = Desk(
    parts={
        "keys": Part(
            "harmony",
            ELECTRIC_PIANO,
            -9.7,
            send=0.2,
            drive=5,
            eq=(Band("low_cut", 140), Band("bell", 1600, 3, 0.8)),
            tremolo=Tremolo(4.3, 0.22),
        ),
        "guitar": Part("harmony", GUITAR, -4.1, pan=-0.35, send=0.25, eq=(_NO_RUMBLE, _ROUND)),
        "pad": Part("harmony", WARM_PAD, -15.3, send=0.3, duck=3),
        "bass": Part("bass", SOFT_BASS, -13.3, send=0.02),
        "drums": Part("drums", DUSTY_KIT, -4.5, send=0.08, drive=4, eq=(Band("high", 3500, -5),)),
        "tune": Part(
            "melody", VIBRAPHONE, -12.5, pan=0.22, send=0.35, tremolo=Tremolo(5.2, 0.16, across=False)
        ),
    },
    room=_LIVING_ROOM,
    glue=Glue(threshold=-20, ratio=2.5, attack=0.3, release=0.08),
    tape=True,
    record=True,
    trim=-1.0,
)

JAZZ = Desk(
    parts={
        "piano": Part("harmony", PIANO, -11.1, pan=-0.15, send=0.14, width=0.9, eq=(Band("low_cut", 90),)),
        "bass": Part("bass", UPRIGHT_BASS, -6.6, pan=0.05, send=0.06),
        "drums": Part("drums", JAZZ_KIT, -10.0, send=0.14),
        "tune": Part(
            "melody", VIBRAPHONE, -12.2, pan=0.25, send=0.2, tremolo=Tremolo(5.6, 0.2, across=False)
        ),
        "solo": Part("melody", SAXOPHONE, -9.0, pan=0.1, send=0.22, eq=(_NO_RUMBLE,)),
    },
    room=_CLUB,
    glue=Glue(threshold=-18, ratio=1.6, attack=0.25, release=0.05),
    trim=-1.4,
)

AMBIENT = Desk(
    parts={
        "pad": Part("harmony", WARM_PAD, -13.1, send=0.35),
        "drone": Part("harmony", WARM_PAD, -9.5, send=0.3),
        "choir": Part("harmony", CHOIR, -13.5, send=0.5),
        "keys": Part("harmony", FELT_PIANO, -6.0, pan=-0.1, send=0.45),
        "air": Part("texture", AIR_PAD, -17.0, send=0.5),
        "bells": Part("melody", BELL, -4.5, pan=0.15, send=0.7),
        "line": Part("melody", STRINGS, -11.8, pan=-0.2, send=0.6),
        "sub": Part("bass", SUB_BASS, -15.7, send=0.0),
    },
    room=_CATHEDRAL,
    glue=Glue(threshold=-20, ratio=1.6, attack=0.12, release=0.02),
    trim=-2.7,
)

ELECTRONIC = Desk(
    parts={
        "pad": Part("harmony", SAW_PAD, -13.9, send=0.2, duck=12),
        "arp": Part("harmony", PLUCK, -13.7, pan=-0.1, send=0.28, duck=5, eq=(Band("low_cut", 180),)),
        "stab": Part("harmony", SUPERSAW, -15.9, send=0.25, duck=9, eq=(Band("low_cut", 160),)),
        "riser": Part("texture", RISER, -6.1, send=0.4, duck=4),
        "bass": Part("bass", SYNTH_BASS, -11.5, send=0.0, duck=9),
        "drums": Part("drums", MACHINE_KIT, -8.8, send=0.04, drive=3),
        "lead": Part("melody", SAW_LEAD, -14.6, pan=0.08, send=0.3, duck=3, eq=(Band("low_cut", 180),)),
    },
    room=_PLATE,
    glue=Glue(threshold=-19, ratio=2.5, attack=0.5, release=0.12),
    trim=-2.4,
)

ORCHESTRAL = Desk(
    parts={
        "violins": Part("harmony", STRINGS, -10.2, pan=-0.4, send=0.35, width=0.8),
        "violas": Part("harmony", STRINGS, -10.9, pan=0.12, send=0.35, width=0.8),
        "celli": Part("harmony", LOW_STRINGS, -10.8, pan=0.22, send=0.35, width=0.7),
        "basses": Part("bass", LOW_STRINGS, -12.3, pan=0.1, send=0.25, width=0.4),
        "pizzicato": Part("harmony", PIZZICATO, -3.3, pan=0.2, send=0.35),
        "spiccato": Part("harmony", SPICCATO, -4.9, pan=-0.15, send=0.3),
        "harp": Part("harmony", HARP, -7.0, pan=-0.5, send=0.4),
        "choir": Part("harmony", CHOIR, -14.5, send=0.5),
        "flute": Part("melody", FLUTE, -13.9, pan=-0.15, send=0.4),
        "oboe": Part("melody", OBOE, -12.0, pan=0.1, send=0.4),
        "clarinet": Part("melody", CLARINET, -10.4, pan=0.2, send=0.4),
        "horns": Part("melody", HORN, -10.2, pan=-0.25, send=0.5),
        "trumpets": Part("melody", TRUMPET, -11.5, pan=0.25, send=0.4, eq=(_ROUND,)),
        "first_violins": Part("melody", STRINGS, -10.1, pan=-0.4, send=0.4, width=0.8),
        "timpani": Part("drums", TIMPANI, -13.5, pan=0.05, send=0.35),
        "cymbals": Part("drums", CONCERT_PERCUSSION, -14.2, send=0.35),
    },
    room=_HALL,
    glue=Glue(threshold=-17, ratio=1.5, attack=0.15, release=0.03),
    trim=-6.0,
)
