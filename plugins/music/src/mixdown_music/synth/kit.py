"""Drum kits. Pitches are General MIDI percussion keys; every kit has a sound for each of `KEYS`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from mixdown_music.synth import drums
from mixdown_music.synth.envelope import placed, rise
from mixdown_music.synth.instrument import Instrument, Mono, Sound, Tone
from mixdown_music.synth.noise import band, burst
from mixdown_music.synth.partials import ring

BASS_DRUM, KICK, RIM, SNARE, CLAP, BRUSH = 35, 36, 37, 38, 39, 40
HAT, PEDAL_HAT, OPEN_HAT, CRASH, RIDE, RIDE_BELL = 42, 44, 46, 49, 51, 53
TOM_LOW, TOM_MID, TOM_HIGH = 45, 47, 50
SHAKER, TAMBOURINE, COWBELL, SWELL, TRIANGLE = 70, 54, 56, 55, 81
ROLL, BRUSH_TAP = 25, 41

KEYS = (
    KICK, RIM, SNARE, CLAP, BRUSH, HAT, PEDAL_HAT, OPEN_HAT, CRASH, RIDE, RIDE_BELL,
    TOM_LOW, TOM_MID, TOM_HIGH, SHAKER, TAMBOURINE, COWBELL,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Piece:
    """A drum, where it stands (-1 to 1), and for how many seconds it sounds; 0 where it is played as long as its note."""

    drum: drums.Drum
    pan: float = 0.0
    seconds: float = 0.4


def _strike(tone: Tone, *, pieces: Mapping[int, Piece], worn: float) -> Sound:
    piece = pieces[tone.pitch]
    sound = piece.drum(tone)
    return placed(_dust(sound, worn) if worn else sound, piece.pan)


def _dust(sound: Mono, worn: float) -> Mono:
    """Sampled long ago, at twelve bits or so, off a record: pressed into saturation, the top gone."""
    pressed = np.tanh(np.float32(1 + 1.6 * worn) * sound) / np.float32(1 + 0.6 * worn)
    return band(np.asarray(pressed, np.float32), None, 11_000 - 5000 * worn)


def _kit(name: str, pieces: Mapping[int, Piece], *, worn: float = 0.0, takes: int = 1) -> Instrument:
    return Instrument(
        name,
        partial(_strike, pieces=pieces, worn=worn),
        release=0.06,
        struck={key: piece.seconds for key, piece in pieces.items() if piece.seconds},
        response=1.2,
        takes=takes,
        fitted=any(not piece.seconds for piece in pieces.values()),
    )


_HAND = {
    CLAP: Piece(drums.clap, 0.05, 0.3),
    SHAKER: Piece(drums.shaker, -0.35, 0.2),
    TAMBOURINE: Piece(drums.tambourine, 0.35, 0.3),
    COWBELL: Piece(drums.cowbell, 0.2, 0.4),
}
_RIDE = ((620.0, 0.05), (1480.0, 0.08), (2790.0, 0.1), (3910.0, 0.1), (5230.0, 0.08), (7400.0, 0.05))
_BELL = ((790.0, 0.22), (1530.0, 0.2), (2680.0, 0.24), (4010.0, 0.16), (5600.0, 0.1))
_ride = partial(drums.plate, low=380, life=0.5, level=0.25, wash=0.25, ping=_RIDE)
_ride_bell = partial(drums.plate, low=600, life=0.5, level=0.28, wash=0.12, ping=_BELL)
_crash = partial(drums.plate, low=320, life=0.75, level=0.42, wash=0.6, bloom=0.02, tilt=0.8)


def _toms(low: float) -> dict[int, Piece]:
    return {
        TOM_LOW: Piece(partial(drums.tom, hertz=low), 0.35, 0.9),
        TOM_MID: Piece(partial(drums.tom, hertz=1.32 * low), 0.05, 0.8),
        TOM_HIGH: Piece(partial(drums.tom, hertz=1.72 * low), -0.28, 0.7),
    }


DUSTY_KIT = _kit(
    "dusty_kit",
    {
        **_HAND,
        **_toms(88),
        KICK: Piece(
            partial(drums.kick, low=50, high=170, bend=0.022, life=0.13, click=0.22, skin=0.2, drive=1.8),
            0.0,
            0.5,
        ),
        SNARE: Piece(
            partial(drums.snare, hertz=182, heads=0.9, wires=0.95, life=0.085, low=900, top=8500), 0.04, 0.4
        ),
        RIM: Piece(drums.rim, 0.12, 0.15),
        BRUSH: Piece(drums.brush_sweep, -0.1, 0.4),
        BRUSH_TAP: Piece(drums.brush_tap, -0.05, 0.3),
        HAT: Piece(partial(drums.plate, low=2600, modes=120, life=0.035, level=0.3, wash=0.6), 0.24, 0.2),
        PEDAL_HAT: Piece(
            partial(drums.plate, low=1900, modes=120, life=0.03, level=0.3, wash=0.7), 0.24, 0.2
        ),
        OPEN_HAT: Piece(
            partial(drums.plate, low=2200, modes=160, life=0.22, level=0.34, wash=0.7), 0.24, 0.7
        ),
        RIDE: Piece(_ride, -0.3, 1.6),
        RIDE_BELL: Piece(_ride_bell, -0.3, 1.6),
        CRASH: Piece(_crash, -0.3, 2.0),
    },
    worn=0.7,
    takes=2,
)
JAZZ_KIT = _kit(
    "jazz_kit",
    {
        **_HAND,
        **_toms(104),
        KICK: Piece(
            partial(drums.kick, low=62, high=105, bend=0.03, life=0.16, click=0.06, skin=0.35, drive=1.0),
            0.0,
            0.6,
        ),
        SNARE: Piece(
            partial(drums.snare, hertz=212, heads=0.7, wires=0.75, life=0.12, low=1200, top=11_000),
            -0.08,
            0.5,
        ),
        RIM: Piece(partial(drums.rim, hertz=1480), -0.1, 0.2),
        BRUSH: Piece(drums.brush_sweep, -0.14, 0.4),
        BRUSH_TAP: Piece(drums.brush_tap, -0.06, 0.3),
        HAT: Piece(partial(drums.plate, low=1800, modes=140, life=0.05, level=0.34, wash=0.6), 0.34, 0.25),
        PEDAL_HAT: Piece(
            partial(drums.plate, low=1500, modes=140, life=0.04, level=0.34, wash=0.5), 0.34, 0.2
        ),
        OPEN_HAT: Piece(
            partial(drums.plate, low=1500, modes=180, life=0.32, level=0.36, wash=0.5), 0.34, 0.9
        ),
        RIDE: Piece(_ride, -0.32, 2.0),
        RIDE_BELL: Piece(_ride_bell, -0.32, 2.0),
        CRASH: Piece(_crash, 0.36, 2.4),
    },
    takes=3,
)
MACHINE_KIT = _kit(
    "machine_kit",
    {
        **_HAND,
        **_toms(82),
        KICK: Piece(
            partial(drums.kick, low=48, high=260, bend=0.026, life=0.19, click=0.4, drive=2.0), 0.0, 0.6
        ),
        CLAP: Piece(partial(drums.clap, low=850, top=7500), 0.0, 0.35),
        SNARE: Piece(
            partial(drums.snare, hertz=186, heads=0.9, wires=1.0, life=0.12, low=800, top=12_000), 0.0, 0.45
        ),
        RIM: Piece(partial(drums.rim, hertz=1750), 0.15, 0.15),
        BRUSH: Piece(drums.brush_sweep, -0.1, 0.4),
        HAT: Piece(partial(drums.machine_metal, low=7200, life=0.03, level=0.38), 0.2, 0.2),
        PEDAL_HAT: Piece(partial(drums.machine_metal, low=6500, life=0.02, level=0.4), 0.2, 0.15),
        OPEN_HAT: Piece(partial(drums.machine_metal, low=6500, life=0.17, level=0.36), 0.2, 0.6),
        RIDE: Piece(partial(drums.plate, low=900, life=0.4, level=0.4, wash=0.5, ping=_RIDE), -0.25, 1.2),
        RIDE_BELL: Piece(_ride_bell, -0.25, 1.2),
        CRASH: Piece(partial(drums.plate, low=420, life=0.7, level=0.62, wash=0.9, bloom=0.01), -0.2, 2.0),
    },
)
BOOM_KIT = _kit(
    "boom_kit",
    {
        **_HAND,
        **_toms(74),
        KICK: Piece(
            partial(drums.kick, low=44, high=130, bend=0.02, life=0.42, click=0.15, drive=1.3), 0.0, 1.4
        ),
        CLAP: Piece(partial(drums.clap, low=800, top=5200), 0.0, 0.35),
        SNARE: Piece(
            partial(drums.snare, hertz=178, heads=1.1, wires=0.6, life=0.09, low=1600, top=9500), 0.0, 0.35
        ),
        RIM: Piece(partial(drums.rim, hertz=1690), 0.15, 0.12),
        BRUSH: Piece(drums.brush_sweep, -0.1, 0.4),
        HAT: Piece(partial(drums.machine_metal, low=7800, life=0.022, level=0.4), 0.15, 0.15),
        PEDAL_HAT: Piece(partial(drums.machine_metal, low=7800, life=0.016, level=0.36), 0.15, 0.12),
        OPEN_HAT: Piece(partial(drums.machine_metal, low=7000, life=0.2, level=0.42), 0.15, 0.7),
        RIDE: Piece(partial(drums.machine_metal, low=5200, life=0.35, level=0.4), -0.2, 1.2),
        RIDE_BELL: Piece(drums.cowbell, -0.2, 0.4),
        CRASH: Piece(partial(drums.machine_metal, low=4200, life=0.7, level=0.5), -0.2, 2.0),
    },
)
CONCERT_PERCUSSION = _kit(
    "concert_percussion",
    {
        **_HAND,
        **_toms(78),
        BASS_DRUM: Piece(
            partial(drums.kick, low=38, high=60, bend=0.06, life=0.5, click=0.03, skin=0.3, drive=0.8),
            0.05,
            1.8,
        ),
        KICK: Piece(
            partial(drums.kick, low=42, high=70, bend=0.05, life=0.4, click=0.05, skin=0.3, drive=0.8),
            0.05,
            1.4,
        ),
        SNARE: Piece(
            partial(drums.snare, hertz=235, heads=0.6, wires=0.8, life=0.14, low=1400, top=12_000), -0.2, 0.5
        ),
        RIM: Piece(drums.rim, -0.2, 0.15),
        BRUSH: Piece(drums.brush_sweep, -0.1, 0.4),
        HAT: Piece(drums.tambourine, 0.2, 0.3),
        PEDAL_HAT: Piece(drums.tambourine, 0.2, 0.3),
        OPEN_HAT: Piece(drums.triangle, 0.3, 2.0),
        RIDE: Piece(_ride, -0.3, 2.0),
        RIDE_BELL: Piece(drums.triangle, 0.3, 2.4),
        TRIANGLE: Piece(drums.triangle, 0.3, 2.4),
        CRASH: Piece(
            partial(drums.plate, low=240, life=1.4, level=0.6, wash=0.5, bloom=0.03, tilt=0.9), -0.2, 4.0
        ),
        SWELL: Piece(drums.swell, -0.2, 0.0),
        ROLL: Piece(drums.roll, -0.2, 0.0),
    },
    takes=2,
)


def _timpani(tone: Tone) -> Sound:
    """A tuned kettle: the preferred modes at 1 : 1.5 : 1.98 : 2.44 : 2.9 over a dull principal that dies at once."""
    v, f = tone.velocity, tone.hertz
    ratio = np.array([0.85, 1.0, 1.5, 1.98, 2.44, 2.9, 3.4])
    level = np.array([0.3, 1.0, 0.6, 0.35, 0.25, 0.16, 0.1]) * (0.35 + 0.65 * v) ** np.maximum(ratio - 1, 0)
    skin = ring(tone.frames, f * ratio, 0.55 * level, np.array([0.12, 1.1, 0.8, 0.55, 0.4, 0.3, 0.2]))[0]
    mallet = burst(tone.frames, tone.random(1), 0.022, 70, 300 + 1500 * v)
    return placed(rise(skin + np.float32(0.6 * v) * mallet, 0.002), 0.0)


TIMPANI = Instrument(
    "timpani", _timpani, release=0.1, struck=dict.fromkeys(range(24, 84), 2.6), response=1.2, takes=2
)
