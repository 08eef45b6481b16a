"""Keyboards: electric piano, piano, felt piano, celesta."""

from __future__ import annotations

from functools import partial

import numpy as np

from mixdown_music.synth.envelope import fall, mono, rise
from mixdown_music.synth.instrument import Instrument, Mono, Sound, Tone
from mixdown_music.synth.noise import burst
from mixdown_music.synth.partials import TOP, radians, ring, turning

_OFFSET = 0.32
"""How far the tine rests from the pickup's axis: what makes even harmonics."""


def _electric_piano(tone: Tone) -> Sound:
    """A tine before a pickup, after Pfeifle and Bader (2015): the tine swings nearly in a sine, the field it swings
    in is curved, so a hard stroke growls and clears up as it dies. A higher mode of the tine gives the bell."""
    frames, f, v = tone.frames, tone.hertz, tone.velocity
    life = tone.across(2.8, 0.7, of=(40, 90))
    swing = (0.22 + 1.15 * v**1.3) * tone.across(1.15, 0.35, of=(36, 92))
    phase = radians(turning(frames, f))
    amplitude = np.float32(swing) * (0.72 * fall(frames, life) + 0.28 * fall(frames, 0.3 * life))
    place = _OFFSET + amplitude * np.sin(phase)
    speed = amplitude * np.cos(phase)
    bell = 6.9 if f * 6.9 < 9_000 else 4.2
    chime = ring(frames, [f * bell, f * bell * 1.004], [0.11 * v, 0.05 * v], [0.16, 0.35])[0]
    voltage = _field(place) * speed / np.float32(_field(np.float32(_OFFSET)) * swing)
    body = voltage + np.float32(0.5 + v) * chime + _thump(tone, 0.09, 240.0)
    return mono(rise(np.float32(0.62) * body, 0.0025))


def _field(place: Mono | np.float32) -> Mono:
    """How the flux changes with the tine's place; a slope that bends both ways from the pickup's axis."""
    return np.asarray(1 / (1 + np.square(place)) ** np.float32(1.5), np.float32)


def _thump(tone: Tone, level: float, hertz: float) -> Mono:
    """The action: felt on metal or string, wood below."""
    knock = burst(tone.frames, tone.random(7), 0.014, 60, hertz * (0.6 + tone.velocity), order=1)
    return np.asarray(np.float32(level * (0.3 + tone.velocity)) * knock, np.float32)


def _piano(tone: Tone, *, felt: bool = False) -> Sound:
    """Stiff strings in pairs that beat and die at two speeds (Weinreich 1977), struck an eighth from the end by a
    hammer that is harder the faster it comes, before a soundboard."""
    f, v = tone.hertz, tone.velocity
    stiffness = tone.across(0.00012, 0.0035, of=(36, 96))
    k = np.arange(1, min(int(TOP / f), 44) + 1)
    hertz = k * f * np.sqrt(1 + stiffness * k * k)
    felt_top = (420 + 900 * v) if felt else (650 + 3800 * v**1.6)
    hammer = np.exp(-((hertz / (felt_top + 0.9 * f)) ** 0.85)) * (np.abs(np.sin(np.pi * k / 8.2)) + 0.06)
    board = 1 / (1 + (70 / hertz) ** 4)
    level = hammer * board
    life = tone.across(4.2, 0.35, of=(30, 100)) / (1 + 0.13 * (k - 1) + (hertz / 4500) ** 2)
    random = tone.random(3)
    split = random.uniform(0.12, 0.3, len(k)) * (1 + hertz / 3000)
    tilt = random.uniform(-0.25, 0.25, len(k)) + (tone.pitch - 62) / 110
    sides = np.stack([1 - tilt, 1 + tilt])
    turn = random.random(len(k))
    scale = 0.55 / np.sqrt(np.sum(level**2)) / tone.across(1.0, 1.35)
    strings = ring(
        tone.frames,
        np.concatenate([hertz - split / 2, hertz + split]),
        np.concatenate([0.78 * level * sides, 0.26 * level * sides], axis=1) * scale,
        np.concatenate([0.55 * life, 1.9 * life]),
        np.concatenate([turn, turn + 0.02]),
    )
    knock = _thump(tone, 0.16 if felt else 0.12, 500.0)
    if felt:  # felt is heard as much as the string
        brush = burst(tone.frames, tone.random(8), 0.05, 300, 2200)
        knock = knock + np.float32(0.022) * brush
    return rise(strings + knock, 0.008 if felt else 0.0018)


def _celesta(tone: Tone) -> Sound:
    """Steel bars over wooden boxes, which favour the fundamental."""
    f, v = tone.hertz, tone.velocity
    ratio = np.array([1.0, 2.76, 5.4, 8.9])
    life = tone.across(1.5, 0.5) / np.array([1.0, 2.5, 7.0, 14.0])
    bars = ring(tone.frames, f * ratio, np.array([1.0, 0.22 * v, 0.16 * v, 0.07 * v**2]), life)
    return rise(0.7 * bars + _thump(tone, 0.08, 900.0), 0.002)


ELECTRIC_PIANO = Instrument("electric_piano", _electric_piano, release=0.3)
PIANO = Instrument("piano", _piano, release=0.24, layers=5)
FELT_PIANO = Instrument("felt_piano", partial(_piano, felt=True), release=0.35)
CELESTA = Instrument("celesta", _celesta, release=0.8, layers=3)
