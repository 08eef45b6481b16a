"""Sections, choirs and pads by PADsynth (Nasca O. Paul, 2005): each partial is a bell of noise in the spectrum, as of
many players slightly apart, and one inverse FFT gives a loop without a seam.

Two loops make a tone: a dark one of players in unison, in which it begins, and a bright one with their vibrato, into
which it opens."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from mixdown_music.synth.envelope import approach, fall, rise
from mixdown_music.synth.instrument import RATE, Instrument, Sound, Tone
from mixdown_music.synth.noise import band, noise
from mixdown_music.synth.partials import TOP, shape

_LEVEL = 0.3
Curve = tuple[tuple[float, float], ...]


@dataclass(frozen=True, kw_only=True)
class Section:
    """Who plays together.

    Attributes:
        body: the response through (Hz, dB) points over partials that fall as 1/k.
        soft, hard: Hz above which soft and strong playing leaves partials weak; a tone begins at ``begin`` of that.
        cents: how far players are apart, before and with vibrato.
        attack: seconds, soft and strong. opening: seconds to the bright loop, ``onset`` seconds before it begins.
        decay: seconds to 1/e of a short bow, 0 for held tones.
        bow: level of the noise at the start. width: of the sides, against the middle.
        loop: its frames as a power of two.
    """

    body: Curve = ((20, 0), (20_000, 0))
    soft: float = 1500.0
    hard: float = 6000.0
    begin: float = 0.5
    cents: tuple[float, float] = (7.0, 12.0)
    attack: tuple[float, float] = (0.2, 0.08)
    opening: float = 0.5
    onset: float = 0.0
    decay: float = 0.0
    bow: float = 0.0
    width: float = 0.6
    slope: float = 1.0
    loop: int = 17
    seed: int = 0


@lru_cache(maxsize=12)
def _loop(pitch: int, hertz: float, cutoff: float, cents: float, section: Section) -> NDArray[np.float32]:
    """Two channels of root mean square ``_LEVEL``, alike below 120 Hz and ever less so above."""
    frames = 1 << section.loop
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence([pitch, section.seed, int(cents * 100)])))
    unit, spread = frames / RATE, 2 ** (cents / 1200) - 1
    middle_side = np.zeros((2, frames // 2 + 1), np.complex64)
    partials = np.arange(1, max(min(int(16_000 / hertz), 64), 1) + 1)
    levels = shape(partials * hertz, section.body) / partials**section.slope
    levels /= 1 + (partials * hertz / (cutoff + hertz)) ** 3
    for k, level in zip(partials.tolist(), levels.tolist(), strict=True):
        # Beyond the player's spread, partials widen less than in proportion or the top turns to hiss.
        sigma = max(spread * hertz * k**0.8 * unit, 0.6)
        centre = k * hertz * unit
        bins = np.arange(max(int(centre - 3.5 * sigma), 1), min(int(centre + 3.5 * sigma) + 2, int(TOP * unit)))
        bell = level * np.exp(-0.5 * ((bins - centre) / sigma) ** 2) / np.sqrt(sigma)
        turns = np.exp(2j * np.pi * rng.random((2, len(bins))))
        apart = np.array([1.0, section.width * min(max(k * hertz - 120, 0) / 300, 1.0)])
        middle_side[:, bins] += (bell * turns * apart[:, None]).astype(np.complex64)
    middle, side = fft.irfft(middle_side, frames, axis=1)
    loop = np.stack([middle + side, middle - side])
    return np.asarray(loop * (_LEVEL / np.sqrt(np.mean(loop**2))), np.float32)


def _played(tone: Tone, *, section: Section) -> Sound:
    v, frames = tone.velocity, tone.frames
    cutoff = section.soft * (section.hard / section.soft) ** v
    attack = section.attack[0] * (section.attack[1] / section.attack[0]) ** v
    dark = _long(_loop(tone.pitch, tone.hertz, section.begin * cutoff, section.cents[0], section), frames)
    bright = _long(_loop(tone.pitch, tone.hertz, cutoff, section.cents[1], section), frames)
    share = approach(frames, section.opening, section.onset) * np.float32(np.pi / 2)
    sound = np.cos(share) * dark + np.sin(share) * bright
    if section.decay:
        sound *= fall(frames, section.decay)
    sound *= 1 - fall(frames, attack / 3) * (1 - approach(frames, attack))
    if section.bow:
        sound += _bow(tone, section.bow * v, attack)
    return rise(sound, min(attack, 0.01))


def _long(loop: Sound, frames: int) -> Sound:
    return loop[:, :frames] if frames <= loop.shape[1] else np.tile(loop, (1, -(-frames // loop.shape[1])))[:, :frames]


def _bow(tone: Tone, level: float, attack: float) -> Sound:
    """Hair gripping strings, many of them, over the first moments."""
    grip = band(noise(tone.frames, tone.random(6)), 900, 5500, order=1)
    return (np.float32(level) * grip * fall(tone.frames, 0.6 * attack + 0.015))[None, :]


def _section(name: str, release: float, section: Section, *, layers: int = 3) -> Instrument:
    return Instrument(name, partial(_played, section=section), release=release, layers=layers)


_STRINGS: Curve = ((60, -3), (200, 0), (300, 2), (500, 2), (800, -1), (1500, 0), (2700, 3), (4500, -3), (9000, -14))
_CELLI: Curve = ((40, -2), (90, 2), (200, 3), (400, 0), (700, -2), (1500, -2), (2500, -3), (4000, -10), (9000, -26))
_BRASS: Curve = ((60, -2), (300, 1), (600, 2), (1100, 3), (2000, 0), (4000, -6), (9000, -18))
_AH: Curve = (
    (80, -4), (350, 0), (650, 3), (900, 1), (1150, 3), (1700, -12), (2400, -12), (2900, -4), (3600, -10), (6000, -26), (12_000, -46),
)  # fmt: skip
_AIR: Curve = ((100, -20), (400, -10), (900, -3), (2000, 0), (5000, -2), (12_000, -14))

STRINGS = _section(
    "strings",
    0.55,
    Section(body=_STRINGS, soft=1100, hard=5200, attack=(0.3, 0.09), opening=0.6, onset=0.05, bow=0.012, seed=3),
)
LOW_STRINGS = _section(
    "low_strings",
    0.5,
    Section(
        body=_CELLI, soft=700, hard=3000, attack=(0.28, 0.08), opening=0.6, onset=0.05, bow=0.012, width=0.4, seed=4
    ),
)
SPICCATO = _section(
    "spiccato",
    0.2,
    Section(
        body=_STRINGS,
        soft=1500,
        hard=6500,
        begin=0.9,
        attack=(0.016, 0.006),
        opening=0.05,
        decay=0.17,
        bow=0.05,
        cents=(7, 8),
        seed=5,
    ),
)
BRASS = _section(
    "brass",
    0.3,
    Section(
        body=_BRASS, soft=600, hard=4500, begin=0.35, cents=(4, 6), attack=(0.1, 0.04), opening=0.16, width=0.4, seed=6
    ),
)
CHOIR = _section(
    "choir",
    0.9,
    Section(
        body=_AH, soft=700, hard=4500, begin=0.6, cents=(10, 17), attack=(0.5, 0.22), opening=0.9, onset=0.1, slope=0.7, seed=7
    ),
)
WARM_PAD = _section(
    "warm_pad",
    2.2,
    Section(soft=350, hard=2200, begin=0.5, cents=(8, 11), attack=(1.8, 0.9), opening=3.0, loop=18, seed=1),
)
AIR_PAD = _section(
    "air_pad",
    2.6,
    Section(body=_AIR, soft=2500, hard=7000, begin=0.6, cents=(14, 20), attack=(2.4, 1.5), opening=4.0, loop=18, width=0.75, seed=2),
    layers=2,
)
SAW_PAD = _section(
    "saw_pad",
    0.35,
    Section(soft=900, hard=6500, begin=0.7, cents=(14, 18), attack=(0.1, 0.03), opening=0.8, width=0.7, seed=8),
)
