"""Additive synthesis. Everything here is a sum of sines below `TOP`, so that nothing can alias.

``ring`` and ``steady`` are matrix products: within a block of `BLOCK` frames a partial of fixed frequency is the same
turn of phase for every block, sin(a + b) = sin a cos b + cos a sin b, so that blocks x partials times
partials x frames gives the sum of all partials at the price of a few.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mixdown_music.synth.instrument import RATE, Mono, Sound

TOP = 19_000.0
"""Hz above which no partial sounds."""
BLOCK = 256
"""Frames between the corners of an envelope."""

_UNTHREADED = 1 << 18
"""Multiplications below which OpenBLAS keeps to one thread (its ``SMP_THRESHOLD_MIN`` times four)."""

_CACHED = 32
"""Blocks that fit a processor's cache with what is computed of them."""

Array = NDArray[np.floating]
_COUNT = np.arange(BLOCK, dtype=np.float64)


def ring(frames: int, hertz: ArrayLike, level: ArrayLike, life: ArrayLike, turn: ArrayLike = 0.0) -> Sound:
    """Damped sines, the modes of something struck: ``level`` · e^(-t / ``life``) · sin(2π(``hertz`` · t + ``turn``)).

    All broadcast to (partials,), ``level`` and ``turn`` maybe to (channels, partials). Shape (channels, frames).
    """
    f = np.asarray(hertz, np.float64)
    levels = np.atleast_2d(np.broadcast_to(level, np.broadcast_shapes(np.shape(level), f.shape)))
    lives, turns = (np.broadcast_to(x, (*np.shape(x)[:-1], len(f))) for x in (life, turn))
    heard = _heard(f, np.max(np.abs(levels), axis=0))
    f, levels, rate, turns = f[heard], levels[:, heard], 1 / (lives[heard] * RATE), turns[..., heard]
    starts = _starts(-(-frames // BLOCK))
    decay = np.exp(np.maximum(-starts[:, None] * rate, -60).astype(np.float32))
    within = np.exp((-_COUNT[:, None] * rate).astype(np.float32))
    return _product(f, levels[:, None, :] * decay, np.atleast_2d(turns), within)[:, :frames]


def steady(frames: int, hertz: ArrayLike, gains: ArrayLike, turn: ArrayLike = 0.0) -> Sound:
    """Sines of fixed frequency whose gains move in straight lines between the corners that `corners` counts.

    ``hertz`` is (partials,), ``gains`` (corners, partials) or (channels, corners, partials), ``turn`` (partials,)
    or (channels, partials). Shape (channels, frames).
    """
    f, g = np.asarray(hertz, np.float64), np.asarray(gains, np.float32)
    g = g[None] if g.ndim == 2 else g
    heard = _heard(f, np.max(np.abs(g), axis=(0, 1)))
    f, g, turns = (
        f[heard],
        g[:, :, heard],
        np.atleast_2d(np.broadcast_to(turn, (*np.shape(turn)[:-1], len(f))))[:, heard],
    )
    up = np.broadcast_to((_COUNT / BLOCK).astype(np.float32)[:, None], (BLOCK, len(f)))
    return (_product(f, g[:, 1:], turns, up) + _product(f, g[:, :-1], turns, 1 - up))[:, :frames]


def _heard(hertz: Array, level: Array) -> NDArray[np.intp]:
    """Which partials are: those below `TOP` and less than 90 dB under the strongest."""
    return np.flatnonzero((hertz < TOP) & (level > 3e-5 * np.max(level, initial=0.0)))


def _starts(blocks: int) -> Array:
    return np.arange(blocks) * float(BLOCK)


def corners(frames: int) -> Array:
    """Seconds at which the gains of `steady` and `glide` are given: one more than there are blocks."""
    return np.arange(-(-frames // BLOCK) + 1) * (BLOCK / RATE)


def _product(hertz: Array, envelope: NDArray[np.floating], turn: Array, within: NDArray[np.float32]) -> Sound:
    """``envelope`` (channels, blocks, partials) from block to block, ``within`` (frames, partials) in each of them."""
    at_start = radians((_starts(envelope.shape[1])[:, None] * (hertz / RATE))[None] + turn[:, None, :])
    inside = radians(_COUNT[:, None] * (hertz / RATE))
    # A denormal number costs a hundred times what a zero does.
    envelope = np.where(np.abs(envelope) > 1e-12, envelope, 0.0).astype(np.float32)
    blocks = np.concatenate([envelope * np.sin(at_start), envelope * np.cos(at_start)], axis=2)
    frames = np.concatenate([within * np.cos(inside), within * np.sin(inside)], axis=1)
    return _times(blocks, frames.T)


def _times(blocks: Sound, frames: Sound) -> Sound:
    """The matrix product, in pieces too small for a linear algebra library to wake its threads for: they would take
    another render's core, and a sum could depend on how many there are."""
    channels, count, partials = blocks.shape
    rows = max(_UNTHREADED // (partials * BLOCK), 1)
    out = np.empty((channels, count, BLOCK), np.float32)
    for channel in range(channels):
        for row in range(0, count, rows):
            np.matmul(blocks[channel, row : row + rows], frames, out=out[channel, row : row + rows])
    return out.reshape(channels, -1)


def turning(frames: int, hertz: float, cents: NDArray[np.floating] | None = None) -> Array:
    """Turns (not radians) of a tone at each frame, its pitch bent by ``cents`` where given."""
    if cents is None:
        turns: Array = np.arange(frames) * (hertz / RATE)
        return turns
    bent = np.exp2(cents.astype(np.float32) * np.float32(1 / 1200)) * np.float32(hertz / RATE)
    return np.asarray(np.cumsum(bent, dtype=np.float64) - float(bent[0]))


def radians(turns: Array) -> NDArray[np.float32]:
    """Within one turn, so that single precision is enough for a sine."""
    return ((turns - np.floor(turns)) * (2 * np.pi)).astype(np.float32)


def glide(turns: Array, gains: Array, *, start: float = 0.0, hertz: float) -> Mono:
    """Harmonics of a tone whose pitch moves: the sum of ``gains[:, k]`` · sin(2π(k + 1) · ``turns``).

    ``gains`` has shape (corners, harmonics); ``hertz`` is the highest fundamental, by which harmonics are left out.
    """
    blocks = gains.shape[0] - 1
    phase = np.zeros(blocks * BLOCK, np.float32)
    phase[: len(turns)] = radians(turns + start)
    audible = [k for k in range(gains.shape[1]) if (k + 1) * hertz < TOP and np.max(gains[:, k]) > 1e-4]
    lines = gains[:, : max(audible, default=0) + 1].T.astype(np.float32)
    out = np.empty((blocks, BLOCK), np.float32)
    for first in range(0, blocks, _CACHED):
        angle = phase.reshape(blocks, BLOCK)[first : first + _CACHED]
        out[first : first + _CACHED] = _clenshaw(angle, lines[:, first : first + len(angle) + 1])
    return out.ravel()[: len(turns)]


def _clenshaw(angle: NDArray[np.float32], lines: NDArray[np.float32]) -> NDArray[np.float32]:
    """The sum of sin(k · ``angle``) by Clenshaw's recurrence (1955): two sines, however many harmonics."""
    share = (np.arange(BLOCK) / BLOCK).astype(np.float32)
    twice = 2 * np.cos(angle)
    first, second = np.zeros_like(angle), np.zeros_like(angle)
    for line in lines[::-1]:
        following = (line[1:] - line[:-1])[:, None] * share
        following += line[:-1, None]
        following -= second
        second = first
        first = following + twice * second
    return first * np.sin(angle)


def shape(hertz: ArrayLike, points: Sequence[tuple[float, float]]) -> Array:
    """A response drawn through (Hz, dB) points, straight in log frequency; linear gain."""
    x, y = np.log2([p[0] for p in points]), [p[1] for p in points]
    return np.asarray(10 ** (np.interp(np.log2(np.maximum(hertz, 1.0)), x, y) / 20), np.float64)


def lowpass(hertz: ArrayLike, cutoff: ArrayLike, *, poles: int = 4, resonance: float = 0.0) -> Array:
    """Magnitude of an analog low-pass: ``poles`` of 6 dB an octave, and a peak at the cut-off of ``resonance``
    (0 none, 1 about 12 dB). Broadcasts."""
    ratio = np.asarray(hertz, np.float64) / np.asarray(cutoff, np.float64)
    slope = 1 / np.sqrt(1 + ratio ** (2 * poles))
    peak = 3 * resonance * np.exp(-((np.log2(np.maximum(ratio, 1e-6)) / 0.22) ** 2))
    return np.asarray(slope * (1 + peak), np.float64)
