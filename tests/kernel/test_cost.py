"""Work goes where it fits: what is light never waits for what is heavy, and what is stored for nobody."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
import pytest

from mixdown_kernel import (
    Audio,
    Backend,
    Chunk,
    Context,
    Cost,
    Kernel,
    Master,
    PluginSettings,
    Priority,
    Role,
    Scene,
    SourceLayer,
    SourceRequest,
    hookimpl,
)
from mixdown_kernel.execution import places

RATE = 48_000
PATIENCE = 20


class LabourRequest(SourceRequest):
    cost: Cost = "medium"
    name: str = ""
    waits: bool = False


class Labour:
    """A plugin with the role ``labour``: work in threads, as heavy as its request says; it may wait for `gate`.
    ``plain`` is its other backend, which says nothing of its cost."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.begun: list[str] = []

    @hookimpl
    def roles(self) -> list[Role]:
        return [Role("labour", Labourer, LabourRequest, cost="light")]

    @hookimpl(optionalhook=True)
    def labour_backends(self) -> list[Backend[Any]]:
        return [Backend(name="costly", open=self.open), Backend(name="plain", open=self.open_plain)]

    @asynccontextmanager
    async def open(self, _settings: PluginSettings, _context: Context) -> AsyncIterator[Labourer]:
        yield Labourer(self)

    @asynccontextmanager
    async def open_plain(self, _settings: PluginSettings, _context: Context) -> AsyncIterator[Plain]:
        yield Plain(self)


class Plain:
    def __init__(self, labour: Labour) -> None:
        self._labour = labour

    async def render(self, request: LabourRequest) -> AsyncIterator[Chunk]:
        self._labour.begun.append(request.name)
        if request.waits:
            await asyncio.to_thread(self._labour.gate.wait, PATIENCE)
        yield Chunk(Audio(np.full((480, 2), 0.25, np.float32), RATE))


class Labourer(Plain):
    def cost(self, request: LabourRequest) -> Cost:
        return request.cost


@pytest.fixture
async def labour() -> AsyncIterator[Labour]:
    made = Labour()
    yield made
    made.gate.set()


def scene(backend: str = "costly", *, seed: int | None = None, **request: Any) -> Scene:
    layer = SourceLayer(id="work", role="labour", backend=backend, request=request)
    return Scene(layers=(layer,), master=Master(mode="none"), seed=seed)


async def performed(kernel: Kernel, wanted: Scene, priority: Priority = Priority.STANDARD) -> int:
    async with kernel.perform(await kernel.plan(wanted), priority=priority) as performance:
        return sum([block.frames async for block in performance.blocks()])


async def begun(labour: Labour, count: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while len(labour.begun) < count:
            await asyncio.sleep(0.005)


def settled(kernel: Kernel, labour: Labour, cost: Cost, count: int) -> list[asyncio.Task[int]]:
    return [
        asyncio.create_task(performed(kernel, scene(cost=cost, name=f"{cost} {number}", waits=True)))
        for number in range(count)
    ]


Road = Callable[..., Kernel]


async def test_light_work_passes_heavy_and_medium_work_that_block_all_they_may(
    road: Road, labour: Labour
) -> None:
    async with road(labour) as kernel:
        usual = places(kernel.config.threads)
        crowd = [
            task for cost in ("heavy", "medium") for task in settled(kernel, labour, cost, 3 * usual[cost])
        ]
        await begun(labour, usual["heavy"] + usual["medium"])
        async with asyncio.timeout(PATIENCE):
            assert await performed(kernel, scene(cost="light", name="light")) == 480
        assert not any(task.done() for task in crowd)
        assert len(labour.begun) == usual["heavy"] + usual["medium"] + 1
        labour.gate.set()
        assert set(await asyncio.gather(*crowd)) == {480}


async def test_remote_work_keeps_nobody_waiting(road: Road, labour: Labour) -> None:
    async with road(labour) as kernel:
        away = settled(kernel, labour, "remote", 3)
        await begun(labour, 3)
        async with asyncio.timeout(PATIENCE):
            for cost in ("light", "medium", "heavy"):
                assert await performed(kernel, scene(cost=cost)) == 480
        labour.gate.set()
        await asyncio.gather(*away)


async def test_the_urgent_goes_first_among_the_heavy(road: Road, labour: Labour) -> None:
    async with road(labour) as kernel:
        first = settled(kernel, labour, "heavy", 1)
        await begun(labour, 1)
        pool = kernel.backend("execution")._pools["heavy"]
        waiting = []
        for number, priority in enumerate((Priority.BATCH, Priority.STANDARD, Priority.INTERACTIVE), 1):
            wanted = scene(cost="heavy", name=priority.name)
            waiting.append(asyncio.create_task(performed(kernel, wanted, priority)))
            async with asyncio.timeout(PATIENCE):
                while len(pool._waiting) < number:
                    await asyncio.sleep(0.005)
        assert len(labour.begun) == 1
        labour.gate.set()
        await asyncio.gather(*first, *waiting)
        assert labour.begun[1:] == ["INTERACTIVE", "STANDARD", "BATCH"]


async def test_what_is_stored_waits_for_nobody(road: Road, labour: Labour) -> None:
    async with road(labour) as kernel:
        known = scene(cost="heavy", name="known", seed=1)
        assert await performed(kernel, known) == 480
        first = settled(kernel, labour, "heavy", 1)
        await begun(labour, 2)
        async with asyncio.timeout(PATIENCE):
            assert await performed(kernel, known) == 480
        assert labour.begun.count("known") == 1
        labour.gate.set()
        await asyncio.gather(*first)


async def test_where_a_backend_says_nothing_its_role_does(road: Road, labour: Labour) -> None:
    """``plain`` is as light as its role, whatever the request says, and so is not behind what is heavy."""
    async with road(labour) as kernel:
        first = settled(kernel, labour, "heavy", 1)
        await begun(labour, 1)
        async with asyncio.timeout(PATIENCE):
            assert await performed(kernel, scene("plain", cost="heavy")) == 480
        labour.gate.set()
        await asyncio.gather(*first)


@pytest.mark.parametrize("threads", [1, 2, 4, 16, 30, 64, 256])
def test_light_work_finds_a_thread_on_any_machine(threads: int) -> None:
    """asyncio's own pool has four more than processors, 32 at most."""
    usual = places(threads)
    assert usual["medium"] + usual["heavy"] < min(32, threads + 4)
    assert min(usual.values()) >= 1


async def test_places_can_be_set(road: Road, labour: Labour) -> None:
    async with road(labour, plugins={"in-process": {"heavy": 2}}) as kernel:
        crowd = settled(kernel, labour, "heavy", 4)
        await begun(labour, 2)
        await asyncio.sleep(0.05)
        assert len(labour.begun) == 2
        labour.gate.set()
        await asyncio.gather(*crowd)
