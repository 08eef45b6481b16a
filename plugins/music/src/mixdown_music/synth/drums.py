"""Drums and cymbals one by one: skins and plates as their modes, wires and hands as noise."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from mixdown_music.synth.envelope import approach, fall, rise, times
from mixdown_music.synth.instrument import RATE, Mono, Tone
from mixdown_music.synth.noise import band, burst, noise, sweep
from mixdown_music.synth.partials import radians, ring

Drum = Callable[[Tone], Mono]

# Ratios of a clamped circular membrane, air load left out (Rossing, Science of Percussion Instruments, table 2.1).
_SKIN = np.array([1.0, 1.59, 2.14, 2.30, 2.65, 2.92, 3.50])


def falling(frames: int, start: float, end: float, seconds: float) -> Mono:
    """A sine that falls from ``start`` to ``end`` Hz."""
    t = np.arange(frames, dtype=np.float64) / RATE
    turns = end * t + (start - end) * seconds * (1 - np.exp(-t / seconds))
    return np.sin(radians(turns))


def kick(
    tone: Tone,
    *,
    low: float,
    high: float,
    bend: float,
    life: float,
    click: float,
    skin: float = 0.0,
    drive: float = 1.2,
) -> Mono:
    """A sine that falls from ``high`` to ``low`` Hz in ``bend`` seconds; ``skin`` the level of a real head's modes. A
    harder stroke starts higher, drives further and clicks more."""
    v, frames = tone.velocity, tone.frames
    body = falling(frames, low + (high - low) * (0.4 + 0.6 * v), low, bend) * fall(frames, life)
    if skin:
        levels = skin * (0.3 + 0.9 * v) * np.array([1, 0.7, 0.5, 0.3, 0.2])
        body = body + ring(frames, low * 1.9 * _SKIN[:5], levels, 0.07 / _SKIN[:5])[0]
    pressed = drive * (0.7 + 0.5 * v)
    driven = np.tanh(np.float32(pressed) * body) * np.float32(0.9 / np.tanh(pressed))
    beater = burst(frames, tone.random(1), 0.0035, 700, 2000 + 4000 * v)
    return rise(driven + np.float32(click * (0.1 + 1.2 * v * v)) * beater, 0.0012)


def snare(
    tone: Tone, *, hertz: float, heads: float, wires: float, life: float, low: float, top: float
) -> Mono:
    """Two heads and the wires: the harder, the brighter and the longer they rattle."""
    v, frames = tone.velocity, tone.frames
    bend = falling(frames, 1.35 * hertz, hertz, 0.01) * fall(frames, 0.5 * life + 0.03)
    modes = ring(
        frames, hertz * _SKIN[1:6], heads * np.array([0.7, 0.45, 0.35, 0.25, 0.2]), 0.06 / _SKIN[1:6]
    )[0]
    rattle = band(noise(frames, tone.random(2)), low, min(top * (0.55 + 0.6 * v), 16_000))
    tail = fall(frames, life * (0.6 + 0.5 * v)) + np.float32(0.7) * fall(frames, 0.012)
    stick = burst(frames, tone.random(3), 0.002, 2500, 9000)
    return rise(
        np.float32(0.5 * heads) * bend
        + np.float32(0.5) * modes
        + np.float32(wires * (0.35 + 0.5 * v)) * rattle * tail
        + np.float32(0.5 * v) * stick,
        0.0006,
    )


def rim(tone: Tone, *, hertz: float = 1650.0) -> Mono:
    """The stick laid across: wood on wood."""
    modes = ring(
        tone.frames,
        [0.31 * hertz, 0.52 * hertz, hertz, 1.72 * hertz],
        [0.35, 0.3, 0.6, 0.3 * tone.velocity],
        [0.02, 0.025, 0.012, 0.008],
    )[0]
    tick = burst(tone.frames, tone.random(4), 0.0015, 1500, 8000)
    return rise(modes + np.float32(0.4 * tone.velocity) * tick, 0.0005)


def clap(tone: Tone, *, low: float = 900.0, top: float = 6000.0) -> Mono:
    """Three pairs of hands and the room about them."""
    t = times(tone.frames)
    random = tone.random(5)
    hands = np.zeros(tone.frames, np.float32)
    starts = np.array([0.0, 0.010, 0.021]) + random.uniform(0, 0.0015, 3)
    for start, life in zip(starts.tolist(), (0.005, 0.005, 0.07), strict=True):
        hands += np.where(t >= start, np.exp(-np.maximum(t - np.float32(start), 0) / np.float32(life)), 0)
    return rise(
        np.float32(1.1) * hands * band(noise(tone.frames, random), low, top * (0.7 + 0.4 * tone.velocity)),
        0.0007,
    )


def brush_sweep(tone: Tone) -> Mono:
    """A circle on the head that swells and goes."""
    swell = np.sin(np.pi * np.minimum(times(tone.frames) / np.float32(0.32), 1)) ** 2
    return rise(
        np.float32(0.32)
        * swell
        * band(noise(tone.frames, tone.random(6)), 900, 4000 + 5000 * tone.velocity, order=1),
        0.002,
    )


def brush_tap(tone: Tone) -> Mono:
    """Wires fanned on the head: no stick, a breath of skin."""
    v, frames = tone.velocity, tone.frames
    fan = band(noise(frames, tone.random(7)), 700, 3500 + 6500 * v, order=1)
    skin = ring(frames, 195 * _SKIN[:4], np.array([0.5, 0.3, 0.2, 0.1]), 0.06 / _SKIN[:4])[0]
    return rise(
        np.float32(0.5) * fan * (fall(frames, 0.05) + np.float32(0.8 * v) * fall(frames, 0.008))
        + np.float32(0.45) * skin,
        0.003,
    )


def tom(tone: Tone, *, hertz: float, life: float = 0.28) -> Mono:
    v, frames = tone.velocity, tone.frames
    body = falling(frames, hertz * (1.08 + 0.14 * v), hertz, 0.05) * fall(frames, life)
    modes = ring(
        frames,
        hertz * _SKIN[1:5],
        np.array([0.4, 0.2, 0.16, 0.1]) * (0.4 + 0.6 * v),
        0.45 * life / _SKIN[1:5],
    )[0]
    stick = burst(frames, tone.random(8), 0.006, 500, 2000 + 4000 * v)
    return rise(np.float32(0.85) * body + modes + np.float32(0.25 * v) * stick, 0.001)


def plate(
    tone: Tone,
    *,
    low: float,
    top: float = 15_000.0,
    modes: int = 260,
    life: float,
    level: float,
    tilt: float = 1.0,
    ping: tuple[tuple[float, float], ...] = (),
    wash: float = 0.5,
    bloom: float = 0.0,
) -> Mono:
    """A cymbal: hundreds of modes evenly strewn over the spectrum (a plate's are as dense above as below), the high
    ones dying first, a hiss on top of them, and for a ride the ``ping`` of a few strong ones, (Hz, level).

    ``life`` is that of the modes at 3 kHz in seconds; ``bloom`` the seconds in which a crash opens; ``tilt`` the
    power by which modes weaken going up.
    """
    v, frames, random = tone.velocity, tone.frames, tone.random(9)
    hertz = np.sort(low * (top / low) ** (random.random(modes) ** 0.7))
    bright = 4000 + 9000 * v
    levels = (
        random.uniform(0.4, 1.0, modes) * (hertz / low) ** (0.35 - 0.35 * tilt) / (1 + (hertz / bright) ** 3)
    )
    lives = life * (0.75 + 0.5 * v) * random.uniform(0.7, 1.3, modes) / (0.35 + (hertz / 3000) ** 0.8 * 0.65)
    body = ring(frames, hertz, levels / np.sqrt(np.sum(levels**2)), lives, random.random(modes))[0]
    hiss = burst(frames, random, 0.6 * life * (0.7 + 0.5 * v), max(low, 3500), min(top, 2 * bright))
    sound = body + np.float32(wash) * np.float32(0.6) * hiss
    if bloom:
        sound *= np.float32(0.35) + np.float32(0.65) * approach(frames, bloom)
    if ping:
        f, strength = (np.array(column) for column in zip(*ping, strict=True))
        stick = burst(frames, tone.random(10), 0.0025, 3000, 9000)
        sound = sound + ring(frames, f, strength * (0.5 + 0.5 * v), 0.45)[0] + np.float32(0.7 * v) * stick
    return rise(np.float32(level) * sound, 0.0008)


# The six oscillators behind a TR-808's cymbals (its service notes), as odd harmonics.
_SIX = (205.3, 304.4, 369.6, 522.7, 540.0, 800.0)


def machine_metal(tone: Tone, *, low: float, life: float, level: float) -> Mono:
    """Six squares out of tune through a high-pass: a rhythm box's hats."""
    k = np.arange(1, 60, 2)
    hertz = np.concatenate([f * k for f in _SIX])
    levels = np.tile(1 / k, len(_SIX)) / (1 + (low / hertz) ** 6)
    lives = life * (0.6 + 0.6 * tone.velocity)
    squares = ring(tone.frames, hertz, levels / np.sqrt(np.sum(levels**2)), lives)[0]
    air = burst(tone.frames, tone.random(11), 0.7 * lives, low, 15_000)
    return rise(np.float32(level) * (squares + np.float32(0.5) * air), 0.0006)


def cowbell(tone: Tone) -> Mono:
    k = np.arange(1, 24, 2)
    hertz = np.concatenate([540.0 * k, 800.0 * k])
    levels = np.tile(1 / k, 2) / (1 + (hertz / (2400 + 2500 * tone.velocity)) ** 2)
    slow, quick = ring(tone.frames, hertz, 0.22 * levels, 0.12), ring(tone.frames, hertz, 0.3 * levels, 0.02)
    return rise((slow + quick)[0], 0.001)


def shaker(tone: Tone, *, low: float = 4200.0) -> Mono:
    t = times(tone.frames)
    forth = np.exp(-((t - np.float32(0.022)) ** 2) / np.float32(2 * 0.011**2))
    grains = band(noise(tone.frames, tone.random(12)), low, 8000 + 5000 * tone.velocity)
    return rise(
        np.float32(0.36)
        * grains
        * (forth + np.float32(0.35) * approach(tone.frames, 0.02) * fall(tone.frames, 0.05)),
        0.004,
    )


def tambourine(tone: Tone) -> Mono:
    random = tone.random(13)
    hertz = random.uniform(5200, 13_500, 40)
    jingles = ring(
        tone.frames, hertz, random.uniform(0.03, 0.09, 40), random.uniform(0.03, 0.12, 40), random.random(40)
    )[0]
    slap = burst(tone.frames, random, 0.02, 2000, 10_000)
    return rise(jingles + np.float32(0.3 * tone.velocity) * slap, 0.002)


def triangle(tone: Tone) -> Mono:
    hertz = np.array([1580, 2710, 4310, 6180, 8050, 10_900, 13_700])
    levels = np.array([0.1, 0.2, 0.3, 0.25, 0.22, 0.16, 0.1]) * (0.5 + 0.5 * tone.velocity)
    return rise(ring(tone.frames, hertz, levels, 2.2 / (1 + hertz / 9000))[0], 0.001)


def swell(tone: Tone) -> Mono:
    """A cymbal rolled with soft mallets, growing for as long as the note lasts."""
    seconds = tone.seconds

    def response(t: NDArray[np.floating], hertz: NDArray[np.floating]) -> NDArray[np.floating]:
        share = np.clip(t / max(seconds - 0.05, 0.1), 0, 1)
        top = 1200 + 9000 * share**1.5
        return np.asarray(
            0.028 * share**2.2 * (hertz / 900) / (1 + (hertz / 900) ** 1.2) / (1 + (hertz / top) ** 3)
        )

    return rise(
        sweep(tone.frames, tone.random(14), response)[0] * np.float32(8 * (0.4 + 0.6 * tone.velocity)), 0.05
    )


def roll(tone: Tone) -> Mono:
    """A snare drum rolled for as long as the note lasts."""
    frames, random = tone.frames, tone.random(15)
    wires = band(noise(frames, random), 600, 3000 + 6000 * tone.velocity)
    strokes = np.zeros(frames, np.float32)
    for at in np.cumsum(random.uniform(0.026, 0.038, int(tone.seconds / 0.026) + 1)):
        start = int(at * RATE)
        if start >= frames:
            break
        stroke = fall(min(frames - start, 2400), 0.022) * np.float32(random.uniform(0.75, 1.0))
        strokes[start : start + len(stroke)] += stroke
    return rise(np.float32(0.3) * wires * strokes, 0.01)
