"""The road: a plan's sources in parallel → mix → master → blocks of finished sound.

A performance runs in a task of its own, so that its stages overlap with whatever consumes it, and leaving it
stops all of its work.
"""

from __future__ import annotations

import asyncio
import math
import time
import uuid
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from importlib_metadata import version

from mixdown_kernel.audio import Audio, Samples, to_frames, to_ms
from mixdown_kernel.contracts import MixingBackend, Priority
from mixdown_kernel.lifecycle import Backends
from mixdown_kernel.mastering import Mastering
from mixdown_kernel.mixing import BUFFER_MS, LayerTrack, Mixdown
from mixdown_kernel.pcm import BYTES, PcmFile, PcmWriter
from mixdown_kernel.placing import followed, starts
from mixdown_kernel.plan import Plan, SourcePlan, VoicePlan, decisive, generous_ms
from mixdown_kernel.problems import Kind, Problem
from mixdown_kernel.receipts import LoudnessReceipt, Notice, Receipt
from mixdown_kernel.sounding import SourceTrack
from mixdown_kernel.sources import Sources
from mixdown_kernel.speaking import Speaker
from mixdown_kernel.streams import FrameQueue, closing, unwrap
from mixdown_kernel.timeline import Timeline

BLOCKS_AHEAD = 4
SPOOLED_AT_ONCE = 4
"""Layers spooled at the same time; a voice renders a few utterances ahead."""
TOLERANCE_LU = 0.5


class Performance:
    """A plan being performed: ``async with kernel.perform(plan) as performance``.

    ``blocks()`` may be consumed once, in any task. Afterwards ``timeline``, ``receipt`` and (with ``parts``)
    ``part(layer)`` are complete. The files behind parts go when the performance is left.
    """

    def __init__(
        self,
        plan: Plan,
        sources: Sources,
        backends: Backends,
        spool: Path,
        quota: int,
        *,
        parts: bool = False,
        priority: Priority = Priority.STANDARD,
        finished: Callable[[Receipt], None] = lambda _receipt: None,
    ) -> None:
        self.plan = plan
        self.timeline = Timeline()
        self.receipt: Receipt | None = None
        self.frames = 0
        self._sources = sources
        self._backends = backends
        self._folder = spool / uuid.uuid4().hex
        self._quota = quota
        self._with_parts = parts
        self._priority = priority
        self._finished = finished
        self._deciding = decisive(plan.scene, plan.layers)
        self._writers: dict[str, PcmWriter] = {}
        self._gain = 1.0
        self._loudness: LoudnessReceipt | None = None
        self._stages: dict[str, float] = {}
        self._playing: list[LayerTrack] = []
        self._output: asyncio.Queue[Audio | BaseException | None] = asyncio.Queue(BLOCKS_AHEAD)
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run(), name="performance")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        await asyncio.to_thread(self._clean_up)

    def _clean_up(self) -> None:
        for writer in self._writers.values():
            writer.close()
        if self._folder.exists():
            for path in self._folder.iterdir():
                path.unlink(missing_ok=True)
            self._folder.rmdir()

    async def blocks(self) -> AsyncIterator[Audio]:
        """Finished sound from the first frame to the last. Raises what stopped the performance, a `Problem`
        wherever a caller can act on it."""
        while True:
            item = await self._output.get()
            if item is None:
                return
            if isinstance(item, BaseException):
                raise item
            yield item

    def part(self, layer: str) -> PcmFile:
        """One layer's share of the mix, before the limiter; times `part_gain` the parts sum to the master."""
        return PcmFile(self._writers[layer].path, self._writers[layer].channels)

    @property
    def part_gain(self) -> float:
        return self._gain

    @property
    def parts(self) -> Mapping[str, PcmFile]:
        return {layer: self.part(layer) for layer in self._writers}

    async def _run(self) -> None:
        started = time.perf_counter()
        try:
            async with asyncio.TaskGroup() as group:
                async with closing(self._sound(group)) as blocks:
                    async for block in blocks:
                        if len(block):
                            self._stages.setdefault("first_block", _since(started))
                            self.frames += len(block)
                            await self._output.put(Audio(block, self.plan.scene.rate))
                await self._stop()
            for track in self._playing:
                heard = (min(track.start, self.frames), min(track.end, self.frames))
                self.timeline.placed[track.layer.id] = heard
            self._stages["total"] = _since(started)
            self.receipt = await asyncio.to_thread(self._make_receipt)
            self._finished(self.receipt)
            await self._output.put(None)
        except Exception as error:
            await self._output.put(unwrap(error))

    async def _stop(self) -> None:
        """Sources that were made to the scene's length may end, and are kept; beds would go on for ever."""
        for track in self._playing:
            if track.pumping is not None:
                await track.queue.discard()
                if track.ends_with_scene:
                    await track.pumping
                track.pumping.cancel()

    async def _sound(self, group: asyncio.TaskGroup) -> AsyncIterator[Samples]:
        """The whole road as one stream; its pumps run beside it in ``group``."""
        scene = self.plan.scene
        if self.plan.is_bare and not self._with_parts:
            (plan,) = self.plan.layers
            track = self._track(plan, self._samples(plan), start=0)
            self._playing = [track]
            track.begin(group)
            while len(block := await track.queue.read_any()):
                track.read += len(block)
                yield block
            return
        mixing: MixingBackend = self._backends.first("mixing").instance
        self._folder.mkdir(parents=True, exist_ok=True)  # at once: a thread could outlive the clean-up
        stream = self._mixed(group, mixing)
        mastering = Mastering(scene.master, mixing, scene.rate, scene.channels, self._folder / "mix.f32")
        if scene.master.mode != "none":
            stream = mastering.process(stream)
        async with closing(stream) as blocks:
            async for block in blocks:
                yield block
        self._gain, self._loudness = mastering.result.gain, mastering.result.loudness
        self._report_loudness()

    def _report_loudness(self) -> None:
        wanted = self.plan.scene.master.loudness_lufs
        reached = self._loudness.integrated_lufs if self._loudness else None
        if reached is not None and abs(reached - wanted) > TOLERANCE_LU:
            message = f"{reached:g} LUFS instead of {wanted:g}: under its ceiling the mix gets no louder"
            self.timeline.notices.append(Notice(code="loudness_not_reached", message=message))

    async def _mixed(self, group: asyncio.TaskGroup, mixing: MixingBackend) -> AsyncIterator[Samples]:
        self._playing = await self._tracks(group)
        parts = self._spool_parts if self._with_parts else None
        mixdown = Mixdown(self.plan, self._playing, mixing, parts, group)
        bytes_per_frame = self.plan.scene.channels * BYTES * (1 + len(self._playing) * self._with_parts)
        frames = 0
        async with closing(mixdown.blocks()) as blocks:
            async for block in blocks:
                frames += len(block)
                self._check_quota(frames * bytes_per_frame)
                yield block

    async def _tracks(self, group: asyncio.TaskGroup) -> list[LayerTrack]:
        """A track for every layer. What takes its length from the scene is asked for exactly that length where
        the scene may be finished first, and for more than enough where it is heard at once."""
        layers, rate = self.plan.scene.layers, self.plan.scene.rate
        fitting = any(isinstance(plan, SourcePlan) and plan.fits_scene for plan in self.plan.layers)
        exact = bool(fitting and self._deciding and self.plan.scene.master.mode == "finished")
        first = followed(layers) | (self._deciding if exact else set())
        files = await self._spool_all(group, [plan for plan in self.plan.layers if plan.layer.id in first])
        lengths = {layer: file.frames for layer, file in files.items()}
        begin = starts(layers, lengths, rate)
        self.timeline.move({layer: to_ms(begin[layer], rate) for layer in files})
        length_ms = generous_ms(self.plan)
        if exact:
            end = max(begin[layer] + lengths[layer] for layer in self._deciding)
            length_ms = math.ceil(end * 1000 / rate) + self.plan.scene.tail_ms
        tracks = []
        for plan in self.plan.layers:
            start = begin[plan.layer.id]
            if plan.layer.id in files:
                samples = _replay(files[plan.layer.id], rate)
            else:
                samples = self._samples(plan, start, max(1, length_ms - to_ms(start, rate)), exact)
            tracks.append(self._track(plan, samples, start, exact=exact))
        return tracks

    def _samples(
        self, plan: VoicePlan | SourcePlan, start: int = 0, left_ms: int = 1, exact: bool = True
    ) -> AsyncIterator[Samples]:
        """A layer's sound from its ``start`` on; ``left_ms`` is how much of the scene is then left, for what takes
        its length from it."""
        if isinstance(plan, VoicePlan):
            return self._spoken(plan, start)
        return self._source(plan, left_ms, exact).samples()

    async def _spoken(self, plan: VoicePlan, start: int) -> AsyncIterator[Samples]:
        """A voice, cut at its layer's duration where it has one."""
        duration = plan.layer.duration_ms
        left = None if duration is None else to_frames(duration, self.plan.scene.rate)
        async with closing(self._voice(plan, start).samples()) as blocks:
            async for block in blocks:
                yield block if left is None else block[:left]
                if left is not None and (left := left - len(block)) <= 0:
                    return

    async def _spool_all(
        self, group: asyncio.TaskGroup, plans: Sequence[VoicePlan | SourcePlan]
    ) -> dict[str, PcmFile]:
        """Layers made before the mix begins, so that their lengths are known."""
        few = asyncio.Semaphore(SPOOLED_AT_ONCE)
        tasks = {
            plan.layer.id: group.create_task(self._spool(plan.layer.id, self._samples(plan), few))
            for plan in plans
        }
        return {layer: await task for layer, task in tasks.items()}

    async def _spool(self, layer: str, samples: AsyncIterator[Samples], few: asyncio.Semaphore) -> PcmFile:
        async with few:
            return await self._spool_now(layer, samples)

    async def _spool_now(self, layer: str, samples: AsyncIterator[Samples]) -> PcmFile:
        path = self._folder / f"layer.{layer}.f32"
        async with closing(samples) as blocks:
            first = await anext(blocks, np.zeros((0, 1), np.float32))
            channels = first.shape[1]
            with PcmWriter(path, channels) as writer:
                await asyncio.to_thread(writer.write, first)
                async for block in blocks:
                    self._check_quota(writer.frames * channels * BYTES)
                    await asyncio.to_thread(writer.write, block)
        return PcmFile(path, channels)

    def _check_quota(self, size: int) -> None:
        if size > self._quota:
            raise Problem(Kind.TOO_LARGE, "render_too_long", "the render needs more disk than it may take")

    def _track(
        self,
        plan: VoicePlan | SourcePlan,
        samples: AsyncIterator[Samples],
        start: int,
        *,
        exact: bool = False,
    ) -> LayerTrack:
        rate = self.plan.scene.rate
        decides = plan.layer.id in self._deciding
        fitted = exact and isinstance(plan, SourcePlan) and plan.fits_scene and not plan.layer.loop
        queue = FrameQueue(1, to_frames(BUFFER_MS, rate))
        return LayerTrack(plan.layer, samples, queue, start, decides_end=decides, ends_with_scene=fitted)

    def _voice(self, plan: VoicePlan, start: int = 0) -> Speaker:
        scene = self.plan.scene
        return Speaker(
            plan,
            scene.rate,
            self._sources,
            self._backends,
            self.timeline,
            verified=scene.master.mode == "finished",
            start=start,
            priority=self._priority,
        )

    def _source(self, plan: SourcePlan, duration_ms: int, exact: bool) -> SourceTrack:
        scene = self.plan.scene
        return SourceTrack(
            plan,
            scene.rate,
            scene.channels,
            self._sources,
            self._backends,
            self.timeline,
            duration_ms=duration_ms,
            exact=exact,
            priority=self._priority,
        )

    def _spool_parts(self, parts: Mapping[str, Samples], frames: int) -> None:
        for plan in self.plan.layers:
            layer, channels = plan.layer.id, self.plan.scene.channels
            if layer not in self._writers:
                self._writers[layer] = PcmWriter(self._folder / f"part.{layer}.f32", channels)
            share = parts.get(layer)
            self._writers[layer].write(np.zeros((frames, channels), np.float32) if share is None else share)

    def _make_receipt(self) -> Receipt:
        for writer in self._writers.values():
            writer.close()
        self.timeline.sort()
        return Receipt(
            kernel=version("mixdown-kernel"),
            mix_signature=self.plan.signature(self._backends.find("mixing"), self.timeline.used),
            seed=self.plan.seed,
            rate=self.plan.scene.rate,
            channels=self.plan.scene.channels,
            frames=self.frames,
            master=self.plan.scene.master.mode,
            loudness=self._loudness,
            sources=tuple(self.timeline.sources),
            notices=tuple(self.timeline.notices),
            stages_ms=self._stages,
        )


async def _replay(file: PcmFile, rate: int) -> AsyncIterator[Samples]:
    blocks = file.blocks(rate)
    while (block := await asyncio.to_thread(next, blocks, None)) is not None:
        yield block


def _since(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 2)
