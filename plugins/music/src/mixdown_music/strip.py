"""What a bus passes on its way out: room, tape. All of it linear, so that stems treated alike sum to the mix."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import fft
from scipy.signal import butter, lfilter, sosfilt

from mixdown_music.synth import RATE, Sound

_TAPE_TOP = 9_500.0
_FLUTTER_HISTORY = 128
_FLUTTER_GRID = 240


@lru_cache(maxsize=8)
def room(seconds: float) -> Sound:
    """The impulse response of a room: decorrelated noise on two channels that loses 60 dB in ``seconds``, its top
    sooner than its bottom, of unit energy a channel. Shape (2, frames)."""
    frames = int(seconds * RATE)
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence([0x400B])))
    t = np.arange(frames) / RATE
    noise = rng.standard_normal((2, frames))
    dark = lfilter([0.2], [1, -0.8], noise, axis=1)
    response = 0.35 * noise * np.exp(-6.9 * t / (0.45 * seconds)) + dark * np.exp(-6.9 * t / seconds)
    response = response - lfilter([0.01], [1, -0.99], response, axis=1)  # no rumble below about 80 Hz
    before = int(0.014 * RATE)
    response[:, :before] = 0
    response[:, before : before + 480] *= np.linspace(0, 1, 480)
    return np.asarray(response / np.sqrt(np.sum(response**2, axis=1, keepdims=True)), np.float32)


class Reverb:
    """Convolution with a room, block by block by overlap and add (Stockham 1966). Mono in, stereo out."""

    def __init__(self, seconds: float, block: int) -> None:
        response = room(seconds)
        self._size = fft.next_fast_len(block + response.shape[1] - 1, real=True)
        self._response = fft.rfft(response, self._size, axis=1)
        self._tail: NDArray[np.float32] = np.zeros((2, response.shape[1] - 1), np.float32)

    def process(self, send: NDArray[np.float32]) -> Sound:
        """``send`` has shape (frames,), at most the block."""
        frames, tail = len(send), self._tail
        wet = fft.irfft(fft.rfft(send, self._size)[None, :] * self._response, self._size, axis=1)
        wet = wet[:, : frames + tail.shape[1]]
        wet[:, : tail.shape[1]] += tail
        self._tail = wet[:, frames:].copy()
        return np.asarray(wet[:, :frames], np.float32)


class Tape:
    """A worn tape: wow and flutter as a wandering delay of up to a millisecond, and a soft top."""

    def __init__(self) -> None:
        self._sos = butter(2, _TAPE_TOP, fs=RATE, output="sos").astype(np.float32)
        self._state = np.zeros((self._sos.shape[0], 2, 2), np.float32)
        self._history: Sound = np.zeros((2, _FLUTTER_HISTORY), np.float32)

    def process(self, sound: Sound, start: int) -> Sound:
        frames = sound.shape[1]
        extended = np.concatenate([self._history, sound], axis=1)
        self._history = extended[:, -_FLUTTER_HISTORY:].copy()
        index, share = _flutter(start, frames)
        moved = np.take(extended, index, axis=1)
        moved += (np.take(extended, index - 1, axis=1) - moved) * share
        moved, self._state = sosfilt(self._sos, moved, axis=1, zi=self._state)
        return np.asarray(moved, np.float32)


@lru_cache(maxsize=2)
def _flutter(start: int, frames: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Where each frame is read in the history and its block, and how much of the frame before is mixed in."""
    # Drawn on a coarse grid that starts at frame 0, so that it is the same whatever the blocks.
    first = start // _FLUTTER_GRID
    points = np.arange(first, (start + frames) // _FLUTTER_GRID + 2)
    t = points * (_FLUTTER_GRID / RATE)
    wander = 40.0 + 32.0 * np.sin(2 * np.pi * 0.55 * t) + 2.2 * np.sin(2 * np.pi * 5.3 * t + 1.0)
    count = np.arange(start, start + frames)
    delay = np.interp(count, points * _FLUTTER_GRID, wander)
    whole = delay.astype(np.int64)
    return count + (_FLUTTER_HISTORY - start) - whole, (delay - whole).astype(np.float32)


class Strip:
    """Room and tape of one bus."""

    def __init__(self, *, reverb: float, tape: bool, block: int) -> None:
        self._reverb = Reverb(reverb, block)
        self._tape = Tape() if tape else None

    def process(self, dry: Sound, send: NDArray[np.float32], start: int) -> Sound:
        """``dry`` is (2, frames), ``send`` (frames,), ``start`` the absolute frame."""
        out = dry + self._reverb.process(send)
        return self._tape.process(out, start) if self._tape else out
