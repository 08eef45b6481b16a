"""Noise, still or sweeping, and the filters that shape it."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import fft
from scipy.signal import butter, sosfilt

from mixdown_music.synth.envelope import fall
from mixdown_music.synth.instrument import RATE, Mono, Sound

_HOP = 512


@lru_cache(maxsize=1)
def _white() -> Mono:
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([0x40E]))).standard_normal(
        1 << 19, np.float32
    )


def noise(frames: int, random: np.random.Generator) -> Mono:
    """White noise of unit power, read-only: some ten seconds are made once, and everybody begins where chance says."""
    white = _white()
    first = int(random.integers(len(white)))
    if first + frames > len(white):
        white = np.tile(white, -(-(first + frames) // len(white)))
    return white[first : first + frames]


def burst(
    frames: int,
    random: np.random.Generator,
    life: float,
    low: float | None = None,
    high: float | None = None,
    *,
    order: int = 2,
) -> Mono:
    """Noise between ``low`` and ``high`` Hz that decays to 1/e in ``life`` seconds; made only while it is heard."""
    heard = min(int(7 * life * RATE) + 1, frames)
    out = np.zeros(frames, np.float32)
    out[:heard] = band(noise(heard, random), low, high, order=order) * fall(heard, life)
    return out


def drift(frames: int, random: np.random.Generator, hertz: float) -> Mono:
    """A slow wandering about 0 of unit power, ``hertz`` turns a second or so: no player stands still."""
    points = max(int(frames / RATE * 2 * hertz) + 3, 4)
    corners = random.standard_normal(points)
    return np.asarray(
        np.interp(np.arange(frames), np.linspace(0, frames + RATE / hertz, points), corners), np.float32
    )


@lru_cache(maxsize=128)
def _filter(order: int, low: float | None, high: float | None) -> NDArray[np.float32]:
    if low is None:
        sos = butter(order, high, "lowpass", fs=RATE, output="sos")
    elif high is None:
        sos = butter(order, low, "highpass", fs=RATE, output="sos")
    else:
        sos = butter(order, (low, high), "bandpass", fs=RATE, output="sos")
    return np.asarray(sos, np.float32)


def band(x: Mono, low: float | None = None, high: float | None = None, *, order: int = 2) -> Mono:
    """Butterworth: what lies between ``low`` and ``high`` Hz, None for open."""
    return np.asarray(sosfilt(_filter(order, low, high), x), np.float32)


def sweep(
    frames: int,
    random: np.random.Generator,
    response: Callable[[NDArray[np.floating], NDArray[np.floating]], NDArray[np.floating]],
) -> Sound:
    """Two channels of noise whose spectrum moves: ``response(seconds, hertz)`` is its gain, the first of shape
    (blocks, 1), the second (bins,). By overlapping windows that sum to one in power."""
    blocks = frames // _HOP + 2
    window = np.sin(np.pi * (np.arange(2 * _HOP) + 0.5) / (2 * _HOP))
    seconds = (np.arange(blocks) * (_HOP / RATE))[:, None]
    gain = response(seconds, fft.rfftfreq(2 * _HOP, 1 / RATE)).astype(np.float32)
    grains = random.standard_normal((2, blocks, 2 * _HOP), dtype=np.float32)
    shaped = fft.irfft(fft.rfft(grains, axis=2) * gain, 2 * _HOP, axis=2) * window.astype(np.float32)
    out = np.zeros((2, (blocks + 1) * _HOP), np.float32)
    out[:, :-_HOP] += shaped[:, :, :_HOP].reshape(2, -1)
    out[:, _HOP:] += shaped[:, :, _HOP:].reshape(2, -1)
    return out[:, _HOP : _HOP + frames]
