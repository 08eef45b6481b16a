"""Small pieces for asynchronous streams of sound."""

from __future__ import annotations

import asyncio
import sys
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, TypeVar

import numpy as np

from mixdown_kernel.audio import Samples

T = TypeVar("T")


@asynccontextmanager
async def closing(iterator: AsyncIterator[T]) -> AsyncIterator[AsyncIterator[T]]:
    """Close an iterator at the end where it can be closed. (`contextlib.aclosing` insists that it can; a
    backend's iterator need not be a generator.)"""
    try:
        yield iterator
    finally:
        aclose: Any = getattr(iterator, "aclose", None)
        if aclose is not None:
            await aclose()


ENDED: Samples = np.zeros((0, 0), np.float32)


class _End:
    """Stands for the end of an iterator, which may yield None by mistake."""


async def stepped(iterator: AsyncIterator[T], *, stall: float, patience: float) -> AsyncGenerator[T, None]:
    """Iterate in a task of its own, one step for each that is asked for.

    Whatever the iterator holds open across its steps is entered and left in one task. A step that takes more than
    ``stall`` seconds is TimeoutError. An iterator that hangs when it is closed holds nobody up: after ``patience``
    seconds it is left behind, with TimeoutError.
    """
    wanted: asyncio.Queue[None] = asyncio.Queue()
    made: asyncio.Queue[T | BaseException | _End] = asyncio.Queue()

    async def own() -> None:
        try:
            async with closing(iterator):
                while True:
                    await wanted.get()
                    made.put_nowait(await anext(iterator, _End()))
        except asyncio.CancelledError:
            made.put_nowait(
                RuntimeError("the source was cancelled from within")
            )  # else nobody would hear of it
            raise
        except (Exception, SystemExit) as error:
            made.put_nowait(error)

    task = asyncio.create_task(own())
    try:
        while True:
            wanted.put_nowait(None)
            try:
                async with asyncio.timeout(stall):
                    item = await made.get()
            except TimeoutError:
                raise TimeoutError(f"gave no sound for {stall:g} s") from None
            if isinstance(item, _End):
                return
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        task.cancel()
        _, stuck = await asyncio.wait({task}, timeout=patience)
        if stuck:
            raise TimeoutError(f"did not stop within {patience:g} s of being closed")


async def summed(streams: Sequence[AsyncIterator[Samples]]) -> AsyncIterator[Samples]:
    """The sum of streams of equally many channels, or mono ones among them, until the first of them ends.
    A single one passes without a copy."""
    async with AsyncExitStack() as stack:
        for stream in streams:
            await stack.enter_async_context(closing(stream))
        if len(streams) == 1:
            async for block in streams[0]:
                yield block
            return
        waiting = [np.zeros((0, 1), np.float32) for _ in streams]
        while True:
            for index, stream in enumerate(streams):
                while not len(waiting[index]):
                    block = await anext(stream, ENDED)
                    if block is ENDED:
                        return
                    waiting[index] = block
            frames = min(len(block) for block in waiting)
            first, *others = (block[:frames] for block in waiting)
            yield sum(others, first)
            waiting = [block[frames:] for block in waiting]


class FrameQueue:
    """Frames between one producer and one consumer, holding at most about ``limit`` of them."""

    def __init__(self, channels: int, limit: int) -> None:
        self.channels = channels
        self.ended = False
        self._limit = limit
        self._blocks: deque[Samples] = deque()
        self._frames = 0
        self._wanted = 0
        self._changed = asyncio.Condition()

    @property
    def frames(self) -> int:
        """How many frames wait to be read."""
        return self._frames

    async def put(self, samples: Samples) -> None:
        """Append; waits while the queue is full and the consumer does not wait for more."""
        if not len(samples):
            return
        async with self._changed:
            await self._changed.wait_for(lambda: self._frames < max(self._limit, self._wanted))
            self._blocks.append(samples)
            self._frames += len(samples)
            self._changed.notify_all()

    async def discard(self) -> None:
        """Nobody reads any more: the producer never waits again."""
        async with self._changed:
            self._blocks.clear()
            self._frames = 0
            self._limit = sys.maxsize
            self._changed.notify_all()

    async def end(self) -> None:
        async with self._changed:
            self.ended = True
            self._changed.notify_all()

    async def fill(self, frames: int) -> None:
        """Wait until ``frames`` frames wait to be read, or no more will come."""
        if self._frames >= frames or self.ended:
            return
        async with self._changed:
            self._wanted = frames
            self._changed.notify_all()
            await self._changed.wait_for(lambda: self._frames >= frames or self.ended)
            self._wanted = 0

    def peek(self, frames: int) -> Samples:
        """Up to ``frames`` of what waits, left where it is."""
        parts: list[Samples] = []
        for block in self._blocks:
            if frames <= 0:
                break
            parts.append(block[:frames])
            frames -= len(parts[-1])
        if len(parts) == 1:
            return parts[0]
        return np.concatenate(parts) if parts else np.zeros((0, self.channels), np.float32)

    async def read(self, frames: int) -> Samples:
        """The next ``frames`` frames; fewer only at the end."""
        await self.fill(frames)
        async with self._changed:
            taken = self._take(frames)
            self._changed.notify_all()
        return taken

    async def read_any(self) -> Samples:
        """Whatever has arrived, at least one frame; none at the end."""
        await self.fill(1)
        async with self._changed:
            taken = self._blocks.popleft() if self._blocks else np.zeros((0, self.channels), np.float32)
            self._frames -= len(taken)
            self._changed.notify_all()
        return taken

    def _take(self, frames: int) -> Samples:
        parts: list[Samples] = []
        need = frames
        while need and self._blocks:
            block = self._blocks[0]
            if len(block) <= need:
                parts.append(self._blocks.popleft())
            else:
                parts.append(block[:need])
                self._blocks[0] = block[need:]
            need -= len(parts[-1])
        self._frames -= frames - need
        if len(parts) == 1:
            return parts[0]
        return np.concatenate(parts) if parts else np.zeros((0, self.channels), np.float32)


def unwrap(error: BaseException) -> BaseException:
    """The first real error inside nested exception groups: task groups wrap what one caller wants plain."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
