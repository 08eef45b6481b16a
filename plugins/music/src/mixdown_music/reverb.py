"""Rooms, and convolution with them."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy import fft
from scipy.signal import butter, sosfilt

from mixdown_music.synth import RATE, Sound

PARTITION = RATE
"""Frames a transform of the convolution advances by; blocks are whole numbers of it."""
_SPEED = 343.0
"""Of sound, metres a second."""
_BANDS = (110.0, 450.0, 1800.0, 6000.0, 15_000.0)


@dataclass(frozen=True, kw_only=True)
class Room:
    """A shoebox and what its walls swallow.

    Attributes:
        seconds: to -60 dB, at 1 kHz.
        metres: its longest side; the others are in the proportions of a concert hall, 1 : 0.77 : 0.47.
        warmth, air: how much longer the bass and shorter the treble rings than that.
        early: energy of the first reflections against the late field's.
        width: of the late field, 0 to 1.
    """

    seconds: float
    metres: float
    warmth: float = 1.1
    air: float = 0.45
    early: float = 0.35
    width: float = 0.75


@lru_cache(maxsize=8)
def response(room: Room) -> Sound:
    """The room's impulse response of unit energy a channel, without the direct sound and without its lowest octaves,
    which would blur and widen the bass. Shape (2, frames)."""
    late = _late(room)
    early = _early(room, late.shape[1])
    both = np.sqrt(room.early) * early + np.sqrt(1 - room.early) * late
    both = sosfilt(butter(2, 130, "highpass", fs=RATE, output="sos"), both, axis=1)
    return np.asarray(both / np.sqrt(np.mean(np.sum(both**2, axis=1))), np.float32)


def _late(room: Room) -> NDArray[np.float64]:
    """Noise in bands that die each at its own speed, after the time in which reflections grow dense."""
    frames = int(RATE * room.seconds * max(room.warmth, 1.0))
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence([0x400B])))
    middle, side = rng.standard_normal((2, frames))
    noise = np.stack([middle + room.width * side, middle - room.width * side])
    t = np.arange(frames) / RATE
    lives = np.interp(np.arange(4), (0, 1.5, 3), (room.warmth, 1.0, room.air)) * room.seconds
    field = np.zeros((2, frames))
    for low, high, life in zip(_BANDS[:-1], _BANDS[1:], lives.tolist(), strict=True):
        sos = butter(2, (low, high), "bandpass", fs=RATE, output="sos")
        level = 10 ** (-3 * np.log2(high / 450) / 2 / 20)
        field += level * sosfilt(sos, noise, axis=1) * np.exp(-6.91 * t / life)
    begin = int(room.metres / _SPEED * 0.8 * RATE)
    dense = np.clip((np.arange(frames) - begin) / (1.5 * begin), 0, 1)
    field *= np.sin(0.5 * np.pi * dense) ** 2
    return np.asarray(field / np.sqrt(np.mean(np.sum(field**2, axis=1))))


def _early(room: Room, frames: int) -> NDArray[np.float64]:
    """First and second reflections by mirror images (Allen and Berkley 1979), each from where it comes."""
    size = room.metres * np.array([1.0, 0.77, 0.47])
    source, listener = size * (0.28, 0.41, 0.35), size * (0.7, 0.54, 0.38)
    taps = np.zeros((2, frames))
    direct = np.linalg.norm(source - listener)
    for mirror in product((-1, 0, 1), repeat=3):
        order = sum(map(abs, mirror))
        if order not in (1, 2):
            continue
        image = [
            (-p if m < 0 else 2 * s - p) if m else p for m, p, s in zip(mirror, source, size, strict=True)
        ]
        way = np.array(image) - listener
        distance = float(np.linalg.norm(way))
        at = int((distance - direct) / _SPEED * RATE)
        pan = float(np.clip(1.2 * way[1] / distance, -0.9, 0.9))
        level = 0.72**order * direct / distance
        if at < frames:
            taps[:, at] += level * np.array([np.sqrt(0.5 * (1 + pan)), np.sqrt(0.5 * (1 - pan))])
    soft = sosfilt(butter(1, 5500, fs=RATE, output="sos"), taps, axis=1)
    return np.asarray(soft / np.sqrt(np.mean(np.sum(soft**2, axis=1))))


@lru_cache(maxsize=8)
def _spectra(room: Room) -> NDArray[np.complex64]:
    """The response in partitions, transformed: (partitions, 2, bins)."""
    whole = response(room)
    count = -(-whole.shape[1] // PARTITION)
    parts = np.zeros((2, count, 2 * PARTITION), np.float32)
    for i in range(count):
        part = whole[:, i * PARTITION : (i + 1) * PARTITION]
        parts[:, i, : part.shape[1]] = part
    return np.ascontiguousarray(fft.rfft(parts, axis=2).transpose(1, 0, 2)).astype(np.complex64)


class Reverb:
    """Uniformly partitioned convolution by overlap and save (Wefers 2015, ch. 4). Mono in, stereo out, no delay."""

    def __init__(self, room: Room) -> None:
        self._room = _spectra(room)
        self._heard: deque[NDArray[np.complex64]] = deque(maxlen=len(self._room))
        self._last = np.zeros(PARTITION, np.float32)

    def process(self, send: NDArray[np.float32]) -> Sound:
        """``send`` has shape (frames,), a whole number of partitions."""
        wet = [self._advance(part) for part in send.reshape(-1, PARTITION)]
        return np.concatenate(wet, axis=1)

    def _advance(self, part: NDArray[np.float32]) -> Sound:
        self._heard.appendleft(fft.rfft(np.concatenate([self._last, part])))
        self._last = part
        total = np.zeros(self._room.shape[1:], np.complex64)
        for spectrum, transfer in zip(self._heard, self._room, strict=False):
            total += spectrum * transfer
        return np.asarray(fft.irfft(total, 2 * PARTITION, axis=1)[:, PARTITION:], np.float32)
