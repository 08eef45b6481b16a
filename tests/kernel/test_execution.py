"""Pools with priorities: light work is never stuck behind heavy work."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from mixdown_kernel.execution import PriorityPool
from mixdown_kernel.streams import FrameQueue, unwrap


async def test_a_pool_bounds_how_many_work_at_once():
    pool = PriorityPool(2)
    working = most = 0

    async def work():
        nonlocal working, most
        async with pool.place(0):
            working += 1
            most = max(most, working)
            await asyncio.sleep(0.001)
            working -= 1

    await asyncio.gather(*(work() for _ in range(20)))
    assert most == 2


async def test_the_urgent_go_first_and_equals_in_order():
    pool = PriorityPool(1)
    order: list[str] = []

    async def work(name: str, priority: int):
        async with pool.place(priority):
            order.append(name)
            await asyncio.sleep(0)

    async with pool.place(0):
        tasks = [asyncio.create_task(work(n, p)) for n, p in [("c", 20), ("a", 0), ("d", 20), ("b", 10)]]
        await asyncio.sleep(0.01)
    await asyncio.gather(*tasks)
    assert order == ["a", "b", "c", "d"]


async def test_who_gives_up_waiting_costs_nobody_a_place():
    pool = PriorityPool(1)
    async with pool.place(0):
        waiting = [asyncio.create_task(pool._take(0)) for _ in range(3)]
        await asyncio.sleep(0)
        waiting[0].cancel()
        await asyncio.sleep(0)
    waiting[1].cancel()  # its turn has come in this very moment
    await asyncio.wait_for(waiting[2], 30)
    pool._give()
    async with asyncio.timeout(30), pool.place(0):
        pass


async def test_a_queue_holds_its_producer_back_and_gives_frames_in_order():
    queue = FrameQueue(1, limit=100)
    sent = 0

    async def produce():
        nonlocal sent
        for number in range(50):
            await queue.put(np.full((30, 1), number, np.float32))
            sent += 1
        await queue.end()

    producer = asyncio.create_task(produce())
    await asyncio.sleep(0.01)
    assert sent < 6
    taken = [await queue.read(70) for _ in range(30)]
    await producer
    whole = np.concatenate(taken)
    assert np.array_equal(whole[:, 0], np.repeat(np.arange(50, dtype=np.float32), 30))


async def test_a_reader_may_ask_for_more_than_the_queue_holds():
    queue = FrameQueue(1, limit=10)

    async def produce():
        for _ in range(20):
            await queue.put(np.zeros((10, 1), np.float32))
        await queue.end()

    producer = asyncio.create_task(produce())
    async with asyncio.timeout(30):
        assert len(await queue.read(150)) == 150
        await queue.discard()
        await producer


async def test_the_cause_comes_out_of_nested_groups():
    async def fail():
        raise ValueError("the cause")

    with pytest.raises(ExceptionGroup) as raised:
        async with asyncio.TaskGroup() as outer:
            outer.create_task(fail())
    assert str(unwrap(ExceptionGroup("more", [raised.value]))) == "the cause"
