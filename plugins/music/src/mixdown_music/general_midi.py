"""Our instruments as those of General MIDI (level 1), for files and sound fonts. Programs count from 0."""

from __future__ import annotations

from collections.abc import Mapping

from mixdown_music.desks import Part

PROGRAMS: Mapping[str, int] = {
    "acid_bass": 38,
    "air_pad": 97,
    "bell": 14,
    "brass": 61,
    "celesta": 8,
    "choir": 52,
    "clarinet": 71,
    "electric_piano": 4,
    "felt_piano": 0,
    "finger_bass": 33,
    "flute": 73,
    "glockenspiel": 9,
    "guitar": 24,
    "harp": 46,
    "horn": 60,
    "jazz_guitar": 26,
    "kalimba": 108,
    "low_strings": 48,
    "marimba": 12,
    "muted_trumpet": 59,
    "oboe": 68,
    "piano": 0,
    "pizzicato": 45,
    "pluck": 87,
    "riser": 97,
    "saw_lead": 81,
    "saw_pad": 90,
    "saxophone": 66,
    "soft_bass": 33,
    "spiccato": 48,
    "square_lead": 80,
    "steel_guitar": 25,
    "strings": 48,
    "sub_bass": 39,
    "supersaw": 81,
    "synth_bass": 38,
    "timpani": 47,
    "trumpet": 56,
    "upright_bass": 32,
    "vibraphone": 11,
    "warm_pad": 89,
}
KITS: Mapping[str, int] = {
    "boom_kit": 25,
    "concert_percussion": 48,
    "dusty_kit": 0,
    "jazz_kit": 32,
    "machine_kit": 24,
}
"""Programs of the drum channel, as in Roland's GS: standard 0, electronic 24, 808 25, jazz 32, orchestra 48."""


def program(part: Part) -> int:
    """The program that comes nearest to a part's instrument; of a drum kit its program on channel 10."""
    return KITS[part.instrument.name] if is_percussion(part) else PROGRAMS[part.instrument.name]


def is_percussion(part: Part) -> bool:
    """Whether its pitches are keys of a drum kit (channel 10) and not notes."""
    return part.instrument.name in KITS
