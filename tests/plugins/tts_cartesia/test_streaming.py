"""Sound as soon as it is there, and nothing of it for those who left."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from mixdown_kernel.testing.rendering import collect, stream

from .conftest import OpenSonic, say, until
from .stand_in import Fault, StandIn


async def test_the_first_sound_is_passed_on_before_the_rest_is_made(
    sonic: OpenSonic, cartesia: StandIn, transport: str
) -> None:
    backend = await sonic(transport=transport)
    cartesia.fail(Fault.HELD)
    async with aclosing(stream(backend, say())) as chunks:
        first = await anext(chunks)
        assert first.audio.duration_ms == 100
        assert cartesia.active
        cartesia.release.set()
        rest = [chunk async for chunk in chunks]
    assert sum(chunk.audio.frames for chunk in rest) > 10 * first.audio.frames


async def test_leaving_stops_the_service(sonic: OpenSonic, cartesia: StandIn, transport: str) -> None:
    backend = await sonic(transport=transport)
    cartesia.fail(Fault.HELD)
    async with aclosing(stream(backend, say())) as chunks:
        await anext(chunks)
    await until(lambda: cartesia.stopped)
    assert not cartesia.active
    assert (await collect(backend, say())).audio.frames, "who comes back may"


@pytest.mark.parametrize("fault", [Fault.STALLED, Fault.HELD])
async def test_cancelling_stops_the_service_and_frees_the_place(
    sonic: OpenSonic, cartesia: StandIn, transport: str, fault: Fault
) -> None:
    backend = await sonic(transport=transport, concurrency=1)
    cartesia.fail(fault)
    task = asyncio.create_task(collect(backend, say()))
    await until(lambda: cartesia.active)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until(lambda: not cartesia.active)
    assert (await collect(backend, say())).audio.frames
    assert (await backend.health()).figures["speaking"] == 0


async def test_no_more_at_once_than_allowed(sonic: OpenSonic, cartesia: StandIn, transport: str) -> None:
    backend = await sonic(transport=transport, concurrency=2)
    texts = [f"This is number {number}." for number in range(9)]
    await asyncio.gather(*(collect(backend, say(text)) for text in texts))
    assert cartesia.most_at_once == 2
    assert sorted(cartesia.rendered) == sorted(texts)


async def test_a_slow_listener_holds_nobody_up(sonic: OpenSonic, cartesia: StandIn, transport: str) -> None:
    backend = await sonic(transport=transport, concurrency=1)
    async with aclosing(stream(backend, say("A slow listener hears this."))) as slow:
        await anext(slow)
        assert (await collect(backend, say("Another one."))).audio.frames
        assert [chunk async for chunk in slow]


async def test_what_was_not_rendered_yet_is_cheap_to_leave(
    sonic: OpenSonic, cartesia: StandIn, transport: str
) -> None:
    """Waiting for a place, nothing has been sent."""
    backend = await sonic(transport=transport, concurrency=1)
    cartesia.fail(Fault.HELD)
    first = asyncio.create_task(collect(backend, say()))
    await until(lambda: cartesia.active)
    second = asyncio.create_task(collect(backend, say("Never mind.")))
    await asyncio.sleep(0)
    second.cancel()
    cartesia.release.set()
    await first
    assert cartesia.rendered == [say().text]
