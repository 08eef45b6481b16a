"""Plucked strings. A Karplus-Strong loop (1983) is a comb of damped sines; here they are written down one by one,
which tunes them exactly and lets a body colour them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from mixdown_music.synth.envelope import rise
from mixdown_music.synth.instrument import Instrument, Sound, Tone
from mixdown_music.synth.noise import burst
from mixdown_music.synth.partials import TOP, ring, shape


@dataclass(frozen=True, kw_only=True)
class Pluck:
    """A string, a finger and a body.

    Attributes:
        life: seconds to 1/e of the fundamental at pitches 40 and 84.
        damping: how much sooner high partials die (the loop's low-pass).
        stiffness: of the string, at pitch 52; it stretches the partials.
        place: where it is plucked, as a share of its length.
        soft, hard: Hz above which a soft and a hard finger leave the partials weak.
        body: the response of wood or amplifier through (Hz, dB) points.
        thump: Hz and level of the body's own knock.
        scrape: level of the finger's noise.
        slope: how partials weaken, as a power of their number.
    """

    life: tuple[float, float]
    damping: float
    stiffness: float = 0.00004
    place: float = 0.21
    soft: float = 600.0
    hard: float = 3200.0
    body: tuple[tuple[float, float], ...] = ((20, 0), (20_000, 0))
    thump: tuple[tuple[float, float], ...] = ()
    scrape: float = 0.02
    slope: float = 1.0
    attack: float = 0.0012


def _plucked(tone: Tone, *, string: Pluck) -> Sound:
    f, v = tone.hertz, tone.velocity
    k = np.arange(1, min(int(TOP / f), 60) + 1)
    hertz = k * f * np.sqrt(1 + string.stiffness * 2 ** ((tone.pitch - 52) / 18) * k * k)
    finger = string.soft * (string.hard / string.soft) ** v + f
    level = (np.abs(np.sin(np.pi * k * string.place)) + 0.03) / k**string.slope
    level = level / (1 + (hertz / finger) ** 2) * shape(hertz, string.body)
    level *= 0.62 / (np.sqrt(np.sum(level**2)) + 1e-9)
    life = tone.across(*string.life, of=(40, 84)) / (
        1 + string.damping * (hertz / 1000) ** 1.3 + 0.02 * (k - 1)
    )
    random = tone.random(1)
    # The string swings across the top and along it: the one is louder and dies sooner.
    split = random.uniform(0.05, 0.25, len(k)) * (1 + k / 6)
    strings = ring(
        tone.frames,
        np.concatenate([hertz, hertz + split]),
        np.concatenate([0.75 * level, 0.33 * level]),
        np.concatenate([0.7 * life, 1.6 * life]),
        np.concatenate([0.12 * k, 0.12 * k + 0.3]),
    )
    return rise(strings + _knock(tone, string), string.attack)


def _knock(tone: Tone, string: Pluck) -> Sound:
    """What the finger and the wood add before the tone is there."""
    scrape = burst(tone.frames, tone.random(2), 0.007, 900, 2500 + 5000 * tone.velocity, order=1)
    knock = np.float32(string.scrape * (0.3 + tone.velocity)) * scrape
    if string.thump:
        hertz, level = (np.array(column) for column in zip(*string.thump, strict=True))
        knock = knock + ring(tone.frames, hertz, level * (0.4 + 0.6 * tone.velocity), 9 / hertz)[0]
    return knock[None, :]


_GUITAR_BODY = (
    (20, -20),
    (80, -4),
    (105, 3),
    (150, 0),
    (210, 3),
    (300, -1),
    (420, 2),
    (1000, 0),
    (3000, -3),
    (9000, -14),
)
_HOLLOW = ((20, -10), (90, 0), (180, 2), (600, 0), (1500, 1), (2600, -2), (4000, -12), (9000, -30))
_VIOLIN_BODY = (
    (20, -30),
    (180, -9),
    (270, 2),
    (450, 3),
    (700, -2),
    (1100, 0),
    (2500, 2),
    (5000, -8),
    (12_000, -24),
)
_DOUBLE_BASS = (
    (20, -14),
    (38, -4),
    (62, 2),
    (100, 3),
    (170, 0),
    (320, 1),
    (700, -2),
    (1400, -5),
    (3000, -12),
    (8000, -28),
)
_BASS_AMP = (
    (20, -10),
    (45, 0),
    (90, 2),
    (250, 0),
    (700, -2),
    (1400, 0),
    (2600, -6),
    (5000, -24),
    (10_000, -40),
)


def _string(name: str, release: float, string: Pluck) -> Instrument:
    return Instrument(name, partial(_plucked, string=string), release=release)


GUITAR = _string(
    "guitar",
    0.22,
    Pluck(
        life=(1.9, 0.55), damping=0.9, body=_GUITAR_BODY, soft=500, hard=2600, thump=((104, 0.1), (208, 0.08))
    ),
)
STEEL_GUITAR = _string(
    "steel_guitar",
    0.25,
    Pluck(
        life=(3.2, 1.0),
        damping=0.35,
        stiffness=0.00008,
        place=0.14,
        body=_GUITAR_BODY,
        soft=1200,
        hard=6500,
        thump=((98, 0.05), (195, 0.05)),
        scrape=0.035,
    ),
)
JAZZ_GUITAR = _string(
    "jazz_guitar",
    0.18,
    Pluck(life=(2.4, 0.8), damping=0.55, place=0.3, body=_HOLLOW, soft=700, hard=2600, scrape=0.012),
)
HARP = _string(
    "harp",
    1.6,
    Pluck(
        life=(2.8, 0.6), damping=0.7, place=0.42, body=_GUITAR_BODY, soft=500, hard=3000, thump=((160, 0.05),)
    ),
)
PIZZICATO = _string(
    "pizzicato",
    0.4,
    Pluck(
        life=(0.42, 0.16),
        damping=0.5,
        place=0.25,
        body=_VIOLIN_BODY,
        soft=700,
        hard=3400,
        thump=((280, 0.12), (460, 0.08)),
    ),
)
UPRIGHT_BASS = _string(
    "upright_bass",
    0.12,
    Pluck(
        life=(1.0, 0.4),
        damping=1.6,
        place=0.27,
        body=_DOUBLE_BASS,
        soft=420,
        hard=1900,
        thump=((62, 0.16), (105, 0.16), (190, 0.05)),
        scrape=0.05,
        slope=0.8,
        attack=0.003,
    ),
)
FINGER_BASS = _string(
    "finger_bass",
    0.09,
    Pluck(
        life=(1.8, 0.8),
        damping=1.0,
        place=0.24,
        body=_BASS_AMP,
        soft=350,
        hard=1700,
        thump=((80, 0.06),),
        scrape=0.03,
        slope=1.0,
        attack=0.003,
    ),
)
