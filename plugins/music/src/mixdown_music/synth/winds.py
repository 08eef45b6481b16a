"""Wind instruments, one player each: harmonics under a formant curve that open with the breath, vibrato that sets in
late, a scoop into the note, and air."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from mixdown_music.synth.envelope import approach, fall, rise
from mixdown_music.synth.instrument import RATE, Instrument, Mono, Sound, Tone
from mixdown_music.synth.noise import band, burst, drift, noise
from mixdown_music.synth.partials import Array, corners, glide, shape, turning


@dataclass(frozen=True, kw_only=True)
class Wind:
    """A pipe and who blows it.

    Attributes:
        formants: the response through (Hz, dB) points, harmonics falling by ``slope`` dB an octave before it.
        even: the level of even harmonics (a closed cylinder has few below its break).
        soft, hard: Hz above which a soft and a strong breath leave harmonics weak.
        opening: how much later high harmonics speak, and how much sooner they go.
        attack: seconds to full, soft and strong.
        vibrato: cents, turns a second, seconds before it sets in.
        scoop: cents below the note at which it is entered.
        breath: level of the air in the sound, 0 where none is heard; ``chiff`` of that at the start alone.
    """

    formants: tuple[tuple[float, float], ...]
    slope: float = 3.0
    even: float = 1.0
    soft: float = 900.0
    hard: float = 5000.0
    opening: float = 0.25
    attack: tuple[float, float] = (0.09, 0.035)
    vibrato: tuple[float, float, float] = (14.0, 5.3, 0.3)
    scoop: float = 12.0
    breath: float = 0.01
    chiff: float = 0.03


def _blown(tone: Tone, *, wind: Wind) -> Sound:
    f, v = tone.hertz, tone.velocity
    attack = wind.attack[0] * (wind.attack[1] / wind.attack[0]) ** v
    k = np.arange(1, max(min(int(16_000 / f), 40), 1) + 1)
    level = shape(k * f, wind.formants) * 10 ** (-wind.slope * np.log2(k) / 20)
    level = level / (1 + (k * f / (wind.soft * (wind.hard / wind.soft) ** v + 0.5 * f)) ** 3)
    level = np.where(k % 2 == 0, level * wind.even, level)
    level *= 0.5 / np.sqrt(np.sum(level**2))
    turns = turning(tone.frames, f, _bend(tone, wind, attack))
    body = glide(turns, _breath(tone, wind, attack, len(k)) * level, hertz=f * 1.02)
    return rise(body + _air(tone, wind, attack), 0.004)[None, :]


def _bend(tone: Tone, wind: Wind, attack: float) -> Mono:
    """Cents by which the pitch is off: the scoop, the vibrato, and a hand's breadth of unrest."""
    depth, rate, onset = wind.vibrato
    random = tone.random(9)
    t = np.arange(tone.frames, dtype=np.float32) / np.float32(RATE)
    vibrato = (
        depth * approach(tone.frames, 0.5, onset) * np.sin(2 * np.pi * rate * t + random.uniform(0, 6.28))
    )
    unrest = 1.6 * drift(tone.frames, random, 2.5)
    return np.asarray(vibrato + unrest - wind.scoop * fall(tone.frames, attack), np.float32)


def _breath(tone: Tone, wind: Wind, attack: float, harmonics: int) -> Array:
    """The gain of each harmonic at each corner."""
    t = corners(tone.frames)
    random = tone.random(10)
    swell = np.sin(0.5 * np.pi * np.minimum(t / attack, 1))
    settle = 0.88 + 0.12 * np.exp(-np.maximum(t - attack, 0) / 0.18)
    shimmer = 1 + 0.03 * np.interp(
        t, np.linspace(0, t[-1] + 0.1, int(8 * t[-1]) + 4), random.standard_normal(int(8 * t[-1]) + 4)
    )
    pressure = swell * settle * shimmer
    depth, rate, onset = wind.vibrato
    pressure *= 1 + 0.006 * depth * np.clip((t - onset) / 0.5, 0, 1) * np.sin(2 * np.pi * rate * t)
    power = 1 + wind.opening * np.minimum(np.arange(harmonics), 14)
    return np.asarray(np.power(np.maximum(pressure, 1e-6)[:, None], power), np.float64)


def _air(tone: Tone, wind: Wind, attack: float) -> Mono:
    low = float(np.clip(1.2 * tone.hertz, 300, 4000))
    chiff = burst(tone.frames, tone.random(13), 0.035, low, low * 3.2, order=1)
    start = np.float32(wind.chiff * tone.velocity) * chiff
    if not wind.breath:
        return np.asarray(start, np.float32)
    hiss = band(noise(tone.frames, tone.random(11)), low, low * 3.2, order=1)
    return np.asarray(start + np.float32(wind.breath) * approach(tone.frames, attack) * hiss, np.float32)


def _wind(name: str, release: float, wind: Wind) -> Instrument:
    return Instrument(name, partial(_blown, wind=wind), release=release, layers=4)


FLUTE = _wind(
    "flute",
    0.14,
    Wind(
        formants=((200, 0), (900, 0), (2000, -9), (4000, -20), (8000, -36)),
        slope=5.0,
        soft=1100,
        hard=4200,
        attack=(0.08, 0.04),
        vibrato=(11, 5.1, 0.25),
        breath=0.028,
        chiff=0.09,
    ),
)
CLARINET = _wind(
    "clarinet",
    0.1,
    Wind(
        formants=((150, 0), (1200, 0), (1900, 2), (3500, -8), (8000, -26)),
        slope=4.0,
        even=0.16,
        soft=800,
        hard=4800,
        attack=(0.06, 0.03),
        vibrato=(3, 5.0, 0.5),
        scoop=5,
        breath=0.0,
        chiff=0.02,
    ),
)
OBOE = _wind(
    "oboe",
    0.1,
    Wind(
        formants=((200, -8), (500, -4), (1100, 4), (1700, -3), (2900, 1), (4500, -12), (9000, -30)),
        slope=1.0,
        soft=2200,
        hard=6500,
        attack=(0.05, 0.025),
        vibrato=(12, 5.4, 0.3),
        scoop=5,
        breath=0.0,
        chiff=0.02,
    ),
)
SAXOPHONE = _wind(
    "saxophone",
    0.12,
    Wind(
        formants=((120, -2), (500, 3), (900, 0), (1300, 2), (2400, -3), (3200, 0), (5000, -10), (9000, -24)),
        slope=3.0,
        soft=900,
        hard=5200,
        attack=(0.07, 0.025),
        vibrato=(18, 4.9, 0.35),
        scoop=35,
        breath=0.02,
        chiff=0.06,
    ),
)
TRUMPET = _wind(
    "trumpet",
    0.1,
    Wind(
        formants=((200, -3), (800, 0), (1300, 4), (2200, 1), (4000, -6), (9000, -22)),
        slope=1.5,
        soft=900,
        hard=6500,
        opening=0.3,
        attack=(0.07, 0.03),
        vibrato=(8, 5.2, 0.4),
        scoop=18,
        breath=0.0,
        chiff=0.015,
    ),
)
MUTED_TRUMPET = _wind(
    "muted_trumpet",
    0.1,
    Wind(
        formants=((200, -16), (700, -10), (1500, 2), (2300, 3), (3500, -4), (6000, -9), (10_000, -26)),
        slope=0.5,
        soft=1800,
        hard=6000,
        attack=(0.05, 0.025),
        vibrato=(13, 5.3, 0.3),
        scoop=22,
        breath=0.012,
        chiff=0.02,
    ),
)
HORN = _wind(
    "horn",
    0.22,
    Wind(
        formants=((80, 0), (350, 3), (600, 0), (1200, -6), (2500, -12), (6000, -28)),
        slope=2.5,
        soft=500,
        hard=2600,
        opening=0.3,
        attack=(0.1, 0.045),
        vibrato=(3, 4.8, 0.6),
        scoop=15,
        breath=0.0,
        chiff=0.012,
    ),
)
