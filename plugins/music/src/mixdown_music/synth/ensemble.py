"""Sections, choirs and pads by PADsynth (Nasca O. Paul, 2005): each partial is a bell of noise in the spectrum, as of
many players slightly apart, and one inverse FFT gives a loop without a seam.

Two loops make a tone: a dark one of players close to each other, in which it begins, and a bright one with their
vibrato, into which it opens."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from mixdown_music.synth.envelope import approach, fall, rise
from mixdown_music.synth.instrument import RATE, Instrument, Sound, Tone
from mixdown_music.synth.noise import burst
from mixdown_music.synth.partials import TOP, shape

_LEVEL = 0.3
Curve = tuple[tuple[float, float], ...]


@dataclass(frozen=True, kw_only=True)
class Section:
    """Who plays together.

    Attributes:
        body: the response through (Hz, dB) points over partials that fall as 1/k.
        soft, hard: Hz above which soft and strong playing leaves partials weak.
        begin: how far a tone has opened when it begins, 0 to 1.
        cents: how far players are apart, before and with vibrato.
        attack: seconds, soft and strong. opening: seconds to the bright loop, ``onset`` seconds before it begins.
        decay: seconds to 1/e of a short bow, 0 for held tones.
        bow: level of the noise at the start. width: of the sides, against the middle.
        slope: how partials weaken, as a power of their number.
        loop: frames after which a held tone comes round; who holds long has longer ones.
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
    loop: int = 90_000
    seed: int = 0


@lru_cache(maxsize=4)
def _strewn(size: int) -> NDArray[np.complex64]:
    """Chance for the middle and the side of any spectrum: (2, size) of random phases, twice over."""
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence([size, 0x9AD])))
    turns = np.exp(2j * np.pi * rng.random((2, size))).astype(np.complex64)
    return np.concatenate([turns, turns], axis=1)


@lru_cache(maxsize=24)
def _loops(pitch: int, section: Section) -> tuple[Sound, Sound]:
    """The dark loop, on one channel, and the bright one, on two alike below 120 Hz and ever less so above; the middle
    has a root mean square of ``_LEVEL``."""
    f = Tone(pitch, 1.0, 0).hertz
    # Loops of a chord's pitches differ in length, or they would come round together.
    frames = fft.next_fast_len(int(section.loop * (1 + 0.25 * (pitch * 0.618 % 1))), real=True)
    top = int(min(TOP, 17_000) * frames / RATE)
    hertz = np.arange(1, top + 1, dtype=np.float32) * np.float32(RATE / frames)
    partials = np.arange(1, max(min(int(16_000 / f), 64), 1) + 1)
    levels = shape(partials * f, section.body) / partials**section.slope
    size = 1 << 17
    offset = (pitch * 7919 + section.seed * 104_729) % size
    chance = _strewn(size)[:, offset : offset + top]
    apart = np.stack([np.ones_like(hertz), np.float32(section.width) * np.clip((hertz - 120) / 300, 0, 1)])
    loops = []
    for cents, cutoff, channels in zip(section.cents, (section.soft, section.hard), (1, 2), strict=True):
        bells = _bells(f * frames / RATE, levels, cents, top)
        ratio = hertz / np.float32(cutoff + f)
        bells /= 1 + ratio * ratio * ratio
        level = np.float32(_LEVEL * frames / np.sqrt(2) / np.linalg.norm(bells))
        spectrum = np.zeros((channels, frames // 2 + 1), np.complex64)
        spectrum[:, 1 : top + 1] = chance[:channels] * (bells * level * apart[:channels])
        loops.append(fft.irfft(spectrum, frames, axis=1))
    dark, (middle, side) = loops
    return dark, np.stack([middle + side, middle - side])


def _bells(first: float, levels: NDArray[np.float64], cents: float, top: int) -> NDArray[np.float32]:
    """The magnitude of each bin from 1 to ``top``, the first partial lying at bin ``first``."""
    magnitude = np.zeros(top + 1, np.float32)
    spread = 2 ** (cents / 1200) - 1
    for k, level in enumerate(levels.tolist(), 1):
        # Beyond the player's spread, partials widen less than in proportion or the top turns to hiss.
        sigma = max(spread * first * k**0.8, 0.6)
        low, high = max(int(k * first - 3.5 * sigma), 0), min(int(k * first + 3.5 * sigma) + 2, top + 1)
        if low >= high:
            break
        away = np.arange(low, high, dtype=np.float32) - np.float32(k * first)
        magnitude[low:high] += np.float32(level / sigma**0.5) * np.exp(
            away * away * np.float32(-0.5 / sigma**2)
        )
    return magnitude[1:]


def _played(tone: Tone, *, section: Section) -> Sound:
    v, frames = tone.velocity, tone.frames
    attack = section.attack[0] * (section.attack[1] / section.attack[0]) ** v
    dark, bright = _loops(tone.pitch, section)
    sound = _long(dark + np.float32(0.1 + 0.9 * v) * (bright - dark), frames)
    opening = min(int((section.onset + section.opening) * RATE), frames)
    closed = np.float32(1 - section.begin) * (1 - approach(opening, section.opening, section.onset))
    sound[:, :opening] += closed * (_long(dark, opening) - sound[:, :opening])
    if section.decay:
        sound *= fall(frames, section.decay)
    entry = min(int(attack * RATE), frames)
    sound[:, :entry] *= 1 - fall(entry, attack / 3) * (1 - approach(entry, attack))
    if section.bow:
        sound += _bow(tone, section.bow * v, attack)
    return rise(sound, min(attack, 0.01))


def _long(loop: Sound, frames: int) -> Sound:
    """As often as it takes, in memory of its own."""
    return np.tile(loop, (1, -(-frames // loop.shape[1])))[:, :frames]


def _bow(tone: Tone, level: float, attack: float) -> Sound:
    """Hair gripping strings, many of them, over the first moments."""
    return (np.float32(level) * burst(tone.frames, tone.random(6), 0.6 * attack + 0.015, 900, 5500, order=1))[
        None, :
    ]


def _section(name: str, release: float, section: Section, *, layers: int = 3) -> Instrument:
    return Instrument(name, partial(_played, section=section), release=release, layers=layers)


_STRINGS: Curve = (
    (60, -3),
    (200, 0),
    (300, 2),
    (500, 2),
    (800, -1),
    (1500, 0),
    (2700, 3),
    (4500, -3),
    (9000, -14),
)
_CELLI: Curve = (
    (40, -2),
    (90, 2),
    (200, 3),
    (400, 0),
    (700, -2),
    (1500, -2),
    (2500, -3),
    (4000, -10),
    (9000, -26),
)
_BRASS: Curve = ((60, -2), (300, 1), (600, 2), (1100, 3), (2000, 0), (4000, -6), (9000, -18))
_AH: Curve = (
    (80, -4), (350, 0), (650, 3), (900, 1), (1150, 3), (1700, -12), (2400, -12), (2900, -4), (3600, -10), (6000, -26), (12_000, -46),
)  # fmt: skip
_AIR: Curve = ((100, -20), (400, -10), (900, -3), (2000, 0), (5000, -2), (12_000, -14))

STRINGS = _section(
    "strings",
    0.55,
    Section(
        body=_STRINGS, soft=1100, hard=7500, attack=(0.3, 0.09), opening=0.6, onset=0.05, bow=0.012, seed=3
    ),
)
LOW_STRINGS = _section(
    "low_strings",
    0.5,
    Section(
        body=_CELLI,
        soft=700,
        hard=3000,
        attack=(0.28, 0.08),
        opening=0.6,
        onset=0.05,
        bow=0.012,
        width=0.4,
        seed=4,
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
        body=_BRASS,
        soft=600,
        hard=4500,
        begin=0.35,
        cents=(4, 6),
        attack=(0.1, 0.04),
        opening=0.16,
        width=0.4,
        seed=6,
    ),
)
CHOIR = _section(
    "choir",
    0.9,
    Section(
        body=_AH,
        soft=700,
        hard=4500,
        begin=0.6,
        cents=(10, 17),
        attack=(0.5, 0.22),
        opening=0.9,
        onset=0.1,
        slope=0.7,
        seed=7,
    ),
)
WARM_PAD = _section(
    "warm_pad",
    2.2,
    Section(
        soft=350, hard=2200, begin=0.5, cents=(8, 11), attack=(1.8, 0.9), opening=3.0, loop=210_000, seed=1
    ),
)
AIR_PAD = _section(
    "air_pad",
    2.6,
    Section(
        body=_AIR,
        soft=2500,
        hard=7000,
        begin=0.6,
        cents=(14, 20),
        attack=(2.4, 1.5),
        opening=4.0,
        loop=210_000,
        width=0.75,
        seed=2,
    ),
    layers=2,
)
SAW_PAD = _section(
    "saw_pad",
    0.35,
    Section(
        body=((40, -14), (150, 0), (20_000, 0)),
        soft=900,
        hard=6500,
        begin=0.7,
        cents=(14, 18),
        attack=(0.1, 0.03),
        opening=0.8,
        width=0.7,
        seed=8,
    ),
)
