"""One layer of a live mix: what has arrived of it, where its next sound belongs, and where it ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Literal

import numpy as np

from mixdown_kernel.audio import Samples, to_frames
from mixdown_kernel.contracts.mixing import UPCOMING_MS
from mixdown_kernel.mixing import BUFFER_MS, GRID_MS
from mixdown_kernel.scene import SourceLayer, VoiceLayer
from mixdown_kernel.streams import FrameQueue, closing

CUSHION_MS = 200
"""What a source has in hand, beyond what is needed at once, before it begins or goes on."""

Reason = Literal["finished", "removed", "interrupted"]


class LiveTrack:
    """``start`` is the layer's first frame, once that is decided; ``next`` the frame where its next sound belongs:
    behind ``start`` plus what was read, where it had to wait."""

    def __init__(self, layer: VoiceLayer | SourceLayer, rate: int, block: int) -> None:
        self.layer = layer
        self.is_key = layer.speaks
        self.start: int | None = None
        self.next = 0
        self.cut: int | None = None
        self.announced: int | None = None
        self.reason: Reason = "finished"
        self.error: Exception | None = None
        self.stalled = False
        self.task: asyncio.Task[None] | None = None
        self._rate = rate
        self._cell = to_frames(GRID_MS, rate)
        fade = 0 if layer.duration_ms else to_frames(layer.fade_out_ms, rate)
        self.ahead = max(self._cell, fade, to_frames(UPCOMING_MS, rate) if self.is_key else 0)
        """So much of what comes is known, or its end is."""
        self._enough = block + self.ahead + to_frames(CUSHION_MS, rate)
        self.queue = FrameQueue(1, max(self._enough, to_frames(BUFFER_MS, rate) + self.ahead))

    async def pump(self, source: AsyncIterator[Samples], arrived: Callable[[], None]) -> None:
        """Move a source's sound into the queue; ends with the source."""
        async with closing(source) as blocks:
            async for block in blocks:
                await self.queue.put(block)
                if self.start is None:
                    arrived()

    @property
    def id(self) -> str:
        return self.layer.id

    @property
    def is_ready(self) -> bool:
        """There is enough of it to begin, or all."""
        return self._has(self._enough)

    @property
    def end(self) -> int | None:
        """The frame after its last, once that is known."""
        natural = self.next + self.queue.frames if self.queue.ended else None
        known = [end for end in (natural, self.cut) if end is not None]
        return min(known) if self.start is not None and known else None

    def begin(self, frame: int) -> None:
        self.start = self.next = frame
        if self.layer.duration_ms:
            self.cut = frame + to_frames(self.layer.duration_ms, self._rate)

    def _has(self, frames: int) -> bool:
        if self.cut is not None:
            frames = min(frames, self.cut - self.next)
        return self.queue.ended or self.queue.frames >= frames

    async def at(self, position: int, frames: int) -> Samples | None:
        """Its ``frames`` from ``position`` on; None where it is silent there. A source that runs dry dies away over
        10 ms and waits; it comes back when it has something in hand again."""
        offset = max(0, self.next - position)
        room = frames - offset
        if self.start is None or room <= 0:
            return None
        resumes = self.stalled and self.is_ready
        if self.stalled and not resumes:
            self.next = position + frames
            return None
        self.stalled = not self._has(room + self.ahead)
        room = (
            min(room, self.queue.frames)
            if self.cut is None
            else min(room, self.queue.frames, self.cut - self.next)
        )
        if self.stalled:
            room -= room % self._cell
        block = await self.queue.read(room) if room > 0 else np.zeros((0, 1), np.float32)
        self.next = position + frames if self.stalled else position + offset + len(block)
        if not len(block):
            return None
        return _placed(self._ramped(block, resumes), offset, frames)

    def _ramped(self, block: Samples, resumes: bool) -> Samples:
        if not (resumes or self.stalled):
            return block
        block = block.copy()
        ramp = ((np.arange(self._cell, dtype=np.float32) + np.float32(0.5)) / np.float32(self._cell))[:, None]
        if resumes:
            block[: self._cell] *= ramp[: len(block)]
        if self.stalled:
            block[-self._cell :] *= ramp[::-1][-len(block) :]
        return block

    def upcoming(self, position: int, frames: int) -> Samples:
        """What it brings in the ``frames`` from ``position`` on, as far as it is there, without taking it."""
        offset = max(0, self.next - position)
        room = frames - offset if self.cut is None else min(frames - offset, self.cut - self.next)
        if self.start is None or self.stalled or room <= 0:
            return np.zeros((0, 1), np.float32)
        waiting = self.queue.peek(room)
        return _placed(waiting, offset, offset + len(waiting))


def _placed(block: Samples, offset: int, frames: int) -> Samples:
    if len(block) == frames:
        return block
    padded = np.zeros((frames, block.shape[1]), np.float32)
    padded[offset : offset + len(block)] = block
    return padded
