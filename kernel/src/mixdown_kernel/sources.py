"""One source: found under its signature, or rendered by the executor, checked, and kept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from mixdown_kernel import signatures
from mixdown_kernel.cache import SourceCache, StoredSource
from mixdown_kernel.inventory import describe
from mixdown_kernel.lifecycle import Backends, RunningBackend
from mixdown_kernel.problems import Kind, Problem
from mixdown_kernel.receipts import SourceReceipt
from mixdown_kernel.roles import Chunk, Cost, ExecutionBackend, Priority, SourceSpec, Work
from mixdown_kernel.settings import KernelConfig
from mixdown_kernel.streams import closing

FATAL = (Kind.INVALID, Kind.NOT_FOUND, Kind.TOO_LARGE, Kind.FORBIDDEN)


def is_requests_fault(error: BaseException) -> bool:
    """Another backend or another try would not help."""
    return isinstance(error, Problem) and error.kind in FATAL


def cannot(error: BaseException) -> bool:
    """This backend cannot do what is asked (a language that it has not), which is no failure; another may."""
    return isinstance(error, Problem) and error.kind is Kind.UNSUPPORTED


@dataclass
class Rendering:
    """A source on its way: its chunks, and a receipt that is complete once they are."""

    chunks: AsyncIterator[Chunk]
    signature: str
    cached: bool


class Sources:
    """Gets sources for the road."""

    def __init__(self, backends: Backends, cache: SourceCache, config: KernelConfig) -> None:
        self._backends = backends
        self._cache = cache
        self._stall = config.stall_timeout_seconds

    async def open(
        self,
        spec: SourceSpec,
        running: RunningBackend,
        *,
        reuse: bool,
        complete: bool = False,
        cost: Cost = "medium",
        priority: Priority = Priority.STANDARD,
    ) -> Rendering:
        """Begin to get a source.

        ``reuse`` allows a stored one to be used, and this one to be stored. ``complete`` stores all of it before
        any of it is heard: for a cycle, of which a short scene hears only the beginning, again and again.
        """
        signature = signatures.source_signature(spec, running)
        work = Work(spec, signature, cost, priority)
        if not reuse:
            return Rendering(self._rendered(work, running), signature, cached=False)
        if (stored := await self._cache.find(signature)) is not None:
            return Rendering(stored.chunks(), signature, cached=True)
        if not complete:
            chunks = self._cache.keep(signature, self._rendered(work, running))
            return Rendering(chunks, signature, cached=False)
        async with self._cache.once(signature):  # whoever comes meanwhile waits for this render
            if (stored := await self._cache.find(signature)) is None:
                async with closing(self._cache.keep(signature, self._rendered(work, running))) as chunks:
                    async for _ in chunks:
                        pass
                stored = await self._cache.find(signature)
        if stored is None:  # larger than the whole quota
            return Rendering(self._rendered(work, running), signature, cached=False)
        return Rendering(stored.chunks(), signature, cached=False)

    def _rendered(self, work: Work, running: RunningBackend) -> AsyncIterator[Chunk]:
        executor: ExecutionBackend = self._backends.first("execution").instance
        return self._checked(executor.submit(work), running)

    async def stored(self, signature: str) -> StoredSource | None:
        """A kept source by its signature."""
        return await self._cache.find(signature)

    async def _checked(self, chunks: AsyncIterator[Chunk], running: RunningBackend) -> AsyncIterator[Chunk]:
        """Chunks as the road can use them, or a `Problem`: backends are other people's code."""
        shape: tuple[int, int] | None = None
        async with closing(chunks):
            while True:
                try:
                    async with asyncio.timeout(self._stall):
                        chunk = await anext(chunks, None)
                except TimeoutError as error:
                    raise self._fault(running, f"gave no sound for {self._stall:g} s", error) from error
                except (Problem, asyncio.CancelledError):
                    raise
                except (Exception, SystemExit) as error:
                    raise self._fault(running, describe(error), error) from error
                if chunk is None:
                    return
                try:
                    audio = chunk.audio.check()
                    if shape not in (None, (audio.rate, audio.channels)):
                        raise ValueError(f"rate and channels changed from {shape} on the way")
                except (ValueError, AttributeError, TypeError) as error:
                    raise self._fault(running, describe(error), error) from error
                shape = (audio.rate, audio.channels)
                yield chunk

    def _fault(self, running: RunningBackend, what: str, error: BaseException) -> Problem:
        return Problem(
            Kind.UPSTREAM,
            "backend_failed",
            f"the {running.role} backend {running.name!r} failed: {what}",
            hint="try again, or choose another backend",
            retry_after=1,
        )


def receipt(
    layer: str,
    running: RunningBackend,
    spec: SourceSpec,
    rendering: Rendering,
    frames: int,
    rate: int,
    attempts: int = 1,
) -> SourceReceipt:
    """What a finished source is remembered by."""
    return SourceReceipt(
        layer=layer,
        role=spec.role,
        backend=running.name,
        plugin=running.offer.plugin.name,
        version=running.offer.plugin.version,
        signature=rendering.signature,
        seed=spec.request.seed if running.offer.backend.seeded else None,
        cached=rendering.cached,
        frames=frames,
        rate=rate,
        attempts=attempts,
    )
