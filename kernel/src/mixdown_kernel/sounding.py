"""A layer that is not speech, as sound at the scene's rate: its source once, or its cycle over and over."""

from __future__ import annotations

from collections.abc import AsyncIterator

from mixdown_kernel.audio import Samples, to_frames
from mixdown_kernel.fallback import first_to_sound
from mixdown_kernel.fitting import Fitting
from mixdown_kernel.lifecycle import Backends, RunningBackend
from mixdown_kernel.plan import SourcePlan
from mixdown_kernel.problems import Kind, Problem
from mixdown_kernel.receipts import Notice
from mixdown_kernel.roles import Priority, SourceSpec
from mixdown_kernel.sources import Sources, receipt
from mixdown_kernel.streams import closing
from mixdown_kernel.timeline import Timeline


class SourceTrack:
    """Performs one source layer. ``duration_ms`` fits a piece that takes its length from the scene."""

    def __init__(
        self,
        plan: SourcePlan,
        rate: int,
        channels: int,
        sources: Sources,
        backends: Backends,
        timeline: Timeline,
        *,
        duration_ms: int | None = None,
        priority: Priority = Priority.STANDARD,
    ) -> None:
        self._plan = plan
        self._rate = rate
        self._mono = channels == 1
        self._sources = sources
        self._backends = backends
        self._timeline = timeline
        self._duration_ms = duration_ms
        self._priority = priority

    async def samples(self) -> AsyncIterator[Samples]:
        """The layer's sound from its start on, cut at its duration; mono in a mono scene, else as its source is."""
        duration = self._plan.layer.duration_ms
        if duration is None and self._plan.fits_scene and not self._plan.layer.loop:
            duration = self._duration_ms
        left = None if duration is None else to_frames(duration, self._rate)
        anybody = first_to_sound(self._plan.backends, self._cycles, self._backends, self._gave_way)
        async with closing(anybody) as blocks:
            async for block in blocks:
                if left == 0:  # asked only now, so that a source of just this length has ended and is kept
                    return
                if left is not None:
                    block = block[:left]
                    left -= len(block)
                yield block

    def _gave_way(self, running: RunningBackend, error: Exception) -> None:
        message = f"{running.name} failed, the next backend plays: {error}"
        self._timeline.notices.append(Notice(code="fallback", message=message, layer=self._plan.layer.id))

    async def _cycles(self, running: RunningBackend) -> AsyncIterator[Samples]:
        spec = self._plan.spec(running, self._duration_ms)
        fitting = Fitting(self._backends, self._rate, channels=1 if self._mono else None)
        first = True
        while first or self._plan.layer.loop:
            frames = 0
            async with closing(self._cycle(running, spec, fitting, note=first)) as blocks:
                async for block in blocks:
                    frames += len(block)
                    yield block
            if not frames:
                raise Problem(Kind.UPSTREAM, "empty_source", f"{running.name} made no sound")
            first = False
        yield await fitting.flush()

    async def _cycle(
        self, running: RunningBackend, spec: SourceSpec, fitting: Fitting, *, note: bool
    ) -> AsyncIterator[Samples]:
        rendering = await self._sources.open(
            spec,
            running,
            reuse=self._plan.reuse,
            complete=self._plan.reuse and self._plan.layer.loop,
            cost=self._plan.role.cost,
            priority=self._priority,
        )
        if note:
            self._timeline.used[self._plan.layer.id] = running
            self._timeline.sources.append(receipt(self._plan.layer.id, running, spec, rendering, 0, 0))
        async with closing(rendering.chunks) as chunks:
            async for chunk in chunks:
                yield await fitting.process(chunk.audio)
