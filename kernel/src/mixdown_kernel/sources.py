"""One source: found under its signature, or rendered by the executor, checked, and kept."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass

from mixdown_kernel import signatures
from mixdown_kernel.audio import Audio
from mixdown_kernel.cache import SourceCache, StoredSource, Worth, always
from mixdown_kernel.contracts import Chunk, Cost, Costly, ExecutionBackend, Priority, SourceSpec, Word, Work
from mixdown_kernel.inventory import describe
from mixdown_kernel.lifecycle import Backends, RunningBackend
from mixdown_kernel.problems import Kind, Problem
from mixdown_kernel.receipts import SourceReceipt
from mixdown_kernel.streams import closing

log = logging.getLogger("mixdown.sources")

FATAL = (Kind.INVALID, Kind.NOT_FOUND, Kind.TOO_LARGE, Kind.FORBIDDEN)


def is_requests_fault(error: BaseException) -> bool:
    """Another backend or another try would not help."""
    return isinstance(error, Problem) and error.kind in FATAL


def cannot(error: BaseException) -> bool:
    """This backend cannot do what is asked (a language that it has not), which is no failure; another may."""
    return isinstance(error, Problem) and error.kind is Kind.UNSUPPORTED


def cost_of(spec: SourceSpec, running: RunningBackend) -> Cost:
    """What rendering a source takes: by its backend's word, else its role's."""
    backend = running.instance
    return backend.cost(spec.request) if isinstance(backend, Costly) else running.offer.role.cost


@dataclass
class Rendering:
    """A source on its way: its chunks, its signature, and whether it was stored already."""

    chunks: AsyncIterator[Chunk]
    signature: str
    cached: bool


class Sources:
    """Gets sources for the road."""

    def __init__(self, backends: Backends, cache: SourceCache) -> None:
        self._backends = backends
        self._cache = cache

    async def open(
        self,
        spec: SourceSpec,
        running: RunningBackend,
        *,
        reuse: bool,
        whole_first: bool = False,
        worth: Worth = always,
        priority: Priority = Priority.STANDARD,
    ) -> Rendering:
        """Begin to get a source.

        ``reuse`` allows a stored one to be used, and this one to be stored if it is ``worth`` it (told its
        seconds). ``whole_first`` stores all of it before any of it is heard: for a cycle, of which a short scene
        hears only the beginning, again and again. So is whatever is not deterministic: the first stored render
        wins, and must have won before anybody hears another.
        """
        signature = signatures.source_signature(spec, running)
        work = Work(spec, signature, cost_of(spec, running), priority)
        if not reuse:
            return Rendering(self._rendered(work, running), signature, cached=False)
        if (stored := await self._cache.find(signature)) is not None:
            return Rendering(stored.chunks(), signature, cached=True)
        if not whole_first and running.offer.backend.deterministic:
            chunks = self._cache.keep(signature, self._rendered(work, running), worth)
            return Rendering(chunks, signature, cached=False)
        async with self._cache.lock(signature):  # whoever comes meanwhile waits for this render
            if (stored := await self._cache.find(signature)) is not None:
                return Rendering(stored.chunks(), signature, cached=True)
            chunks = self._cache.keep(signature, self._rendered(work, running), worth)
            stored = await self._cache.collect(signature, chunks)
        kept = stored.chunks() if stored is not None else self._rendered(work, running)
        return Rendering(kept, signature, cached=False)

    def _rendered(self, work: Work, running: RunningBackend) -> AsyncIterator[Chunk]:
        executor: ExecutionBackend = self._backends.first("execution").instance
        return self._checked(executor.submit(work), running)

    async def stored(self, signature: str) -> StoredSource | None:
        """A kept source by its signature."""
        return await self._cache.find(signature)

    async def _checked(self, chunks: AsyncIterator[Chunk], running: RunningBackend) -> AsyncIterator[Chunk]:
        """Chunks as the road can use them, or a `Problem`: backends are other people's code."""
        shape: tuple[int, int] | None = None
        try:
            async with closing(chunks):
                async for chunk in chunks:
                    shape = _check(chunk, shape)
                    yield chunk
        except Problem:
            raise
        except (Exception, SystemExit) as error:
            log.warning("the %s backend %s failed: %s", running.role, running.name, describe(error))
            # What it says may hold its keys and paths: that goes to the operator's log, its type to the caller.
            raise Problem(
                Kind.UPSTREAM,
                "backend_failed",
                f"the {running.role} backend {running.name!r} failed ({type(error).__name__})",
                hint="Try again, or choose another backend.",
                retry_after=1,
            ) from error


def _check(chunk: object, shape: tuple[int, int] | None) -> tuple[int, int]:
    """Rate and channels of a chunk that can be used after chunks of ``shape``; ValueError for any other."""
    if not isinstance(chunk, Chunk) or not isinstance(chunk.audio, Audio):
        raise ValueError(f"gave {type(chunk).__name__} instead of a Chunk with Audio")
    audio = chunk.audio.check()
    found = (audio.rate, audio.channels)
    if shape not in (None, found):
        raise ValueError(f"rate and channels changed from {shape} to {found} on the way")
    if not all(isinstance(word, Word) for word in chunk.words):
        raise ValueError("gave words that are no Word")
    for name, stem in chunk.stems.items():
        if not isinstance(stem, Audio) or stem.check().samples.shape != audio.samples.shape:
            raise ValueError(f"the stem {name!r} is not as long and wide as the sound")
    return found


def receipt(
    layer: str,
    running: RunningBackend,
    spec: SourceSpec,
    rendering: Rendering,
    frames: int | None = None,
    rate: int | None = None,
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
