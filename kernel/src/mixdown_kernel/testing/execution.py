"""The contract of the role ``execution``."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from typing import Any, ClassVar, cast

import numpy as np
import pytest

from mixdown_kernel.audio import Audio
from mixdown_kernel.contracts import Chunk, Cost, ExecutionBackend, Priority, SourceSpec, Work
from mixdown_kernel.problems import Kind, Problem, invalid
from mixdown_kernel.requests import SpeechRequest
from mixdown_kernel.testing.base import BackendContract
from mixdown_kernel.testing.source import HUNG_AFTER


class Sources:
    """What ``context.render`` does in these tests: sources whose text says how they behave.

    ``tones`` yields four blocks; ``gate`` one block, then waits for `open_gate`, then another; ``refused`` and
    ``broken`` raise before and after the first block.
    """

    def __init__(self) -> None:
        self.order: list[str] = []
        """The names of the works in the order in which they were started."""
        self.started: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self.closed: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self.gate = asyncio.Event()

    async def render(self, spec: SourceSpec) -> AsyncIterator[Chunk]:
        assert isinstance(spec.request, SpeechRequest)
        kind, _, name = spec.request.text.partition(" ")
        self.order.append(name)
        self.started[name].set()
        try:
            if kind == "refused":
                raise invalid("refused_by_test", "not this one", field="text")
            yield block(0)
            if kind == "broken":
                raise Problem(Kind.UPSTREAM, "broke_in_test", "it broke", retry_after=2)
            if kind == "gate":
                await self.gate.wait()
            for number in range(1, 4):
                yield block(number)
        finally:
            self.closed[name].set()


def block(number: int) -> Chunk:
    return Chunk(Audio(np.full((240, 1), number / 10, np.float32), 24_000))


class ExecutionContract(BackendContract):
    """Subclass with a fixture ``backend``. For an executor that works elsewhere, override the fixture ``sources``
    with one whose `render` and events reach there."""

    role: ClassVar[str] = "execution"

    @pytest.fixture
    async def sources(self) -> Sources:
        return Sources()

    @pytest.fixture
    def render(self, sources: Sources) -> Callable[[SourceSpec], AsyncIterator[Chunk]]:
        return sources.render

    async def test_the_chunks_arrive_as_they_were_rendered(self, opened: ExecutionBackend) -> None:
        chunks = await drained(opened, work("tones"))
        assert [float(chunk.audio.samples[0, 0]) for chunk in chunks] == pytest.approx([0, 0.1, 0.2, 0.3])

    async def test_a_chunk_arrives_as_soon_as_it_is_made(
        self, opened: ExecutionBackend, sources: Sources
    ) -> None:
        async with aclosing(submitted(opened, work("gate"))) as chunks:
            async with asyncio.timeout(HUNG_AFTER):
                await anext(chunks)
            sources.gate.set()
            assert len([chunk async for chunk in chunks]) == 3

    async def test_closing_cancels_the_work(self, opened: ExecutionBackend, sources: Sources) -> None:
        chunks = submitted(opened, work("gate", "left"))
        await anext(chunks)
        async with asyncio.timeout(HUNG_AFTER):
            await chunks.aclose()
            await sources.closed["left"].wait()

    async def test_cancelling_the_listener_cancels_the_work(
        self, opened: ExecutionBackend, sources: Sources
    ) -> None:
        task = asyncio.create_task(drained(opened, work("gate", "left")))
        async with asyncio.timeout(HUNG_AFTER):
            await sources.started["left"].wait()
            task.cancel()
            await asyncio.wait([task])
            assert task.cancelled()
            await sources.closed["left"].wait()

    @pytest.mark.parametrize(
        ("behaviour", "kind", "code"),
        [("refused", Kind.INVALID, "refused_by_test"), ("broken", Kind.UPSTREAM, "broke_in_test")],
    )
    async def test_a_problem_arrives_as_it_was_raised(
        self, opened: ExecutionBackend, behaviour: str, kind: Kind, code: str
    ) -> None:
        with pytest.raises(Problem) as caught:
            await drained(opened, work(behaviour))
        assert (caught.value.kind, caught.value.code) == (kind, code)
        assert await drained(opened, work("tones")), "the next work is rendered"

    async def test_equal_keys_are_rendered_whole_for_each(
        self, opened: ExecutionBackend, sources: Sources
    ) -> None:
        """Works with an equal key may be rendered once; a listener that leaves takes nothing from the others."""
        same = [Work(work("gate").spec, "same") for _ in range(3)]
        leaving = submitted(opened, same[0])
        await anext(leaving)
        staying = [asyncio.create_task(drained(opened, item)) for item in same[1:]]
        await asyncio.sleep(0)
        await leaving.aclose()
        sources.gate.set()
        async with asyncio.timeout(HUNG_AFTER):
            assert [len(chunks) for chunks in await asyncio.gather(*staying)] == [4, 4]

    async def test_a_crowd_is_served(self, opened: ExecutionBackend) -> None:
        async with asyncio.timeout(HUNG_AFTER):
            renders = await asyncio.gather(*(drained(opened, work("tones", str(i))) for i in range(200)))
        assert {len(chunks) for chunks in renders} == {4}

    async def test_light_work_does_not_wait_for_heavy_work(
        self, opened: ExecutionBackend, sources: Sources
    ) -> None:
        heavy = [asyncio.create_task(drained(opened, work("gate", f"h{i}", cost="heavy"))) for i in range(50)]
        async with asyncio.timeout(HUNG_AFTER):
            for cost in ("light", "medium"):
                assert len(await drained(opened, work("tones", cost=cost))) == 4
            sources.gate.set()
            await asyncio.gather(*heavy)

    @pytest.mark.parametrize("waiting", ["light", "medium", "heavy"])
    async def test_nobody_waits_for_remote_work(
        self, opened: ExecutionBackend, sources: Sources, waiting: Cost
    ) -> None:
        away = [
            asyncio.create_task(drained(opened, work("gate", f"r{i}", cost="remote"))) for i in range(200)
        ]
        async with asyncio.timeout(HUNG_AFTER):
            assert len(await drained(opened, work("tones", cost=waiting))) == 4
            sources.gate.set()
            assert {len(chunks) for chunks in await asyncio.gather(*away)} == {4}

    async def test_the_urgent_goes_first(self, opened: ExecutionBackend, sources: Sources) -> None:
        """Where places are bounded: of two that wait for one, the more urgent is rendered first."""
        crowd = [asyncio.create_task(drained(opened, work("gate", f"c{i}"))) for i in range(200)]
        async with asyncio.timeout(HUNG_AFTER):
            await sources.started["c0"].wait()
            batch = work("tones", "batch", priority=Priority.BATCH)
            urgent = work("tones", "urgent", priority=Priority.INTERACTIVE)
            late = asyncio.create_task(drained(opened, batch))
            await asyncio.sleep(0.05)
            early = asyncio.create_task(drained(opened, urgent))
            await asyncio.sleep(0.05)
            nothing_waited = not {"batch", "urgent"}.isdisjoint(sources.order)
            sources.gate.set()
            await asyncio.gather(*crowd, late, early)
        if nothing_waited:
            pytest.skip("this executor takes 200 works at once; nothing waits")
        assert sources.order.index("urgent") < sources.order.index("batch")


def work(
    behaviour: str, name: str = "", *, cost: Cost = "medium", priority: Priority = Priority.STANDARD
) -> Work:
    request = SpeechRequest(text=f"{behaviour} {name}")
    return Work(SourceSpec("synthesis", "test", request), f"{behaviour} {name} {cost}", cost, priority)


def submitted(executor: ExecutionBackend, item: Work) -> AsyncGenerator[Chunk, None]:
    return cast("AsyncGenerator[Chunk, None]", executor.submit(item))


async def drained(executor: ExecutionBackend, item: Work) -> list[Chunk]:
    chunks: list[Any] = []
    async with aclosing(submitted(executor, item)) as running:
        chunks += [chunk async for chunk in running]
    return chunks
