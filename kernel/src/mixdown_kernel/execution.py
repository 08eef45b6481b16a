"""Where sources are rendered. The kernel brings one executor: this process, with bounded pools and priorities.

A pool bounds how many sources of one cost class work at the same moment, so that light work is never stuck
behind heavy work. A place is held while a chunk is being made and not while a slow listener leaves it waiting.
Medium and heavy places together are fewer than the threads that backends share (`asyncio.to_thread`), so that light work
finds one of these free, too. Remote work waits for another machine and takes nobody's place here.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from pydantic import Field

from mixdown_kernel.backends import Backend, Context, PluginSettings
from mixdown_kernel.contracts import Chunk, Cost, ExecutionBackend, Work
from mixdown_kernel.streams import closing


class PriorityPool:
    """A semaphore whose waiters go by priority (lower first), then by arrival."""

    def __init__(self, places: int) -> None:
        self._free = places
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._arrivals = itertools.count()

    @asynccontextmanager
    async def place(self, priority: int) -> AsyncIterator[None]:
        await self._take(priority)
        try:
            yield
        finally:
            self._give()

    async def _take(self, priority: int) -> None:
        if self._free > 0:
            self._free -= 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (priority, next(self._arrivals), turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():  # it was our turn already: hand it on
                self._give()
            raise

    def _give(self) -> None:
        while self._waiting:
            _, _, turn = heapq.heappop(self._waiting)
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1


class InProcess:
    """Renders with the backends that this process has open. Meets `ExecutionBackend`."""

    def __init__(self, pools: Mapping[Cost, PriorityPool], context: Context) -> None:
        self._pools = pools
        self._render = context.render

    async def submit(self, work: Work) -> AsyncIterator[Chunk]:
        pool = self._pools[work.cost]
        async with closing(self._render(work.spec)) as chunks:
            while True:
                try:
                    async with pool.place(work.priority):
                        chunk = await anext(chunks)
                except StopAsyncIteration:
                    return
                yield chunk


class InProcessSettings(PluginSettings):
    """Places per cost class; 0 means by the machine."""

    light: int = Field(default=0, ge=0)
    medium: int = Field(default=0, ge=0)
    heavy: int = Field(default=0, ge=0)
    remote: int = Field(default=0, ge=0)


def places(threads: int) -> dict[Cost, int]:
    """By the machine: light four per thread, medium one per thread and one more (24 at most), heavy one, remote 64."""
    return {"light": 4 * threads, "medium": min(threads + 1, 24), "heavy": 1, "remote": 64}


@asynccontextmanager
async def _open(settings: InProcessSettings, context: Context) -> AsyncIterator[ExecutionBackend]:
    asked = settings.model_dump()
    usual = places(context.threads)
    yield InProcess({cost: PriorityPool(asked[cost] or usual[cost]) for cost in usual}, context)


in_process = Backend(
    name="in-process",
    open=_open,
    settings=InProcessSettings,
    description="Bounded pools with priorities in this process",
)
