"""The signal processing of the road: mix, loudness, limiter, resampling, stretch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from mixdown_kernel.audio import Audio, Samples


@dataclass(frozen=True, slots=True)
class Duck:
    """How far a track steps back while a key track sounds, and how fast. Depth is negative, in dB."""

    depth_db: float = -12.0
    attack_ms: float = 30.0
    release_ms: float = 400.0
    threshold_db: float = -40.0


UPCOMING_MS = 100
"""How far a mixer may look ahead on key tracks."""


@dataclass(frozen=True, slots=True)
class Track:
    """One layer as the mixer sees it. Gain is linear, pan -1 (left) to 1 (right); the rest is in frames.

    ``is_key`` tracks push the others down; a track with ``duck`` gives way to them.
    """

    id: str
    gain: float = 1.0
    pan: float = 0.0
    start: int = 0
    fade_in: int = 0
    fade_out: int = 0
    duck: Duck | None = None
    is_key: bool = False
    declick: int = 0
    """Ramp an edge that lies in the middle of the wave, a cut, over at least so many frames."""


@dataclass(frozen=True, slots=True)
class MixBlock:
    """``mix`` and, where asked for, each track's own share of it (they sum to the mix)."""

    mix: Samples
    parts: Mapping[str, Samples] = field(default_factory=dict)


class Mixer(Protocol):
    """A running mix. Control signals move on an absolute grid of 10 ms, so that the block size is inaudible:
    any sequence of blocks whose lengths are multiples of the grid (the last one excepted) gives the same bits."""

    def add(self, track: Track) -> None:
        """Also while the mix runs, for a track that begins at a frame yet to come: it gives way as it would if it had
        been there from the first frame on."""
        ...

    def remove(self, track_id: str) -> None:
        """Forget a track that is over, so that a mix without end does not grow."""
        ...

    def change(self, track_id: str, gain: float, pan: float, frames: int) -> None:
        """Glide to another gain and pan, over ``frames`` from the next block on."""
        ...

    def end_at(self, track_id: str, frame: int, fade: int | None = None) -> None:
        """The track's last frame is known: its fade-out, or one of ``fade`` frames, ends there. Called before the fade
        would begin. May be said again; a fade that has begun goes on."""
        ...

    def process(
        self,
        inputs: Mapping[str, Samples],
        frames: int,
        *,
        parts: bool = False,
        upcoming: Mapping[str, Samples] | None = None,
    ) -> MixBlock:
        """The next ``frames`` of the mix.

        ``inputs`` holds, per sounding track, exactly ``frames`` frames at the mix's rate with one channel or
        the mix's; a track that is absent is silent in this block. ``upcoming`` is what key tracks bring in the
        `UPCOMING_MS` after it, so that others give way in time; it comes with every block or with none.
        """
        ...


class Meter(Protocol):
    """Loudness by ITU-R BS.1770-4 / EBU R 128."""

    def push(self, samples: Samples) -> None: ...

    def loudness(self) -> float:
        """Integrated, in LUFS; -inf for silence."""
        ...

    def true_peak(self) -> float:
        """In dBTP; -inf for silence."""
        ...


class Limiter(Protocol):
    """A true-peak limiter with look-ahead, its delay compensated: what goes in comes out equally long."""

    def process(self, samples: Samples) -> Samples: ...

    def flush(self) -> Samples: ...


class Resampler(Protocol):
    """Streaming; over all calls the output is round(frames_in × rate_out / rate_in) frames long."""

    def process(self, samples: Samples) -> Samples: ...

    def flush(self) -> Samples: ...


class MixingBackend(Protocol):
    """Role ``mixing``: the signal processing of the road. Synchronous; the road calls it in threads."""

    def mixer(self, rate: int, channels: int) -> Mixer: ...

    def meter(self, rate: int, channels: int) -> Meter: ...

    def limiter(self, rate: int, channels: int, ceiling_dbtp: float) -> Limiter: ...

    def resampler(self, rate_in: int, rate_out: int, channels: int) -> Resampler: ...

    def stretch(self, audio: Audio, speed: float) -> Audio:
        """The same pitch at ``speed`` times the tempo: round(frames / speed) frames."""
        ...
