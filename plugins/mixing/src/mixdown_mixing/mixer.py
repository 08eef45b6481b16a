"""The timeline mix: gain, pan, fades and ducking, block by block."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mixdown_kernel import Duck, MixBlock, Samples, Track
from mixdown_mixing.ducking import AHEAD_MS, CELL_MS, Ducker
from mixdown_mixing.fades import FULL, SILENT, Envelope
from mixdown_mixing.kernels import Curve, Kernels

AHEAD_CELLS = AHEAD_MS // CELL_MS
NOTHING = np.zeros((0, 1), np.float32)
CUT = 1e-3
"""A first frame above -60 dBFS is no beginning but the middle of something."""


@dataclass(frozen=True, slots=True)
class Lane:
    """A track in the mix."""

    track: Track
    envelope: Envelope
    gains: NDArray[np.float32]
    """One per channel: gain and pan."""
    ducker: tuple[Duck, str] | None
    """Tracks with equal parameters share a ducker; a key that itself gives way does not hear itself."""


class TimelineMixer:
    """A running mix on a grid of 10 ms (``rate // 100`` frames): see `mixdown_kernel.Mixer`.

    Pan follows the balance law: ``left = min(1, 1 - pan)``, ``right = min(1, 1 + pan)``, so that the middle is
    untouched and nothing gets louder; it has no effect but in stereo. A mono track is copied to every channel first.
    Key tracks are heard by the duckers as they sound in the mix: after gain and fades. Where `process` is told what
    they bring next, the beds are down when a voice begins and not when it has said its first syllable.
    A track with ``declick`` that begins or ends in the middle of its wave is ramped over so many frames; a drum on its
    first frame begins at zero, and is not.
    Blocks off the grid are mixed without a click; equal bits are promised for blocks on it.
    """

    def __init__(self, rate: int, channels: int, kernels: Kernels) -> None:
        self._cell = max(1, rate // 100)
        self._channels = channels
        self._kernels = kernels
        self._lanes: dict[str, Lane] = {}
        self._duckers: dict[tuple[Duck, str], Ducker] = {}
        self._keys: list[str] = []
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
            self._duckers.setdefault(ducker, Ducker(track.duck, self._cell))
        declick: int = getattr(track, "declick", 0)
        envelope = Envelope(track.start, track.fade_in, track.fade_out, declick)
        self._lanes[track.id] = Lane(track, envelope, _gains(track, self._channels), ducker)

    def end_at(self, track_id: str, frame: int) -> None:
        """KeyError for a track that was never added."""
        self._lanes[track_id].envelope.end_at(frame, self._position)

    def process(
        self,
        inputs: Mapping[str, Samples],
        frames: int,
        *,
        parts: bool = False,
        upcoming: Mapping[str, Samples] | None = None,
    ) -> MixBlock:
        """The next block; ValueError for an input of another length, or of neither one channel nor the mix's.

        ``upcoming`` holds what key tracks bring after this block, `ducking.AHEAD_MS` of it or less where they end. It
        is given with every block or with none.
        """
        fades = {name: self._envelope(name, samples, frames) for name, samples in inputs.items()}
        ducks = self._duck(inputs, fades, frames, upcoming)
        sounding = {
            name: (samples, _product(fades[name], ducks.get(self._lanes[name].ducker, FULL)))
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

    # ---- summing

    def _together(self, sounding: Mapping[str, tuple[Samples, Curve]], frames: int) -> Samples:
        if len(sounding) == 1:
            (name, (samples, curve)) = next(iter(sounding.items()))
            return self._share(name, samples, curve, frames)
        if not sounding:
            return np.zeros((frames, self._channels), np.float32)
        mix = np.empty((frames, self._channels), np.float32)
        into = self._kernels.scale
        for name, (samples, curve) in sounding.items():
            into(samples, self._lanes[name].gains, curve, mix)
            into = self._kernels.mix_in
        return mix

    def _apart(
        self, inputs: Mapping[str, Samples], sounding: Mapping[str, tuple[Samples, Curve]], frames: int
    ) -> MixBlock:
        silence = np.zeros((frames, self._channels), np.float32)
        shares = {name: self._share(name, *heard, frames) for name, heard in sounding.items()}
        first, *rest = shares.values() or [silence]
        mix = first.copy() if rest else first
        for share in rest:
            mix += share
        return MixBlock(mix, {name: shares.get(name, silence) for name in inputs})

    def _share(self, name: str, samples: Samples, curve: Curve, frames: int) -> Samples:
        """One track as it sounds in the mix, uncopied where nothing changes it."""
        gains = self._lanes[name].gains
        if curve is FULL and samples.shape[1] == self._channels and bool((gains == 1).all()):
            return samples
        share = np.empty((frames, self._channels), np.float32)
        self._kernels.scale(samples, gains, curve, share)
        return share

    # ---- ducking

    def _duck(
        self,
        inputs: Mapping[str, Samples],
        fades: Mapping[str, Curve],
        frames: int,
        upcoming: Mapping[str, Samples] | None,
    ) -> dict[tuple[Duck, str] | None, Curve]:
        if not self._duckers:
            return {}
        levels = {name: self._key_levels(name, inputs, fades, frames, upcoming) for name in self._keys}
        ahead = 0 if upcoming is None else AHEAD_CELLS
        silence = np.zeros(self._cells(frames) + ahead, np.float32)
        curves: dict[tuple[Duck, str] | None, Curve] = {}
        for (duck, itself), ducker in self._duckers.items():
            heard = [level for name, level in levels.items() if name != itself]
            level = np.maximum.reduce([silence, *heard])
            curves[duck, itself] = ducker.curve(self._position, frames, level.tolist(), ahead)
        return curves

    def _key_levels(
        self,
        name: str,
        inputs: Mapping[str, Samples],
        fades: Mapping[str, Curve],
        frames: int,
        upcoming: Mapping[str, Samples] | None,
    ) -> NDArray[np.float32]:
        """The peaks of one key in this block's cells, and in those ahead."""
        gain = self._lanes[name].track.gain
        levels = np.zeros(self._cells(frames), np.float32)
        if name in inputs:
            levels = self._levels(inputs[name], fades[name], gain, self._position)
        if upcoming is None:
            return levels
        ahead = np.zeros(AHEAD_CELLS, np.float32)
        position = self._position + frames
        if len(samples := upcoming.get(name, NOTHING)[: AHEAD_CELLS * self._cell]):
            fade = self._lanes[name].envelope.curve(position, len(samples))
            found = self._levels(samples, fade, gain, position)
            ahead[: len(found)] = found
        return np.concatenate([levels, ahead])

    def _cells(self, frames: int) -> int:
        """How many cells of the grid begin in the next ``frames``."""
        return -(-(self._position + frames) // self._cell) - -(-self._position // self._cell)

    def _levels(self, samples: Samples, fade: Curve, gain: float, position: int) -> NDArray[np.float32]:
        """The peak of a key in every cell that begins in a block at ``position``; the last may be cut short."""
        first = -position % self._cell
        if np.ndim(fade):
            samples = samples * np.reshape(fade, (-1, 1))
            fade = FULL
        samples = samples[first:]
        whole = samples.shape[0] // self._cell * self._cell
        peaks = self._kernels.cell_peaks(samples[:whole], self._cell)
        if samples.shape[0] > whole:
            peaks = np.append(peaks, np.abs(samples[whole:]).max())
        return np.asarray(peaks * np.float32(gain) * fade)


def _gains(track: Track, channels: int) -> NDArray[np.float32]:
    gains = np.full(channels, track.gain)
    if channels == 2:
        gains *= np.minimum(1, [1 - track.pan, 1 + track.pan])
    return gains.astype(np.float32)


def _product(fade: Curve, duck: Curve) -> Curve:
    return duck if fade is FULL else fade if duck is FULL else np.asarray(fade * duck)[()]
