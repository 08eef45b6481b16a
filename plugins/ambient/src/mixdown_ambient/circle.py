"""A cycle is a circle: everything here is periodic in it, so that no loop has a seam to hide."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import fft

RATE = 48_000
STEP = 480
"""Frames between the points of a slow curve: 10 ms."""

Sound: TypeAlias = NDArray[np.float32]
"""float32, shape (2, frames) for a whole circle, (frames,) for an event or a gain."""
Curve: TypeAlias = Callable[[NDArray[np.float32]], NDArray[Any]]
"""Amplitude over frequency in Hz (never 0); complex where the phase matters, too."""
_INAUDIBLE = 1e-4
"""Of the strongest bin's amplitude: what lies beyond is left out."""


@dataclass(frozen=True)
class Circle:
    """What one cycle is drawn on.

    A bed of several cycles shares its scene out among them: each has its ``share`` of the power of what is steady
    and of the number of what happens, and only one (``rarities``) has what a listener would remember.
    """

    frames: int
    rng: np.random.Generator
    share: float = 1.0
    rarities: bool = True

    @property
    def seconds(self) -> float:
        return self.frames / RATE

    @cached_property
    def hertz(self) -> NDArray[np.float32]:
        """The frequencies of the circle's spectrum, the lowest lifted to 1 Hz."""
        bins = np.arange(self.frames // 2 + 1, dtype=np.float32)
        return np.asarray(np.maximum(bins * np.float32(RATE / self.frames), 1), np.float32)

    def silence(self) -> Sound:
        return np.zeros((2, self.frames), np.float32)

    def count(self, per_second: float) -> int:
        """How many of something fall into this cycle: a whole number, as many on average."""
        return int(per_second * self.seconds * self.share + self.rng.random())

    def rare(self, per_minute: float) -> int:
        """How many of something that one would know again."""
        return int(per_minute * self.seconds / 60 + self.rng.random()) if self.rarities else 0

    def moments(self, number: int) -> NDArray[np.int64]:
        """Frames anywhere in the circle."""
        return self.rng.integers(0, self.frames, number)

    # ---------------------------------------------------------------- what is steady

    def noise(self, curve: Curve, *, shared: float = 0.0, channels: int = 2) -> Sound:
        """Channels of Gaussian noise of this spectrum, each of the power ``share``.

        ``shared`` (0 to 1) is how much the channels have in common: 0 is all around, 1 is mono.
        """
        amplitude = curve(self.hertz).astype(np.float32)
        amplitude[0] = 0.0
        top = int(np.flatnonzero(amplitude > _INAUDIBLE * amplitude.max())[-1]) + 1
        bins = np.zeros((channels, len(amplitude)), np.complex64)
        # Even numbers, sixteen bits each, and not Gaussian ones: the sum over bins is Gaussian, and they cost a tenth.
        bits = self.rng.integers(0, 2**64, channels * -(-top // 2), np.uint64).view(np.int16)
        bins[:, :top] = (
            bits[: 2 * channels * top].astype(np.float32).view(np.complex64).reshape(channels, top)
        )
        if shared:
            bins[1, :top] *= np.float32(np.sqrt(1 - shared**2))
            bins[1, :top] += np.float32(shared) * bins[0, :top]
        bins[:, :top] *= amplitude[:top]
        return self._sound(bins, power=self.share)

    def patter(self, per_second: float, response: Curve, *, density: Sound | None = None) -> Sound:
        """As many short strikes a second, each with this response and a strength and a place of its own: what is
        too dense to be heard one by one and too coarse to be noise. Their power is ``share``; where ``density``
        (0 to 1, one a frame) is less than 1 they are as much rarer."""
        number = max(1, self.count(per_second))
        where = self.moments(number)
        strength = np.minimum(0.3 + self.rng.pareto(2.2, number), 6.0) * self.rng.choice([-1.0, 1.0], number)
        power = self.share
        if density is not None:
            strength *= self.rng.random(number) < density[where]
            power *= float(np.mean(density, dtype=np.float64))
        gains = sides(self.rng.uniform(-1, 1, number)) * strength
        strikes = np.stack([np.bincount(where, gain, self.frames) for gain in gains])
        bins = fft.rfft(strikes.astype(np.float32), axis=1)
        bins *= response(self.hertz).astype(np.complex64)
        bins[:, 0] = 0.0
        return self._sound(bins, power=power)

    def _sound(self, bins: NDArray[np.complex64], *, power: float) -> Sound:
        sound = fft.irfft(bins, self.frames, axis=1, overwrite_x=True)
        found = np.mean(np.square(sound), axis=1, keepdims=True, dtype=np.float64)
        sound *= np.sqrt(power / np.maximum(found, 1e-20)).astype(np.float32)
        return np.asarray(sound, np.float32)

    # ---------------------------------------------------------------- what changes slowly

    @property
    def points(self) -> int:
        """How many points `around` takes."""
        return -(-self.frames // STEP)

    def around(self, points: NDArray[np.floating[Any]]) -> Sound:
        """A curve through points 10 ms apart (the last one is nearer to the first again), one value a frame."""
        points = np.asarray(points, np.float32)
        rise = np.diff(points, append=points[:1])
        ramp = np.arange(STEP, dtype=np.float32) / STEP
        curve = (points[:, None] + rise[:, None] * ramp).ravel()[: self.frames]
        last = self.frames - (len(points) - 1) * STEP
        curve[-last:] = points[-1] + rise[-1] * (np.arange(last, dtype=np.float32) / last)
        return np.asarray(curve, np.float32)

    def wander(self, fastest: float, *, slope: float = 0.5) -> NDArray[np.float64]:
        """Points of a smooth random curve of mean 0 and deviation 1, with nothing faster than ``fastest`` in Hz
        (below 50); its waves' sizes fall with frequency to the power ``slope``."""
        waves = max(1, round(fastest * self.seconds))
        order = np.arange(1, waves + 1)
        bins = np.zeros(self.points // 2 + 1, np.complex128)
        turns = self.rng.standard_normal(2 * waves).view(np.complex128)
        bins[1 : waves + 1] = turns / order**slope
        curve = fft.irfft(bins, self.points)
        return np.asarray(curve / np.sqrt(np.mean(curve**2)), np.float64)

    def drift(self, fastest: float, decibels: float, *, slope: float = 0.5) -> Sound:
        """A slow gain around 1 with this deviation. A share of a bed moves more, so that the whole moves so much."""
        return self.around(
            decibels_to_gain(self.wander(fastest, slope=slope) * decibels / np.sqrt(self.share))
        )

    # ---------------------------------------------------------------- what happens

    def scatter(
        self,
        events: Sequence[Sound],
        which: NDArray[np.int64],
        where: NDArray[np.int64],
        gain: ArrayLike,
        pan: ArrayLike,
    ) -> Sound:
        """Event ``which[i]`` at frame ``where[i]``, wrapped around the end; pan -1 to 1 at constant power."""
        longest = max((len(event) for event in events), default=0)
        if longest > self.frames:
            raise ValueError("an event is longer than its circle")
        loop = np.zeros((2, self.frames + longest), np.float32)
        left, right = loop
        gains = (sides(np.broadcast_to(pan, len(which))) * np.broadcast_to(gain, len(which))).astype(
            np.float32
        )
        for kind, start, to_left, to_right in zip(which.tolist(), where.tolist(), *gains, strict=True):
            event = events[kind]
            end = start + len(event)
            left[start:end] += to_left * event
            right[start:end] += to_right * event
        loop[:, :longest] += loop[:, self.frames :]
        return loop[:, : self.frames]

    def add(self, loop: Sound, event: Sound, start: int) -> None:
        """Add one event of two channels, wrapped around the end."""
        first = min(event.shape[1], self.frames - start)
        loop[:, start : start + first] += event[:, :first]
        loop[:, : event.shape[1] - first] += event[:, first:]


def sides(pan: ArrayLike) -> NDArray[np.float64]:
    """Gains of the left and the right channel, shape (2, …), for pans from -1 to 1, at constant power."""
    angle = (np.asarray(pan, np.float64) + 1) * np.pi / 4
    return np.stack([np.cos(angle), np.sin(angle)])


def decibels_to_gain(decibels: ArrayLike) -> NDArray[np.float64]:
    return np.asarray(10 ** (np.asarray(decibels, np.float64) / 20))


def bell(centre: float, octaves: float) -> Curve:
    """A band around ``centre``, as a bell over the logarithm of frequency."""
    return lambda hertz: np.exp(-0.5 * (np.log2(hertz / np.float32(centre)) / np.float32(octaves)) ** 2)


def ring(centre: float, width: float) -> Curve:
    """The response of something that rings at ``centre`` and dies away by 1 / (2 pi ``width``) seconds."""
    return lambda hertz: 1 / (1 + 1j * (hertz - np.float32(centre)) / np.float32(width))
