"""What a finished cycle went through: colour, distance, the space around it, its level, and where it is cut open."""

from __future__ import annotations

from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from mixdown_ambient.circle import RATE, Circle, Sound
from mixdown_ambient.kind import Kind, Scene
from mixdown_ambient.loudness import loudness

_PEAK = 10 ** (-3.0 / 20)
_LOWEST = 20.0
_WINDOW = 2400
"""Frames between the places that are compared: 50 ms."""
_REACH = 240


def finish(circle: Circle, kind: Kind, scene: Scene, sound: Sound, lufs: float) -> Sound:
    """The cycle at this loudness, or as near to it as peaks of -3 dBFS allow; shape (frames, 2)."""
    bins = fft.rfft(sound, axis=1)
    bins *= _colour(circle.hertz, scene)
    bins[:, 0] = 0.0
    if kind.space is not None:
        wet = kind.space.wet + (0.8 - kind.space.wet) * max(0.0, scene.distance - kind.distance)
        middle = (bins[0] + bins[1]) * np.float32(np.sqrt(wet))
        bins *= np.float32(np.sqrt(1 - wet))
        bins += middle * _answer(circle, kind.name, kind.space.seconds)
    _narrow(bins, 1 - 0.6 * scene.distance)
    gain = 10 ** ((lufs - loudness(bins, circle.frames)) / 20)
    finished = fft.irfft(bins, circle.frames, axis=1, overwrite_x=True)
    gain = min(gain, _PEAK / float(np.max(np.abs(finished))))
    return cut_open(np.asarray(finished * np.float32(gain), np.float32))


def _colour(hertz: NDArray[np.float32], scene: Scene) -> NDArray[np.float32]:
    """Brightness tilts the spectrum about 1 kHz, by up to 3 dB an octave either way. Distance takes the highs:
    outdoors the air does (ISO 9613-1: some 12 dB at 4 kHz over 400 m), indoors doors and corners do."""
    tilt = (np.clip(hertz, 60, 12_000) / np.float32(1_000)) ** np.float32(scene.brightness - 0.5)
    corner = np.float32(20_000 * 0.06**scene.distance)
    curve = tilt / (1 + (hertz / corner) ** 2) ** np.float32(scene.distance)
    return np.asarray(curve * (hertz >= _LOWEST), np.float32)


def _narrow(bins: NDArray[np.complex64], width: float) -> None:
    """Far away, left and right are nearly the same."""
    middle, side = (bins[0] + bins[1]) / 2, (bins[0] - bins[1]) * np.float32(width / 2)
    bins[0], bins[1] = middle + side, middle - side


def _answer(circle: Circle, name: str, seconds: float) -> NDArray[np.complex64]:
    """The spectrum of a diffuse decay of unit power to each side, by 60 dB in ``seconds``: the same for all cycles
    of a kind, which stand in one room."""
    rng = np.random.Generator(np.random.PCG64(crc32(name.encode())))
    frames = int(seconds * RATE)
    tail = rng.standard_normal((2, frames), dtype=np.float32)
    tail *= np.exp(-6.9 * np.arange(frames, dtype=np.float32) / frames)
    tail /= np.sqrt(2 * np.sum(tail**2, axis=1, keepdims=True))
    damped = fft.rfft(tail, circle.frames, axis=1) / (1 + (circle.hertz / np.float32(5_000)) ** 2)
    return np.asarray(damped, np.complex64)


def cut_open(sound: Sound) -> Sound:
    """The circle as a line, shape (frames, 2), cut where the least happens: no meter, however fine, finds the seam."""
    mono = sound[0] + sound[1]
    windows = mono[: len(mono) // _WINDOW * _WINDOW].reshape(-1, _WINDOW)
    level = np.log(np.mean(windows**2, axis=1) + np.float32(1e-12))
    before = np.roll(level, 1)
    change = np.abs(level - before) + np.abs(np.roll(level, -1) - np.roll(level, 2)) / 2
    start = int(np.argmin(change + np.maximum(level, before))) * _WINDOW
    near = np.take(sound, np.arange(start - _REACH - 2, start + _REACH + 2), axis=1, mode="wrap")
    bend = np.abs(np.diff(near, 2, axis=1)).max(axis=0)
    unrest = np.abs(np.diff(near, axis=1)).max(axis=0)[1:-1] + np.maximum(bend[:-1], bend[1:])
    first = (start - _REACH + int(np.argmin(unrest))) % len(mono)
    return np.concatenate([sound[:, first:], sound[:, :first]], axis=1).T
