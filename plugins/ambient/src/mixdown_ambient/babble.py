"""People who talk, none of whom can be understood: syllables of formants in the rhythm of speech, without words.

Each speaker is a pulse train (the glottis) and noise (the breath and the fricatives), coloured frame by frame by the
formants of random vowels and the gaps of random consonants (source and filter, Fant 1960). Vowels are the averages
of Peterson & Barney 1952. It is done at 16 kHz; speech has little above that and a room leaves less of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from mixdown_ambient.circle import RATE, Circle, Sound, sides

_RATE = 16_000
_HOP = 256
_HERTZ = np.maximum(fft.rfftfreq(2 * _HOP, 1 / _RATE), 1.0).astype(np.float32)
_VOWELS = np.array(
    [
        *((270, 2290, 3010), (390, 1990, 2550), (530, 1840, 2480), (660, 1720, 2410), (730, 1090, 2440)),
        *((570, 840, 2410), (440, 1020, 2240), (300, 870, 2240), (640, 1190, 2390), (490, 1350, 1690)),
    ],
    float,
)
_UPPER = np.float32(0.02) + sum(
    np.float32(gain) / (1 + ((_HERTZ - np.float32(centre)) / np.float32(300)) ** 2)
    for centre, gain in ((3_600, 0.16), (4_700, 0.08))
)
"""The fourth and the fifth formant, which hardly move."""
_CHIRP = np.exp(-1j * np.pi * 0.004 / 4_000 * np.square(_HERTZ, dtype=np.float64)).astype(np.complex64)
"""Delays 4 kHz by 4 ms: without it all partials of a pulse peak at once, as no throat's do."""
_LOCI = np.array([800.0, 1_200.0, 1_750.0, 2_200.0])
"""Where the second formant comes from after lips, tongue and palate."""
_LEVEL = 120.0
"""Makes somebody near about as strong as noise of unit power."""
_FRICATIVES = np.array([1_800.0, 2_700.0, 4_300.0, 5_600.0])


@dataclass(frozen=True, slots=True)
class Speech:
    """What one speaker does, a value (or a row) a frame of 16 ms."""

    pitch: NDArray[np.float64]
    voice: NDArray[np.float64]
    breath: NDArray[np.float64]
    hiss: NDArray[np.float64]
    """Where the fricatives' noise lies, in Hz."""
    formants: NDArray[np.float64]


def babble(circle: Circle, speakers: int, *, laughing: float = 0.0) -> Sound:
    """As many who talk by turns, near and far, all around; ``laughing`` is how likely a phrase is a laugh."""
    frames = round(circle.frames * _RATE / RATE / _HOP)
    rng = circle.rng
    window = np.sin(np.pi * (np.arange(2 * _HOP) + 0.5) / (2 * _HOP)).astype(np.float32)
    noise = _spectra(rng.standard_normal(frames * _HOP, dtype=np.float32), window)
    heard = np.zeros((2, frames, _HOP + 1), np.complex64)
    places = (rng.permutation(speakers) + rng.random(speakers)) / speakers  # all around, wherever each may be
    for place in places.tolist():
        speech = _talk(rng, frames, laughing)
        away = rng.uniform(0, 1)
        spoken = _speak(speech, _pulses(speech.pitch, rng), noise, window, int(rng.integers(frames)))
        spoken /= 1 + (_HERTZ / np.float32(7_000 - 4_500 * away)) ** 2
        for side, gain in zip(heard, sides(1.8 * place - 0.9), strict=True):
            side += spoken * np.float32(gain * 0.4**away)
    return _to_circle(_overlapped(heard * _CHIRP, window), circle)


# -------------------------------------------------------------------- what is said


def _talk(rng: np.random.Generator, frames: int, laughing: float) -> Speech:
    """Phrases of a few syllables with pauses, and longer ones while others speak."""
    seconds = frames * _HOP / _RATE
    tract = rng.uniform(0.92, 1.2)
    pitch = 105 * 2 ** (4.5 * (tract - 0.92) + rng.normal(0, 0.12))
    points: list[tuple[float, ...]] = []
    now = 0.05 + float(rng.exponential(1.0))
    while now < seconds - 3.0 or not points:
        phrase = _phrase(rng, now, pitch, laughs=rng.random() < laughing)
        lips, end = phrase[0], phrase[-1]
        points += [(now - 0.03, *_mute(lips)), *phrase, (end[0] + 0.03, *_mute(end))]
        now = end[0] + 0.1
        now += float(rng.lognormal(np.log(0.3), 0.5) if rng.random() < 0.7 else rng.uniform(1.5, 5.0))
    time = np.arange(frames) * _HOP / _RATE
    table = np.array([point for point in points if point[0] < seconds - 0.1])
    curves = [np.interp(time, table[:, 0], column) for column in table[:, 1:].T]
    ends = np.clip((seconds - 0.1 - time) / 0.05, 0, 1)
    return Speech(
        curves[0], curves[1] * ends, curves[2] * ends, curves[3], np.stack(curves[4:], axis=1) * tract
    )


def _mute(point: tuple[float, ...]) -> tuple[float, ...]:
    return (point[1], 0.0, 0.0, *point[4:])


def _phrase(rng: np.random.Generator, now: float, pitch: float, *, laughs: bool) -> list[tuple[float, ...]]:
    """Two to some twenty syllables that fall in pitch, the last one longer; or a laugh, higher, faster, even."""
    points: list[tuple[float, ...]] = []
    count = int(rng.integers(4, 9)) if laughs else 1 + int(min(rng.geometric(0.16), 20))
    loud = rng.uniform(0.6, 1.1) * (1.3 if laughs else 1.0)
    for i in range(count):
        lasts = 0.2 if laughs else float(np.clip(rng.lognormal(np.log(0.21), 0.28), 0.09, 0.45))
        lasts *= 1.5 if i == count - 1 else 1
        fall = 1.12 - 0.25 * i / count + rng.normal(0, 0.05)
        points += _syllable(rng, now, lasts, loud, pitch * fall * (1.45 if laughs else 1.0), laughs)
        now += lasts
    return points


def _syllable(
    rng: np.random.Generator, start: float, lasts: float, loud: float, pitch: float, laughs: bool
) -> list[tuple[float, ...]]:
    """Points of time, pitch, voice, breath, hiss and three formants: a consonant, the vowel, and its end."""
    vowel = _VOWELS[8 if laughs else rng.integers(len(_VOWELS))]
    hiss = float(rng.choice(_FRICATIVES))
    sort = 3 if laughs else rng.integers(4)  # nasal, stop, fricative, h
    voice, breath = ((0.35, 0.0), (0.02, 0.05), (0.05, 0.5), (0.05, 0.3))[sort]
    stress = loud * (1.0 if rng.random() < 0.4 else 0.55)
    locus = np.array([300.0, rng.choice(_LOCI), 2_500.0])
    after = pitch * rng.uniform(0.92, 1.08)
    return [
        (start, pitch, stress * voice, 0.3 * stress * breath, hiss, *locus),
        (start + 0.18 * lasts, pitch, stress * voice, stress * breath, hiss, *locus),
        (start + 0.38 * lasts, pitch, stress, 0.03 * stress, hiss, *vowel),
        (start + 0.72 * lasts, after, 0.85 * stress, 0.02 * stress, hiss, *vowel),
        (start + 0.97 * lasts, after, 0.25 * stress, 0.02 * stress, hiss, *(0.6 * vowel + 0.4 * locus)),
    ]


# -------------------------------------------------------------------- how it sounds


def _pulses(pitch: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float32]:
    """One pulse a cycle of the glottis, each between the samples where it falls and never quite in time."""
    frames = len(pitch) * _HOP
    turns = np.append(0, np.cumsum(pitch * _HOP / _RATE))
    number = int(turns[-1])
    when = np.interp(np.arange(number) + rng.normal(0, 0.012, number), turns, np.arange(len(turns)) * _HOP)
    first = when.astype(np.int64)
    part = when - first
    pulses = np.bincount(first % frames, 1 - part, frames) + np.bincount((first + 1) % frames, part, frames)
    return np.asarray(pulses * _LEVEL * np.sqrt(_RATE / pitch.mean()), np.float32)


def _speak(
    speech: Speech,
    pulses: NDArray[np.float32],
    noise: NDArray[np.complex64],
    window: NDArray[np.float32],
    turn: int,
) -> NDArray[np.complex64]:
    """Spectra of the frames: pulses through the formants, noise through the fricatives."""
    voiced = np.zeros((len(speech.voice), len(_HERTZ)), np.float32)
    for formant, (gain, width) in zip(speech.formants.T, ((1.0, 70), (0.6, 100), (0.35, 160)), strict=True):
        off = (_HERTZ - formant[:, None].astype(np.float32)) / np.float32(width)
        voiced += np.float32(gain) / (1 + off * off)
    voiced += _UPPER
    voiced *= speech.voice[:, None].astype(np.float32) * (1 + _HERTZ / 500) ** -0.8
    off = (_HERTZ - speech.hiss[:, None].astype(np.float32)) / np.float32(1_300)
    hissed = speech.breath[:, None].astype(np.float32) * np.float32(0.25 * _LEVEL) / (1 + off * off)
    return np.asarray(_spectra(pulses, window) * voiced + np.roll(noise, turn, axis=0) * hissed, np.complex64)


def _spectra(sound: NDArray[np.float32], window: NDArray[np.float32]) -> NDArray[np.complex64]:
    """Of frames of 32 ms that overlap by half, around the circle."""
    halves = sound.reshape(-1, _HOP)
    frames = np.concatenate([halves, np.roll(halves, -1, axis=0)], axis=1) * window
    return np.asarray(fft.rfft(frames, axis=1), np.complex64)


def _overlapped(spectra: NDArray[np.complex64], window: NDArray[np.float32]) -> NDArray[np.float32]:
    frames = np.asarray(fft.irfft(spectra, 2 * _HOP, axis=2) * window, np.float32)
    halves = frames[:, :, :_HOP] + np.roll(frames[:, :, _HOP:], 1, axis=1)
    return np.asarray(halves.reshape(len(spectra), -1), np.float32)


def _to_circle(slow: NDArray[np.float32], circle: Circle) -> Sound:
    """From 16 kHz to the circle's own length, by its spectrum."""
    bins = np.zeros((2, circle.frames // 2 + 1), np.complex64)
    own = fft.rfft(slow, axis=1)[:, :-1]
    bins[:, : own.shape[1]] = own * np.float32(circle.frames / slow.shape[1])
    bins[:, 0] = 0.0
    return np.asarray(fft.irfft(bins, circle.frames, axis=1, overwrite_x=True), np.float32)
