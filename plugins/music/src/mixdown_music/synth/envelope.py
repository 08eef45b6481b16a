"""Envelopes, and places on two channels."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from mixdown_music.synth.instrument import RATE, Mono, Sound


@lru_cache(maxsize=8)
def times(frames: int) -> Mono:
    """Seconds; shared, so read-only."""
    t = (np.arange(frames) / RATE).astype(np.float32)
    t.setflags(write=False)
    return t


def fall(frames: int, seconds: float) -> Mono:
    """An exponential decay to 1/e in ``seconds``."""
    return np.asarray(
        np.exp(np.maximum(times(frames) * np.float32(-1.0 / seconds), np.float32(-60))), np.float32
    )


def rise(sound: NDArray[np.floating], seconds: float) -> NDArray[np.float32]:
    """As float32, faded in by a raised cosine over ``seconds``, the last axis being time; maybe in place."""
    sound = np.asarray(sound, np.float32)
    frames = min(int(seconds * RATE), sound.shape[-1])
    if frames:
        ramp = 0.5 - 0.5 * np.cos(np.pi * (np.arange(frames) + 0.5) / frames)
        sound[..., :frames] *= ramp.astype(np.float32)
    return sound


def approach(frames: int, seconds: float, delay: float = 0.0) -> Mono:
    """From 0 to 1, a raised cosine that begins after ``delay`` and takes ``seconds``."""
    begin, end = min(int(delay * RATE), frames), min(int((delay + seconds) * RATE), frames)
    out = np.ones(frames, np.float32)
    out[:begin] = 0
    out[begin:end] = 0.5 - 0.5 * np.cos(
        np.arange(end - begin, dtype=np.float32) * np.float32(np.pi / seconds / RATE)
    )
    return out


def mono(x: Mono) -> Sound:
    return x[None, :]


def placed(x: Mono, pan: float) -> Sound:
    """On two channels, ``pan`` from -1 to 1, at constant power; in the middle as loud as on one."""
    angle = (pan + 1) * np.pi / 4
    sides = np.array([[np.cos(angle)], [np.sin(angle)]]) * np.sqrt(2)
    return np.asarray(x * sides, np.float32)
