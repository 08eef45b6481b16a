"""A layer that is not speech, as sound at the scene's rate: its source once, or its cycles over and over."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator

import numpy as np

from mixdown_kernel.audio import Audio, Samples, to_frames
from mixdown_kernel.contracts import Priority, SourceSpec
from mixdown_kernel.fallback import first_to_sound
from mixdown_kernel.fitting import Fitting
from mixdown_kernel.lifecycle import Backends, RunningBackend
from mixdown_kernel.plan import SourcePlan
from mixdown_kernel.problems import Kind, Problem
from mixdown_kernel.receipts import Notice
from mixdown_kernel.sources import Rendering, Sources, receipt
from mixdown_kernel.streams import closing, summed
from mixdown_kernel.timeline import Timeline

SHORT_SECONDS = 2.0
"""Cycles shorter than this are repeated in memory: opening a source again and again would cost more than it."""


class SourceTrack:
    """Performs one source layer.

    A piece that takes its length from the scene is asked for ``duration_ms``. If that is ``exact`` it ends there;
    if it is only more than can be expected, and the scene is longer still, the piece begins again.
    """

    def __init__(
        self,
        plan: SourcePlan,
        rate: int,
        channels: int,
        sources: Sources,
        backends: Backends,
        timeline: Timeline,
        *,
        duration_ms: int,
        exact: bool,
        priority: Priority = Priority.STANDARD,
    ) -> None:
        self._plan = plan
        self._rate = rate
        self._mono = channels == 1
        self._sources = sources
        self._backends = backends
        self._timeline = timeline
        self._duration_ms = duration_ms
        self._repeats = plan.layer.loop or (plan.fits_scene and not exact)
        self._cut_ms = plan.layer.duration_ms or (duration_ms if plan.fits_scene and exact else None)
        self._priority = priority

    async def samples(self) -> AsyncIterator[Samples]:
        """The layer's sound from its start on, cut at its duration; mono in a mono scene, else as its source is."""
        left = None if self._cut_ms is None else to_frames(self._cut_ms, self._rate)
        anybody = first_to_sound(self._plan.backends, self._played, self._backends, self._gave_way)
        async with closing(anybody) as blocks:
            async for block in blocks:
                if left == 0:  # asked only now, so that a source of just this length has ended and is kept
                    return
                if left is not None:
                    block = block[:left]
                    left -= len(block)
                yield block

    def _gave_way(self, running: RunningBackend, error: Exception) -> None:
        self._timeline.forget(self._plan.layer.id)
        message = f"{running.name} failed, the next backend plays: {error}"
        self._timeline.notices.append(Notice(code="fallback", message=message, layer=self._plan.layer.id))

    async def _played(self, running: RunningBackend) -> AsyncIterator[Samples]:
        """The source, or the sum of the cycles that a bed is layered of: each is repeated by itself, so that
        together they repeat only after the product of their lengths."""
        specs = self._plan.specs(running, self._duration_ms)
        if len(specs) > 1:  # all at once, or the first block would wait for one after the other
            await asyncio.gather(*(self._make(running, spec) for spec in specs))
        async with closing(summed([self._fitted(running, spec) for spec in specs])) as blocks:
            async for block in blocks:
                yield block

    async def _make(self, running: RunningBackend, spec: SourceSpec) -> None:
        async with closing((await self._open(running, spec)).chunks):
            pass

    async def _fitted(self, running: RunningBackend, spec: SourceSpec) -> AsyncIterator[Samples]:
        fitting = Fitting(self._backends, self._rate, channels=1 if self._mono else None)
        async with closing(self._cycles(running, spec)) as blocks:
            async for audio in blocks:
                yield await fitting.process(audio)
        yield await fitting.flush()

    async def _cycles(self, running: RunningBackend, spec: SourceSpec) -> AsyncIterator[Audio]:
        """The source once, or over and over."""
        while True:
            frames = 0
            short: list[Audio] = []
            async with closing(self._once(running, spec)) as blocks:
                async for audio in blocks:
                    frames += audio.frames
                    is_short = frames < SHORT_SECONDS * audio.rate
                    short = [*short, audio] if is_short else []
                    yield audio
            if not frames:
                raise Problem(Kind.UPSTREAM, "empty_source", f"{running.name} made no sound")
            if not self._repeats:
                return
            if short:
                cycle = Audio.join(short)
                times = math.ceil(SHORT_SECONDS * cycle.rate / cycle.frames)
                many = Audio(np.tile(cycle.samples, (times, 1)), cycle.rate)
                while True:
                    yield many

    async def _open(self, running: RunningBackend, spec: SourceSpec) -> Rendering:
        rendering = await self._sources.open(
            spec,
            running,
            reuse=self._plan.reuse,
            whole_first=self._plan.layer.loop,
            priority=self._priority,
        )
        self._timeline.note(receipt(self._plan.layer.id, running, spec, rendering), running, spec)
        return rendering

    async def _once(self, running: RunningBackend, spec: SourceSpec) -> AsyncIterator[Audio]:
        rendering = await self._open(running, spec)
        async with closing(rendering.chunks) as chunks:
            async for chunk in chunks:
                yield chunk.audio
