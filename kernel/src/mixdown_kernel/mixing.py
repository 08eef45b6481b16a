"""Tracks on one timeline: each layer's sound placed to the frame, mixed block by block.

The scene ends with its voices (plus the tail); what else sounds is cut there, its fade-out before the cut. So
that a fade can begin in time while an end is still unknown, the tracks that decide the scene's end and those that fade
out are read ahead by the longest fade. A track begins to work shortly before it is due.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass

import numpy as np

from mixdown_kernel.audio import Samples, to_frames
from mixdown_kernel.contracts import Duck, Mixer, MixingBackend, Track
from mixdown_kernel.contracts.mixing import UPCOMING_MS
from mixdown_kernel.plan import Plan
from mixdown_kernel.scene import Layer
from mixdown_kernel.streams import FrameQueue, closing

GRID_MS = 10
DECLICK_MS = 5
"""Clips and loops begin and end wherever they were cut. Voices begin and end in silence, unless they are cut here."""
FIRST_BLOCK_MS = 100
LARGEST_BLOCK_MS = 1000
BUFFER_MS = 2000

PartSink = Callable[[Mapping[str, Samples], int], None]
"""Takes each sounding track's share of a block of so many frames; runs in the mixing thread."""


@dataclass
class LayerTrack:
    """One layer being mixed: where it starts, what has arrived of it, and whether the scene ends with it."""

    layer: Layer
    source: AsyncIterator[Samples]
    queue: FrameQueue
    start: int
    decides_end: bool
    ends_with_scene: bool = False
    """Its source was asked for just the scene's length."""
    read: int = 0
    pumping: asyncio.Task[None] | None = None

    def begin(self, group: asyncio.TaskGroup) -> None:
        """Let the source work; until then it costs nothing."""
        if self.pumping is None:
            self.pumping = group.create_task(self.pump())

    async def pump(self) -> None:
        """Move the source's sound into the queue; ends with the source."""
        try:
            async with closing(self.source) as blocks:
                async for block in blocks:
                    await self.queue.put(block)
        finally:
            await self.queue.end()

    @property
    def known_end(self) -> int | None:
        """The frame after its last, once that is known."""
        return self.start + self.read + self.queue.frames if self.queue.ended else None

    @property
    def end(self) -> int:
        """The frame after the last that has been heard."""
        return self.start + self.read

    async def at(self, position: int, frames: int) -> Samples | None:
        """Its ``frames`` frames from ``position`` on, None if it is silent there."""
        offset = max(0, self.start - position)
        if offset >= frames or self.pumping is None:
            return None
        block = await self.queue.read(frames - offset)
        self.read += len(block)
        if not len(block):
            return None
        if len(block) == frames:
            return block
        padded = np.zeros((frames, block.shape[1]), np.float32)
        padded[offset : offset + len(block)] = block
        return padded

    def peek(self, position: int, frames: int) -> Samples:
        """What it brings from ``position`` on, up to ``frames``, without taking it."""
        offset = max(0, self.start - position)
        if offset >= frames:
            return np.zeros((0, 1), np.float32)
        waiting = self.queue.peek(frames - offset)
        return (
            np.concatenate([np.zeros((offset, waiting.shape[1]), np.float32), waiting]) if offset else waiting
        )


class Mixdown:
    """Mixes a plan's tracks. ``total`` is the scene's length in frames once it is known."""

    def __init__(
        self,
        plan: Plan,
        tracks: list[LayerTrack],
        mixing: MixingBackend,
        parts: PartSink | None,
        group: asyncio.TaskGroup,
    ) -> None:
        scene = plan.scene
        self._group = group
        self._rate = scene.rate
        self._channels = scene.channels
        self._tracks = tracks
        self._parts = parts
        self._tail = to_frames(scene.tail_ms, scene.rate)
        self._deciding = [track for track in tracks if track.decides_end]
        self._grid = scene.rate * GRID_MS // 1000
        fades = [t.layer.fade_out_ms for t in tracks if t.layer.fade_out_ms and t.layer.duration_ms is None]
        self._upcoming = to_frames(UPCOMING_MS, scene.rate) if any(t.layer.duck for t in tracks) else 0
        self._lookahead = max(to_frames(max(fades, default=0), scene.rate), self._upcoming) + self._grid
        self._ahead = to_frames(BUFFER_MS, scene.rate)
        self._announced: dict[str, int] = {}
        self.total: int | None = None
        self._mixer: Mixer = mixing.mixer(scene.rate, scene.channels)
        for track in tracks:
            self._mixer.add(mixer_track(track.layer, track.start, scene.rate))

    async def blocks(self) -> AsyncIterator[Samples]:
        """The mix from its first frame to its last, shape (frames, channels). Blocks begin short, for an early
        first sound, and grow."""
        position, size = 0, FIRST_BLOCK_MS
        while True:
            frames = to_frames(size, self._rate) // self._grid * self._grid
            await self._look_ahead(position + frames)
            if self.total is not None:
                frames = min(frames, self.total - position)
            if frames <= 0:
                return
            yield await self._block(position, frames)
            position += frames
            size = min(size * 2, LARGEST_BLOCK_MS)

    async def _look_ahead(self, until: int) -> None:
        for track in self._tracks:
            if track.start <= until + self._lookahead + self._ahead:
                track.begin(self._group)
        for track in self._tracks:
            if track.pumping:
                far = track.decides_end or track.layer.fade_out_ms
                ahead = self._lookahead if far else self._grid  # a declick is shorter than a cell
                await track.queue.fill(until + ahead - track.start - track.read)
        ends = [track.known_end for track in self._deciding]
        if self.total is None and all(end is not None for end in ends):
            self.total = max(end for end in ends if end is not None) + self._tail
        for track in self._tracks:
            self._announce_end(track)

    def _announce_end(self, track: LayerTrack) -> None:
        """Tell the mixer where a track ends. The scene's end may later turn out to be nearer, but the look-ahead
        sees to it that this is known before the track's fade-out begins."""
        duration = track.layer.duration_ms
        cut = None if duration is None else track.start + to_frames(duration, self._rate)
        known = (cut, track.known_end, self.total)
        end = min((end for end in known if end is not None), default=None)
        if end is not None and end < self._announced.get(track.layer.id, end + 1):
            self._announced[track.layer.id] = end
            self._mixer.end_at(track.layer.id, end)

    async def _block(self, position: int, frames: int) -> Samples:
        inputs: dict[str, Samples] = {}
        for track in self._tracks:
            block = await track.at(position, frames)
            if block is not None:
                inputs[track.layer.id] = block
        upcoming = self._keys_after(position + frames) if self._upcoming else None
        return await asyncio.to_thread(self._process, inputs, frames, upcoming)

    def _keys_after(self, position: int) -> dict[str, Samples]:
        """What the voices bring next. They decide about the end, so they have been read ahead."""
        return {
            track.layer.id: track.peek(position, self._upcoming)
            for track in self._tracks
            if track.layer.speaks and track.pumping is not None
        }

    def _process(
        self, inputs: Mapping[str, Samples], frames: int, upcoming: Mapping[str, Samples] | None
    ) -> Samples:
        mixed = self._mixer.process(inputs, frames, parts=self._parts is not None, upcoming=upcoming)
        if self._parts is not None:
            self._parts(mixed.parts, frames)
        return mixed.mix


def mixer_track(layer: Layer, start: int, rate: int) -> Track:
    """A layer that begins at frame ``start`` as the mixer sees it."""
    ducking = layer.duck
    return Track(
        id=layer.id,
        gain=layer.volume,
        pan=layer.pan,
        start=start,
        fade_in=to_frames(layer.fade_in_ms, rate),
        fade_out=to_frames(layer.fade_out_ms, rate),
        duck=Duck(ducking.depth_db, ducking.attack_ms, ducking.release_ms) if ducking else None,
        is_key=layer.speaks,
        declick=0 if layer.speaks and not layer.duration_ms else to_frames(DECLICK_MS, rate),
    )
