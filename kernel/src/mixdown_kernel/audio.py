"""Sound as the kernel sees it: float32 frames and their rate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]
"""float32, shape (frames, channels), nominally within -1..1."""


@dataclass(frozen=True, slots=True)
class Audio:
    """A block of sound.

    ``samples`` is float32 of shape (frames, channels), full scale at ±1; ``rate`` is frames per second.
    Blocks are passed by reference: whoever receives one treats it as read-only.
    """

    samples: Samples
    rate: int

    @property
    def frames(self) -> int:
        return int(self.samples.shape[0])

    @property
    def channels(self) -> int:
        return int(self.samples.shape[1])

    @property
    def duration_ms(self) -> int:
        return to_ms(self.frames, self.rate)

    @classmethod
    def silence(cls, frames: int, rate: int, channels: int = 1) -> Self:
        return cls(np.zeros((frames, channels), np.float32), rate)

    @classmethod
    def join(cls, blocks: list[Self]) -> Self:
        """One block of several that share rate and channels; ValueError for none."""
        if not blocks:
            raise ValueError("nothing to join")
        if len(blocks) == 1:
            return blocks[0]
        return cls(np.concatenate([block.samples for block in blocks]), blocks[0].rate)

    def check(self) -> Self:
        """Return self, or raise ValueError for what no later stage could use.

        Backends are other people's code: NaN, a wrong dtype or a wrong shape is caught where it enters
        the road and not where it leaves it.
        """
        samples = self.samples
        if not isinstance(samples, np.ndarray) or samples.dtype != np.float32:
            raise ValueError(
                f"samples must be a float32 array, not {getattr(samples, 'dtype', type(samples).__name__)}"
            )
        if samples.ndim != 2 or not 1 <= samples.shape[1] <= 8:
            raise ValueError(f"samples must have shape (frames, channels), not {samples.shape}")
        if not 4_000 <= self.rate <= 384_000:
            raise ValueError(f"a rate of {self.rate} Hz is outside 4000-384000")
        if samples.size and not np.isfinite(samples.sum(dtype=np.float64)):
            raise ValueError("samples hold NaN or infinity")
        return self


def to_frames(ms: float, rate: int) -> int:
    """The frame at ``ms`` milliseconds: ``round(ms × rate / 1000)``, the rule of every surface."""
    return round(ms * rate / 1000)


def to_ms(frames: int, rate: int) -> int:
    return round(frames * 1000 / rate)


def with_channels(samples: Samples, channels: int) -> Samples:
    """The same sound on ``channels`` channels: mono is copied to each, several are averaged to mono."""
    have = samples.shape[1]
    if have == channels:
        return samples
    if have == 1:
        return np.repeat(samples, channels, axis=1)
    if channels == 1:
        mono: Samples = samples.mean(axis=1, keepdims=True, dtype=np.float32)
        return mono
    raise ValueError(f"no rule takes {have} channels to {channels}")
