"""Loudness and true peak, also of what a file decodes to.

Loudness: integrated, ITU-R BS.1770-4 / EBU R 128, by libebur128. True peak: by a polyphase low-pass of our own choice, eight
times oversampled with 64 taps a phase, and a parabola through the highest three: independent of the 4-fold filter that the
limiter under test works with, and within 0.02 dB for tones up to 20 kHz. Files are decoded by PyAV (FFmpeg), not by
the decoder of the house.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import lru_cache
from math import inf
from typing import Any

import numpy as np
import pyebur128
from numpy.typing import NDArray
from scipy.signal import firwin, upfirdn

Signal = NDArray[np.floating[Any]]

_TIMES, _TAPS, _BLOCK = 8, 64, 48_000
_MOMENTARY, _INTEGRATED = 1, 5
"""EBUR128_MODE_M and _I: pyebur128 0.1.1 takes modes as numbers."""
_QUIET = -120.0


@dataclass(frozen=True, slots=True)
class Levels:
    lufs: float
    dbtp: float


def levels(samples: Signal, rate: int) -> Levels:
    """Both, of sound of shape (frames,) or (frames, channels); minus infinity for silence."""
    return Levels(loudness(samples, rate), true_peak(samples))


def loudness(samples: Signal, rate: int) -> float:
    """Integrated loudness in LUFS; minus infinity for silence and for less than 400 ms."""
    sound = _shaped(samples)
    state = pyebur128.R128State(sound.shape[1], rate, _INTEGRATED)
    state.add_frames(np.ascontiguousarray(sound, np.float32).reshape(-1), len(sound))
    measured = float(pyebur128.get_loudness_global(state))
    return measured if np.isfinite(measured) else -inf


def momentary(samples: Signal, rate: int) -> NDArray[np.float64]:
    """Loudness in LUFS of the 400 ms before each tenth of a second; at least -120."""
    sound = np.ascontiguousarray(_shaped(samples), np.float32)
    step = rate // 10
    state = pyebur128.R128State(sound.shape[1], rate, _MOMENTARY)
    curve = []
    for start in range(0, len(sound) - step + 1, step):
        state.add_frames(sound[start : start + step].reshape(-1), step)
        curve.append(float(pyebur128.get_loudness_momentary(state)))
    return np.maximum(np.nan_to_num(curve, neginf=_QUIET), _QUIET)


def true_peak(samples: Signal) -> float:
    """The highest peak between samples, dBTP."""
    sound = _shaped(samples)
    highest = max((_peak(channel) for channel in sound.T), default=0.0)
    return 20 * float(np.log10(highest)) if highest > 0 else -inf


def decoded(data: bytes) -> tuple[NDArray[np.float32], int]:
    """What a file decodes to, shape (frames, channels), and its rate, by FFmpeg. ValueError for no sound."""
    import av

    blocks = []
    with av.open(io.BytesIO(data), mode="r") as container:
        rate = container.streams.audio[0].rate
        floats = av.AudioResampler(format="fltp", rate=rate)
        for frame in container.decode(audio=0):
            blocks += [block.to_ndarray() for block in floats.resample(frame)]
        blocks += [block.to_ndarray() for block in floats.resample(None)]
    if not blocks:
        raise ValueError("the file holds no sound")
    return np.concatenate(blocks, axis=1).T.astype(np.float32), int(rate)


def _shaped(samples: Signal) -> Signal:
    return samples.reshape(len(samples), -1) if samples.size else samples.reshape(0, 1)


@lru_cache(maxsize=1)
def _low_pass() -> NDArray[np.float64]:
    return np.asarray(firwin(_TIMES * _TAPS + 1, 1 / _TIMES, window=("kaiser", 8.0)) * _TIMES)


def _peak(channel: Signal) -> float:
    """Block by block, so that a long file needs no more memory than a short one. Where a block is cut out of the sound
    the filter rings: what counts is the block itself, at the sound's own ends also what rings before and after."""
    highest = 0.0
    delay = (len(_low_pass()) - 1) // 2
    for start in range(0, len(channel), _BLOCK):
        first, end = max(0, start - _TAPS), start + _BLOCK
        around = np.asarray(channel[first : end + _TAPS], np.float64)
        dense = np.abs(upfirdn(_low_pass(), around, up=_TIMES))
        own = slice(
            (start - first) * _TIMES + delay if start else 0,
            (end - first) * _TIMES + delay if end < len(channel) else None,
        )
        at = int(dense[own].argmax()) + (own.start or 0)
        highest = max(highest, _vertex(dense, at))
    return highest


def _vertex(curve: NDArray[np.float64], at: int) -> float:
    """The top of the parabola through the highest value and its neighbours."""
    if not 0 < at < len(curve) - 1:
        return float(curve[at])
    left, top, right = (float(value) for value in curve[at - 1 : at + 2])
    bend = left - 2 * top + right
    return top - (left - right) ** 2 / (8 * bend) if bend else top
