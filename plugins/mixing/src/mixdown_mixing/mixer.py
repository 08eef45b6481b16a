"""The timeline mix: gain, pan, fades and ducking, block by block."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mixdown_kernel import Duck, MixBlock, Samples, Track
from mixdown_mixing.ducking import AHEAD_MS, CELL_MS, Ducker
from mixdown_mixing.fades import FULL, SILENT, Envelope
from mixdown_mixing.gains import Gains
from mixdown_mixing.kernels import Curve, Kernels

AHEAD_CELLS = AHEAD_MS // CELL_MS
NOTHING = np.zeros((0, 1), np.float32)
CUT = 1e-3
"""A first frame above -60 dBFS is no beginning but the middle of something."""
REMEMBERED_CELLS = 12_000
"""Two minutes. What a ducker did not hear before them has shrunk below the precision of its gain, even where it is
released over ten seconds."""


@dataclass(frozen=True, slots=True)
class Lane:
    """A track in the mix."""

    track: Track
    envelope: Envelope
    gains: Gains
    ducker: tuple[Duck, str] | None
    """Tracks with equal parameters share a ducker; a key that itself gives way does not hear itself."""


class Share(NamedTuple):
    """What a track brings to a block: samples × (curve × gains)."""

    samples: Samples
    gains: NDArray[np.float32]
    curve: Curve


class TimelineMixer:
    """A running mix on a grid of 10 ms (``rate // 100`` frames): see `mixdown_kernel.Mixer`.

    A mono track is copied to every channel first; pan is that of `Gains`.
    Key tracks are heard by the duckers as they sound in the mix: after gain and fades. Where `process` is told what
    they bring next, the beds are down when a voice begins and not when it has said its first syllable.
    A track with ``declick`` that begins or ends in the middle of its wave is ramped over so many frames; a drum on its
    first frame begins at zero, and is not.
    A track that joins later gives way to what was heard before it came.
    Blocks off the grid are mixed without a click; equal bits are promised for blocks on it.
    """

    def __init__(self, rate: int, channels: int, kernels: Kernels) -> None:
        self._cell = max(1, rate // 100)
        self._channels = channels
        self._kernels = kernels
        self._lanes: dict[str, Lane] = {}
        self._duckers: dict[tuple[Duck, str], Ducker] = {}
        self._keys: list[str] = []
        self._unity = np.ones(channels, np.float32)
        self._heard: deque[float] = deque(maxlen=REMEMBERED_CELLS)
        self._next: list[float] = []
        """The keys' peaks in past cells, and in those ahead as far as they are told."""
        self._position = 0

    def add(self, track: Track) -> None:
        """Add a track; ValueError where its id is taken."""
        if track.id in self._lanes:
            raise ValueError(f"the mix already has a track {track.id!r}")
        if track.is_key:
            self._keys.append(track.id)
        ducker = None
        if track.duck is not None:
            ducker = (track.duck, track.id if track.is_key else "")
            if ducker not in self._duckers:
                self._duckers[ducker] = Ducker(track.duck, self._cell)
                self._duckers[ducker].hear([*self._heard, *self._next], len(self._next))
        envelope = Envelope(track.start, track.fade_in, track.fade_out, track.declick)
        gains = Gains(track.gain, track.pan, self._channels)
        self._lanes[track.id] = Lane(track, envelope, gains, ducker)

    def remove(self, track_id: str) -> None:
        """KeyError for a track that was never added."""
        lane = self._lanes.pop(track_id)
        if lane.track.is_key:
            self._keys.remove(track_id)
        if lane.ducker and all(other.ducker != lane.ducker for other in self._lanes.values()):
            del self._duckers[lane.ducker]

    def change(self, track_id: str, gain: float, pan: float, frames: int) -> None:
        """KeyError for a track that was never added."""
        self._lanes[track_id].gains.change(gain, pan, self._position, frames)

    def end_at(self, track_id: str, frame: int, fade: int | None = None) -> None:
        """KeyError for a track that was never added."""
        self._lanes[track_id].envelope.end_at(frame, self._position, fade)

    def process(
        self,
        inputs: Mapping[str, Samples],
        frames: int,
        *,
        parts: bool = False,
        upcoming: Mapping[str, Samples] | None = None,
    ) -> MixBlock:
        """The next block; ValueError for an input of another length, or of neither one channel nor the mix's.

        ``upcoming`` holds what key tracks bring after this block, `UPCOMING_MS` of it or less where they end.
        """
        fades = {name: self._envelope(name, samples, frames) for name, samples in inputs.items()}
        ducks = self._duck(inputs, fades, frames, upcoming)
        sounding = {
            name: self._heard_as(name, samples, fades[name], ducks)
            for name, samples in inputs.items()
            if fades[name] is not SILENT
        }
        self._position += frames
        if parts:
            return self._apart(inputs, sounding, frames)
        return MixBlock(self._together(sounding, frames))

    def _envelope(self, name: str, samples: Samples, frames: int) -> Curve:
        if name not in self._lanes:
            raise ValueError(f"the mix has no track {name!r}; it has {', '.join(self._lanes) or 'none'}")
        if samples.shape[0] != frames or samples.shape[1] not in (1, self._channels):
            raise ValueError(
                f"track {name!r} must bring {frames} frames of 1 or {self._channels} channels, not {samples.shape}"
            )
        lane = self._lanes[name]
        offset = lane.track.start - self._position
        if 0 <= offset < frames and float(np.abs(samples[offset]).max()) * lane.track.gain > CUT:
            lane.envelope.cut()
        return lane.envelope.curve(self._position, frames)

    def _heard_as(
        self, name: str, samples: Samples, fade: Curve, ducks: Mapping[tuple[Duck, str] | None, Curve]
    ) -> Share:
        lane = self._lanes[name]
        curve = _product(fade, ducks.get(lane.ducker, FULL))
        gains = lane.gains.channels(self._position, samples.shape[0])
        if gains.ndim == 1:
            return Share(samples, gains, curve)
        gliding = gains * (np.reshape(curve, (-1, 1)) if np.ndim(curve) else curve)
        return Share(samples * gliding, self._unity, FULL)

    # ---- summing

    def _together(self, sounding: Mapping[str, Share], frames: int) -> Samples:
        if len(sounding) == 1:
            return self._alone(*sounding.values())
        if not sounding:
            return np.zeros((frames, self._channels), np.float32)
        mix = np.empty((frames, self._channels), np.float32)
        into = self._kernels.scale
        for share in sounding.values():
            into(*share, mix)
            into = self._kernels.mix_in
        return mix

    def _apart(self, inputs: Mapping[str, Samples], sounding: Mapping[str, Share], frames: int) -> MixBlock:
        silence = np.zeros((frames, self._channels), np.float32)
        shares = {name: self._alone(share) for name, share in sounding.items()}
        first, *rest = shares.values() or [silence]
        mix = first.copy() if rest else first
        for share in rest:
            mix += share
        return MixBlock(mix, {name: shares.get(name, silence) for name in inputs})

    def _alone(self, share: Share) -> Samples:
        """One track as it sounds in the mix, uncopied where nothing changes it."""
        samples, gains, curve = share
        if curve is FULL and samples.shape[1] == self._channels and bool((gains == 1).all()):
            return samples
        alone = np.empty((samples.shape[0], self._channels), np.float32)
        self._kernels.scale(samples, gains, curve, alone)
        return alone

    # ---- ducking

    def _duck(
        self,
        inputs: Mapping[str, Samples],
        fades: Mapping[str, Curve],
        frames: int,
        upcoming: Mapping[str, Samples] | None,
    ) -> dict[tuple[Duck, str] | None, Curve]:
        ahead = 0 if upcoming is None else AHEAD_CELLS
        cells = self._cells(frames) + ahead
        levels = {name: self._key_levels(name, inputs, fades, frames, upcoming) for name in self._keys}
        heard = _loudest(levels.values(), cells)
        self._remember(heard, ahead)
        curves: dict[tuple[Duck, str] | None, Curve] = {}
        for (duck, itself), ducker in self._duckers.items():
            others = (level for name, level in levels.items() if name != itself)
            level = _loudest(others, cells) if itself in levels else heard
            curves[duck, itself] = ducker.curve(self._position, frames, level, ahead)
        return curves

    def _remember(self, levels: list[float], ahead: int) -> None:
        cells = len(levels) - ahead
        self._heard.extend(levels[:cells])
        self._next = levels[cells:]

    def _key_levels(
        self,
        name: str,
        inputs: Mapping[str, Samples],
        fades: Mapping[str, Curve],
        frames: int,
        upcoming: Mapping[str, Samples] | None,
    ) -> list[float]:
        """The peaks of one key in this block's cells, and in those ahead."""
        gains = self._lanes[name].gains
        if name in inputs:
            gain = gains.level(self._position, frames)
            levels = self._levels(inputs[name], fades[name], gain, self._position)
        else:
            levels = [0.0] * self._cells(frames)
        if upcoming is None:
            return levels
        ahead: list[float] = []
        position = self._position + frames
        if len(samples := upcoming.get(name, NOTHING)[: AHEAD_CELLS * self._cell]):
            fade = self._lanes[name].envelope.curve(position, len(samples))
            ahead = self._levels(samples, fade, gains.level(position, len(samples)), position)
        return levels + ahead + [0.0] * (AHEAD_CELLS - len(ahead))

    def _cells(self, frames: int) -> int:
        """How many cells of the grid begin in the next ``frames``."""
        return -(-(self._position + frames) // self._cell) - -(-self._position // self._cell)

    def _levels(self, samples: Samples, fade: Curve, gain: Curve, position: int) -> list[float]:
        """The peak of a key in every cell that begins in a block at ``position``; the last may be cut short."""
        first = -position % self._cell
        if np.ndim(fade):
            samples = samples * np.reshape(fade, (-1, 1))
            fade = FULL
        if np.ndim(gain):
            samples = samples * np.reshape(gain, (-1, 1))
            gain = FULL
        samples = samples[first:]
        whole = samples.shape[0] // self._cell * self._cell
        peaks = self._kernels.cell_peaks(samples[:whole], self._cell)
        if samples.shape[0] > whole:
            peaks = np.append(peaks, np.abs(samples[whole:]).max())
        levels: list[float] = (peaks * gain * fade).tolist()
        return levels


def _loudest(levels: Iterable[list[float]], cells: int) -> list[float]:
    """Of several keys the loudest in each cell."""
    first, *others = [*levels] or [[0.0] * cells]
    return [max(peaks) for peaks in zip(first, *others, strict=True)] if others else first


def _product(fade: Curve, duck: Curve) -> Curve:
    return duck if fade is FULL else fade if duck is FULL else np.asarray(fade * duck)[()]
