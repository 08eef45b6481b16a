"""Struck and plucked instruments: electric piano, piano, vibraphone, bells, basses, plucks."""

from __future__ import annotations

import numpy as np
from scipy.signal import lfilter

from mixdown_music.synth.instrument import (
    RATE,
    Instrument,
    Sound,
    fall,
    frequency,
    noise,
    phase,
    rise,
    times,
)


def _electric_piano(pitch: int, velocity: float, frames: int) -> Sound:
    """Two FM pairs after Chowning (1973): a body that is brighter the harder it is struck, and a tine."""
    f = frequency(pitch)
    life = float(np.interp(pitch, (36, 60, 84), (3.2, 2.2, 1.1)))
    body_index = (0.45 + 1.8 * velocity) * fall(frames, 0.45 * life)
    modulator = body_index * np.sin(phase(f, frames))
    tine = (
        (0.15 + 0.4 * velocity) * fall(frames, 0.2) * np.sin(phase(14 * f, frames) if f < 1400 else modulator)
    )
    envelope = fall(frames, life)
    sides = []
    for detune in (-0.0007, 0.0007):
        body = np.sin(phase(f * (1 + detune), frames) + modulator)
        sides.append(envelope * (0.72 * body + 0.2 * np.sin(phase(f, frames) + tine)))
    return rise(np.stack(sides), 0.004)


def _piano(pitch: int, velocity: float, frames: int) -> Sound:
    """Stretched partials, the high ones dying first, and a felt-covered knock."""
    f = frequency(pitch)
    stiffness = 0.0004 * 2 ** ((pitch - 60) / 16)
    life = float(np.interp(pitch, (30, 60, 90), (5.0, 2.6, 0.8)))
    left, right = np.zeros(frames, np.float32), np.zeros(frames, np.float32)
    for k in range(1, 17):
        partial = k * f * np.sqrt(1 + stiffness * k * k)
        level = k ** -(2.1 - 1.0 * velocity) * (0.35 + abs(np.sin(np.pi * k / 8.3)))
        if partial > 9_000 or level < 0.004:
            continue
        envelope = np.float32(level) * fall(frames, life / (1 + 0.32 * (k - 1)))
        left += envelope * np.sin(phase(partial * 0.9997, frames, 0.13 * k))
        right += envelope * np.sin(phase(partial * 1.0003, frames, 0.13 * k))
    knock = 0.05 * velocity * lfilter([0.08], [1, -0.92], noise(frames, pitch, 7)) * fall(frames, 0.018)
    return rise(0.62 * np.stack([left + knock, right + knock]).astype(np.float32), 0.002)


def _vibraphone(pitch: int, velocity: float, frames: int) -> Sound:
    """Bars tuned 1 : 4 : 10, with the motor's tremolo wandering from side to side."""
    f, t = frequency(pitch), times(frames)
    tone = fall(frames, 1.9) * np.sin(phase(f, frames))
    for ratio, level, life in ((4.0, 0.28 * velocity, 0.5), (10.0, 0.12 * velocity, 0.12)):
        if f * ratio < 12_000:
            tone += np.float32(level) * fall(frames, life) * np.sin(phase(f * ratio, frames))
    motor = np.float32(0.18) * np.sin(np.float32(2 * np.pi * 4.6) * t)
    return rise(0.8 * np.stack([tone * (1 + motor), tone * (1 - motor)]).astype(np.float32), 0.0025)


def _bell(pitch: int, velocity: float, frames: int) -> Sound:
    """A glassy bell far away: few inharmonic partials, slow to speak."""
    f = frequency(pitch)
    sides = []
    for side, detune in enumerate((-0.0009, 0.0009)):
        tone = np.zeros(frames, np.float32)
        for ratio, level, life in (
            (1.0, 1.0, 2.4),
            (2.01, 0.3, 1.6),
            (2.76, 0.18, 0.9),
            (5.4, 0.1 * velocity, 0.4),
        ):
            if f * ratio < 12_000:
                tone += (
                    np.float32(level)
                    * fall(frames, life)
                    * np.sin(phase(f * ratio * (1 + detune), frames, 0.2 * side))
                )
        sides.append(tone)
    return rise(0.6 * np.stack(sides), 0.012)


def _soft_bass(pitch: int, velocity: float, frames: int) -> Sound:
    """A round finger bass: sine and octave through gentle saturation."""
    f = frequency(pitch)
    tone = np.sin(phase(f, frames))
    tone += np.float32(0.28 + 0.3 * velocity) * fall(frames, 0.35) * np.sin(phase(2 * f, frames))
    tone += np.float32(0.22 * velocity) * fall(frames, 0.12) * np.sin(phase(3 * f, frames))
    return rise(np.tanh(1.5 * tone * fall(frames, 2.2))[None, :] * np.float32(0.8), 0.006)


def _sub_bass(pitch: int, velocity: float, frames: int) -> Sound:
    """A sine that comes and goes unnoticed, with just enough octave to be heard on small speakers."""
    f = frequency(pitch)
    tone = np.sin(phase(f, frames)) + np.float32(0.12 + 0.1 * velocity) * np.sin(phase(2 * f, frames))
    return rise(tone[None, :], 0.5)


def _upright_bass(pitch: int, velocity: float, frames: int) -> Sound:
    """Plucked gut: a dozen partials and the finger's thump."""
    f = frequency(pitch)
    tone = np.zeros(frames, np.float32)
    for k in range(1, 11):
        level = k ** -(1.5 - 0.5 * velocity) * abs(np.sin(np.pi * k * 0.23))
        tone += np.float32(level) * fall(frames, 1.1 / (1 + 0.5 * (k - 1))) * np.sin(phase(k * f, frames))
    thump = lfilter([0.03], [1, -0.97], noise(frames, pitch, 11)) * fall(frames, 0.03)
    return rise((tone + 0.5 * velocity * thump).astype(np.float32)[None, :], 0.004)


def _synth_bass(pitch: int, velocity: float, frames: int) -> Sound:
    """A saw behind a filter that closes: partials whose lives shorten as they go up."""
    f = frequency(pitch)
    tone = np.float32(0.9) * np.sin(phase(f, frames))
    for k in range(2, 15):
        if k * f < 6_000:
            tone += (
                np.float32(0.75 / k)
                * fall(frames, (0.2 + 0.5 * velocity) / k**0.7)
                * np.sin(phase(k * f, frames))
            )
    return rise(np.tanh(1.2 * tone)[None, :] * np.float32(0.8), 0.003)


def _pluck(pitch: int, velocity: float, frames: int) -> Sound:
    """Two detuned saws behind a filter that snaps shut: the arpeggiator's voice."""
    f = frequency(pitch)
    sides = []
    for detune in (-0.003, 0.003):
        tone = np.zeros(frames, np.float32)
        for k in range(1, 20):
            if k * f < 11_000:
                life = (0.10 + 0.30 * velocity) / k**0.55
                tone += (
                    np.float32(1 / k)
                    * fall(frames, life)
                    * np.sin(phase(k * f * (1 + detune), frames, 0.07 * k))
                )
        sides.append(tone)
    return rise(0.7 * np.stack(sides), 0.002)


def _string_pluck(pitch: int, velocity: float, frames: int) -> Sound:
    """Karplus and Strong (1983) as a recursive filter, tuned by an all-pass-free two-point average."""
    period = RATE / frequency(pitch) - 0.5
    whole = int(period)
    share = period - whole
    burst = np.zeros(frames, np.float64)
    length = min(whole, frames)
    burst[:length] = noise(length, pitch, 3)
    burst[:length] = lfilter([1 - 0.75 * (1 - velocity)], [1, -0.75 * (1 - velocity)], burst[:length])
    loss = 0.996
    feedback = np.zeros(whole + 3)
    feedback[0] = 1
    for tap, weight in ((whole, 1 - share), (whole + 1, share)):
        feedback[tap] -= 0.5 * loss * weight
        feedback[tap + 1] -= 0.5 * loss * weight
    tone = lfilter([1.0], feedback, burst).astype(np.float32)
    return rise(0.5 * tone[None, :], 0.001)


ELECTRIC_PIANO = Instrument("electric_piano", _electric_piano, release=0.28)
PIANO = Instrument("piano", _piano, release=0.22)
VIBRAPHONE = Instrument("vibraphone", _vibraphone, release=0.5)
BELL = Instrument("bell", _bell, release=1.6)
SOFT_BASS = Instrument("soft_bass", _soft_bass, release=0.07, response=0.9)
UPRIGHT_BASS = Instrument("upright_bass", _upright_bass, release=0.09, response=0.9)
SUB_BASS = Instrument("sub_bass", _sub_bass, release=0.9, response=0.9, layers=2)
SYNTH_BASS = Instrument("synth_bass", _synth_bass, release=0.05, response=0.9)
PLUCK = Instrument("pluck", _pluck, release=0.12)
PIZZICATO = Instrument("pizzicato", _string_pluck, release=0.25)
