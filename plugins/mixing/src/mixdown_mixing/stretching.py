"""Time-stretch by splices a pitch period long: WSOLA (Verhelst and Roelands, ICASSP 1993) made pitch-synchronous.

WSOLA lays down windows of a fixed length wherever within a fixed tolerance they fit best. Both cost sharpness: a
window of 30 ms smears what the tempo would have passed in 8 ms, and a tolerance of 10 ms is that much jitter. A voice
repeats itself every period, so a splice needs no more than one period of either.
"""

from __future__ import annotations

from math import ceil
from random import Random

import numpy as np
from numpy.typing import NDArray

from mixdown_kernel import Audio, Samples, invalid
from mixdown_mixing.periods import periods

SLOWEST, FASTEST = 0.1, 10.0
SPLICE_SECONDS = 0.006
"""The shortest splice; a voiced one is as many whole periods as reach it."""
VOICED = 0.4
"""Likeness of neighbouring periods from which sound counts as voiced."""
NOISE_TOLERANCE_SECONDS = 0.003
SLOW = 0.7
"""Below this speed noise has to be repeated so often that the repetition is heard as a tone, unless it is scattered."""
SCATTER_SECONDS = 0.004
LONGEST_SECONDS = 0.02
"""More than the longest splice, and more than twice the widest tolerance."""
SILENCE = 1e-9


def stretch(audio: Audio, speed: float) -> Audio:
    """``audio`` at ``speed`` times its tempo and its own pitch, exactly round(frames / speed) frames.

    The sound is read at a delay that changes splice by splice, each a crossfade of 6 to 16 ms; where speech is voiced
    to the delay within half a period at which it goes on as it did (the highest normalised cross-correlation, summed
    over the channels, so that stereo keeps its phase). Raises `Problem` ``invalid``/``invalid_speed`` outside 0.1 to
    10.
    """
    if not SLOWEST <= speed <= FASTEST:
        raise invalid(
            "invalid_speed",
            f"A speed of {speed} is outside {SLOWEST}-{FASTEST}.",
            field="speed",
            allowed=[SLOWEST, FASTEST],
        )
    frames = round(audio.frames / speed)
    if frames == audio.frames:
        return audio
    return Audio(_Splicer(audio, speed).splice(frames), audio.rate)


class _Splicer:
    """The input, held at both ends. A delay is how much further on the input is read than the output written."""

    def __init__(self, audio: Audio, speed: float) -> None:
        self._rate = audio.rate
        self._speed = speed
        self._frames = audio.frames
        self._margin = ceil(2 * LONGEST_SECONDS * (1 + speed) * audio.rate)
        self._sound = np.pad(audio.samples, ((self._margin, self._margin), (0, 0)), mode="edge")
        self._periods = periods(audio.samples, audio.rate)
        self._random = Random(0)  # noqa: S311 - equal sound, equal splices

    def splice(self, frames: int) -> Samples:
        out = np.empty((frames, self._sound.shape[1]), np.float32)
        position = delay = 0
        while position < frames:
            length, tolerance = self._splice_at(position)
            if frames - position < 2 * length:  # the last one: both end together
                length, following = frames - position, self._frames - frames
            else:
                following = self._follow(position, length, delay, tolerance)
            self._crossfade(out[position : position + length], position, delay, following)
            position, delay = position + length, following
        return out

    def _splice_at(self, position: int) -> tuple[int, int]:
        """The length of a splice and how far from its place it may look for what is alike; 0: it need not."""
        period, likeness = self._periods.at(position * self._speed / self._rate)
        if likeness > VOICED:
            seconds, tolerance = period * ceil(SPLICE_SECONDS / period), period / 2
        else:
            seconds, tolerance = SPLICE_SECONDS, 0.0 if self._speed < SLOW else NOISE_TOLERANCE_SECONDS
        return max(1, round(seconds * self._rate)), ceil(tolerance * self._rate)

    def _follow(self, position: int, length: int, delay: int, tolerance: int) -> int:
        """The delay that the sound goes over to."""
        end = position + length
        wanted = round(end * self._speed) - end
        if not tolerance:
            following = wanted + round(self._random.uniform(-SCATTER_SECONDS, SCATTER_SECONDS) * self._rate)
        elif abs(delay - wanted) <= tolerance:  # nothing is more like it than itself
            following = delay
        else:
            following = self._alike(position, length, delay, wanted, tolerance)
        # Beyond the ends there is nothing to splice.
        return max(-position, min(following, self._frames - end))

    def _alike(self, position: int, length: int, delay: int, wanted: int, tolerance: int) -> int:
        """The delay within ``tolerance`` of ``wanted`` at which the sound is most like that at ``delay``."""
        here = self._read(position, delay, length)
        first = wanted - tolerance
        there = self._read(position, first, length + 2 * tolerance)
        likeness = sum(
            np.correlate(there[:, channel], here[:, channel], "valid") for channel in range(here.shape[1])
        )
        energy = np.concatenate([[0.0], np.cumsum(np.square(there, dtype=np.float64).sum(axis=1))])
        energy = energy[length:] - energy[:-length]
        return first + int(np.argmax(likeness / np.sqrt(energy + SILENCE)))

    def _crossfade(self, out: Samples, position: int, delay: int, following: int) -> None:
        """Go over from one delay to the other, as loud in the middle as at both ends however alike the two are."""
        old = self._read(position, delay, len(out))
        if delay == following:
            out[:] = old
            return
        new = self._read(position, following, len(out))
        rising = _rising(len(out))
        falling = 1 - rising
        alike = float(np.vdot(old, new)) / np.sqrt(
            float(np.vdot(old, old)) * float(np.vdot(new, new)) + SILENCE
        )
        gain = 1 / np.sqrt(rising**2 + falling**2 + 2 * max(0.0, min(alike, 1.0)) * rising * falling)
        out[:] = old * (falling * gain)[:, None] + new * (rising * gain)[:, None]

    def _read(self, position: int, delay: int, frames: int) -> Samples:
        start = self._margin + position + delay
        return self._sound[start : start + frames]


def _rising(frames: int) -> NDArray[np.float32]:
    return (0.5 - 0.5 * np.cos(np.pi * (np.arange(frames) + 0.5) / frames)).astype(np.float32)
