"""Subtractive synthesisers: oscillators, a resonant low-pass with an envelope of its own, a little drive.

Saws and squares are their harmonics, the filter is a gain for each of them at each moment; nothing aliases."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from mixdown_music.synth.envelope import approach, fall, rise
from mixdown_music.synth.instrument import RATE, Instrument, Sound, Tone
from mixdown_music.synth.noise import band, sweep
from mixdown_music.synth.partials import corners, glide, lowpass, radians, steady, turning


@dataclass(frozen=True, kw_only=True)
class Patch:
    """A synthesiser's settings.

    Attributes:
        square: 0 a saw, 1 a square (its even harmonics leave).
        detune: cents of each oscillator, from left to right.
        width: how far the oscillators are apart on the stage.
        cutoff: Hz at which the filter rests; ``sweep`` octaves above it the envelope begins, at full velocity, and falls to
            1/e in ``decay`` seconds; ``track`` the share of the pitch that the cut-off follows.
        resonance: 0 to 1.
        sustain, fade: the level's own decay: to ``sustain`` in ``fade`` seconds.
        attack: seconds. sub: level of a sine an octave below.
        drive: how hard the sum is driven into saturation, 0 for not.
    """

    square: float = 0.0
    detune: tuple[float, ...] = (0.0,)
    width: float = 0.0
    cutoff: float = 800.0
    sweep: float = 3.0
    decay: float = 0.25
    track: float = 0.5
    resonance: float = 0.2
    sustain: float = 1.0
    fade: float = 0.5
    attack: float = 0.003
    sub: float = 0.0
    drive: float = 0.0
    top: float = 14_000.0


def _filter(tone: Tone, patch: Patch, harmonics: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Gains of shape (corners, harmonics): oscillator and filter."""
    k = np.arange(1, harmonics + 1)
    wave = np.where(k % 2 == 0, 1 - patch.square, 1.0) / k
    t = corners(tone.frames)
    octaves = patch.sweep * (0.25 + 0.75 * tone.velocity) * np.exp(-t / patch.decay)
    base = patch.cutoff * (0.7 + 0.6 * tone.velocity) * (tone.hertz / 261.6) ** patch.track
    cutoff = np.minimum(base * 2**octaves, 18_000)
    level = patch.sustain + (1 - patch.sustain) * np.exp(-t / patch.fade)
    gains = wave * lowpass(k * tone.hertz, cutoff[:, None], resonance=patch.resonance) * level[:, None]
    return np.asarray(gains, np.float64)


def _oscillators(tone: Tone, *, patch: Patch) -> Sound:
    harmonics = max(min(int(patch.top / tone.hertz), 60), 1)
    gains = _filter(tone, patch, harmonics)
    voices = len(patch.detune)
    hertz = np.concatenate(
        [np.arange(1, harmonics + 1) * tone.hertz * 2 ** (cents / 1200) for cents in patch.detune]
    )
    places = np.linspace(-patch.width, patch.width, voices) if voices > 1 else np.zeros(1)
    sides = np.stack([1 - places, 1 + places]) if patch.width else np.ones((1, 1))
    stage = np.repeat(np.broadcast_to(sides, (len(sides), voices)), harmonics, axis=1)
    k = np.arange(1, harmonics + 1)
    # Four poles turn each harmonic back on its way, which rounds the edges of the wave.
    lag = -4 * np.arctan(k * tone.hertz / (3 * patch.cutoff)) / (2 * np.pi)
    turn = np.concatenate([k * start + lag for start in tone.random(4).random(voices)])
    sound = steady(tone.frames, hertz, np.tile(gains, (1, voices))[None] * stage[:, None, :], turn)
    sound *= np.float32(0.6 / np.sqrt(voices))
    return _finish(tone, patch, sound)


def _finish(tone: Tone, patch: Patch, sound: Sound) -> Sound:
    if patch.sub:
        turns = turning(tone.frames, tone.hertz if tone.pitch < 40 else tone.hertz / 2)
        below = np.sin(radians(turns))
        sound = np.asarray(sound + np.float32(patch.sub) * below, np.float32)
    if patch.drive:
        driven = np.tanh(np.float32(patch.drive) * sound) * np.float32(0.83 / np.tanh(patch.drive))
        # Saturation of a lopsided wave leaves a constant behind.
        sound = np.stack([band(side, 16, None, order=1) for side in driven])
    return rise(sound, patch.attack)


def _lead(tone: Tone, *, patch: Patch) -> Sound:
    """One voice a side, with vibrato that sets in late."""
    harmonics = max(min(int(patch.top / tone.hertz), 44), 1)
    gains = _filter(tone, patch, harmonics)
    t = np.arange(tone.frames, dtype=np.float32) / np.float32(RATE)
    vibrato = 9 * approach(tone.frames, 0.4, 0.3) * np.sin(np.float32(2 * np.pi * 5.4) * t)
    starts = tone.random(4).random(len(patch.detune))
    voices = [
        glide(
            turning(tone.frames, tone.hertz, vibrato + np.float32(cents)),
            gains,
            start=start,
            hertz=1.02 * tone.hertz,
        )
        for cents, start in zip(patch.detune, starts.tolist(), strict=True)
    ]
    middle, side = sum(voices), voices[0] - voices[-1]
    sound = np.stack([middle + patch.width * side, middle - patch.width * side]) * np.float32(
        0.6 / len(voices) ** 0.5
    )
    return _finish(tone, patch, np.asarray(sound, np.float32))


def _sub_bass(tone: Tone) -> Sound:
    """A sine that comes and goes unnoticed, with just enough above to be heard on small speakers."""
    level = np.array([1.0, 0.16 + 0.2 * tone.velocity, 0.05 + 0.1 * tone.velocity, 0.04 * tone.velocity])
    gains = np.broadcast_to(level, (len(corners(tone.frames)), 4))
    return rise(0.8 * steady(tone.frames, tone.hertz * np.arange(1, 5), gains), 0.3)


def _soft_bass(tone: Tone) -> Sound:
    """A round bass: sine and octaves that fade, the finger's dull knock, gentle saturation."""
    v, f = tone.velocity, tone.hertz
    t = corners(tone.frames)[:, None]
    level = np.array([1.0, 0.3 + 0.35 * v, 0.1 + 0.25 * v, 0.12 * v, 0.06 * v])
    life = np.array([2.4, 0.5, 0.22, 0.12, 0.08])
    tones = steady(tone.frames, f * np.arange(1, 6), level * np.exp(-t / life))
    knock = np.sin(2 * np.pi * np.float32(95) * np.arange(tone.frames, dtype=np.float32) / np.float32(RATE))
    sound = tones + np.float32(0.25 * v) * knock * fall(tone.frames, 0.018)
    return rise(np.float32(0.8) * np.tanh(np.float32(1.2) * sound), 0.006)


def _riser(tone: Tone) -> Sound:
    """Noise that climbs for as long as the note and is cut at its end."""
    seconds, random = tone.seconds, tone.random(12)

    def response(t: NDArray[np.floating], hertz: NDArray[np.floating]) -> NDArray[np.floating]:
        share = np.clip(t / seconds, 0, 1)
        centre = 300 * 30 ** (share**1.3)
        bell = np.exp(-0.5 * (np.log2(np.maximum(hertz, 20) / centre) / 0.55) ** 2)
        return np.asarray(0.35 * bell * (0.03 + share**2) / np.sqrt(centre / 2000))

    return rise(sweep(tone.frames, random, response), 0.05)


def _analog(
    name: str, release: float, patch: Patch, *, lead: bool = False, response: float = 1.2
) -> Instrument:
    return Instrument(
        name, partial(_lead if lead else _oscillators, patch=patch), release=release, response=response
    )


SAW_LEAD = _analog(
    "saw_lead",
    0.16,
    Patch(
        detune=(-6, 6),
        width=0.35,
        cutoff=1300,
        sweep=2.2,
        decay=0.35,
        resonance=0.25,
        sustain=0.8,
        attack=0.006,
    ),
    lead=True,
)
SQUARE_LEAD = _analog(
    "square_lead",
    0.12,
    Patch(
        square=0.9, detune=(-3, 3), width=0.2, cutoff=1100, sweep=2.0, decay=0.3, sustain=0.8, attack=0.005
    ),
    lead=True,
)
SUPERSAW = _analog(
    "supersaw",
    0.25,
    Patch(
        detune=(-19, -11.5, -5.5, 0, 6, 11, 18.5),
        width=0.75,
        cutoff=2600,
        sweep=1.6,
        decay=0.6,
        resonance=0.08,
        sustain=0.85,
        attack=0.004,
    ),
)
PLUCK = _analog(
    "pluck",
    0.18,
    Patch(
        detune=(-5, 5),
        width=0.45,
        cutoff=330,
        sweep=4.4,
        decay=0.09,
        resonance=0.35,
        sustain=0.0,
        fade=0.32,
        attack=0.002,
    ),
)
SYNTH_BASS = _analog(
    "synth_bass",
    0.06,
    Patch(
        square=0.35,
        cutoff=240,
        sweep=3.4,
        decay=0.12,
        track=0.3,
        resonance=0.3,
        sustain=0.7,
        fade=0.3,
        sub=0.45,
        drive=1.3,
        top=7000,
    ),
)
ACID_BASS = _analog(
    "acid_bass",
    0.05,
    Patch(cutoff=210, sweep=4.2, decay=0.17, track=0.3, resonance=1.0, sustain=0.8, drive=1.2, top=8000),
)
SUB_BASS = Instrument("sub_bass", _sub_bass, release=0.9, response=0.9, layers=2)
SOFT_BASS = Instrument("soft_bass", _soft_bass, release=0.08, response=0.9)
RISER = Instrument("riser", _riser, release=0.03, response=1.0, layers=1, fitted=True)
