"""Sounds with known answers, on which instruments are tried."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

Signal = NDArray[np.float64]

RATE = 48_000


def pad(seconds: float, seed: int = 0) -> Signal:
    """Four chord tones of eight harmonics with slow swells."""
    rng = np.random.default_rng(seed)
    time = np.arange(round(seconds * RATE)) / RATE
    out = np.zeros(len(time))
    for hertz in (130.8, 196.0, 261.6, 329.6):
        swell = 1 + 0.5 * np.sin(2 * np.pi * rng.uniform(0.05, 0.3) * time + rng.uniform(0, 6))
        for harmonic in range(1, 9):
            out += swell * np.sin(2 * np.pi * hertz * harmonic * time + rng.uniform(0, 6)) / harmonic**1.5
    return 0.25 * out / np.abs(out).max() + 1e-5 * rng.standard_normal(len(time))


def drums(seconds: float, seed: int = 0) -> Signal:
    """A kick on every beat and a noise hat between, both with hard onsets."""
    rng = np.random.default_rng(seed)
    out = np.zeros(round(seconds * RATE) + RATE)
    time = np.arange(RATE // 4) / RATE
    for number, start in enumerate(range(0, len(out) - RATE, RATE // 4)):
        if number % 2:
            hit = rng.standard_normal(len(time)) * np.exp(-time / 0.02)
        else:
            hit = np.sin(2 * np.pi * (50 * time + 8 * (1 - np.exp(-time / 0.02)))) * np.exp(-time / 0.08)
        out[start : start + len(time)] += 0.4 * hit
    return out[: round(seconds * RATE)]


def rain(seconds: float, seed: int = 0) -> Signal:
    """Pink noise and a hundred drops a second, each a burst with a hard onset."""
    rng = np.random.default_rng(seed)
    frames = round(seconds * RATE)
    out = 0.03 * pink(frames, rng)
    time = np.arange(RATE // 100) / RATE
    for start in rng.integers(0, frames - len(time), round(100 * seconds)):
        ring = np.sin(2 * np.pi * rng.uniform(1200, 9000) * time) * np.exp(-time / 0.002)
        burst = rng.standard_normal(len(time)) * np.exp(-time / 0.0008)
        out[start : start + len(time)] += min(0.01 * rng.pareto(1.8), 0.2) * (ring + burst)
    return out


def pink(frames: int, rng: np.random.Generator) -> Signal:
    """Unit RMS."""
    hertz = np.maximum(np.fft.rfftfreq(frames, 1 / RATE), 20)
    out = np.fft.irfft(np.fft.rfft(rng.standard_normal(frames)) / np.sqrt(hertz), frames)
    return np.asarray(out / np.sqrt(np.mean(np.square(out))))


def vowels(seconds: float, hertz: float = 120.0) -> Signal:
    """Pulses of a gliding pitch through formants that change every 200 ms."""
    rng = np.random.default_rng(0)
    frames = round(seconds * RATE)
    pitch = hertz * 2 ** (0.1 * np.sin(2 * np.pi * 0.7 * np.arange(frames) / RATE))
    source = np.diff(np.floor(np.cumsum(pitch) / RATE), prepend=0) + 0.003 * rng.standard_normal(frames)
    source = lfilter([1], [1, -0.97], source)
    out = np.zeros(frames)
    step = RATE // 5
    window = np.hanning(2 * step)
    for start in range(0, frames - 2 * step + 1, step):
        part = source[start : start + 2 * step]
        for low, high in ((300, 800), (900, 2200), (2300, 3000)):
            radius, angle = np.exp(-np.pi * 80 / RATE), 2 * np.pi * rng.uniform(low, high) / RATE
            part = lfilter([1 - radius], [1, -2 * radius * np.cos(angle), radius**2], part)
        out[start : start + 2 * step] += part * window
    return np.asarray(0.3 * out / np.abs(out).max())
