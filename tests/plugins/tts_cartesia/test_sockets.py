"""One WebSocket for many utterances: contexts, continuations, and connections that end."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from mixdown_kernel import Kind
from mixdown_kernel.testing import opening
from mixdown_kernel.testing.rendering import collect
from mixdown_kernel.testing.source import refusal

from .conftest import SONIC, OpenSonic, say, until
from .stand_in import KEY, Fault, StandIn

LONG = "We sailed home, and then we slept. Nobody saw us, nobody asked. In the morning it rained."


async def test_one_connection_serves_all(sonic: OpenSonic, cartesia: StandIn) -> None:
    backend = await sonic(concurrency=4)
    texts = [f"Utterance {number}." for number in range(8)]
    alone = [(await collect(backend, say(text))).digest() for text in texts]
    together = await asyncio.gather(*(collect(backend, say(text)) for text in texts))
    assert [render.digest() for render in together] == alone, "no context hears another's sound"
    assert cartesia.handshakes == 1
    assert len({one["context_id"] for one in cartesia.requests}) == 16


async def test_a_long_utterance_goes_in_parts(sonic: OpenSonic, cartesia: StandIn) -> None:
    whole = await collect(await sonic(), say(LONG))
    cartesia.requests.clear()
    parted = await collect(await sonic(continuation_chars=40, max_buffer_delay_ms=120), say(LONG))
    assert parted.digest() == whole.digest(), "sound and word times alike"
    assert cartesia.transcripts() == [
        "We sailed home, and then we slept. ",
        "Nobody saw us, nobody asked. ",
        "In the morning it rained.",
    ]
    assert [one["continue"] for one in cartesia.requests] == [True, True, False]
    assert len({one["context_id"] for one in cartesia.requests}) == 1
    assert {one["max_buffer_delay_ms"] for one in cartesia.requests} == {120}


async def test_a_context_that_has_expired_is_told_and_not_repeated(
    sonic: OpenSonic, cartesia: StandIn
) -> None:
    backend = await sonic(continuation_chars=40)
    cartesia.fail(Fault.EXPIRED)
    problem = await refusal(backend, say(LONG))
    assert (problem.kind, problem.code) == (Kind.UPSTREAM, "cartesia_expired")
    sent = len(cartesia.requests)
    assert (await collect(backend, say())).audio.frames
    assert len(cartesia.requests) == sent + 1
    assert cartesia.handshakes == 1


async def test_an_idle_connection_that_was_closed_is_opened_anew(sonic: OpenSonic, cartesia: StandIn) -> None:
    backend = await sonic()
    for number in range(3):
        cartesia.idle_seconds = 300
        await collect(backend, say(f"Number {number}."))
        cartesia.idle_seconds = 0
        await until(lambda: not backend._transport._line.usable)
    assert cartesia.handshakes == 3
    assert len(cartesia.rendered) == len(cartesia.requests) == 3


async def test_a_connection_that_may_be_about_to_close_is_not_used(
    sonic: OpenSonic, cartesia: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = await sonic()
    await collect(backend, say())
    monkeypatch.setattr("mixdown_tts_cartesia.socket.IDLE_SECONDS", 0)
    await collect(backend, say("And again."))
    assert cartesia.handshakes == 2


async def test_when_a_connection_breaks_all_who_wait_learn_of_it(sonic: OpenSonic, cartesia: StandIn) -> None:
    backend = await sonic(concurrency=2)
    cartesia.fail(Fault.STALLED)
    waiting = asyncio.create_task(refusal(backend, say("First.")))
    await until(lambda: cartesia.active)
    cartesia.fail(Fault.CUT_MIDWAY)
    problems = [await refusal(backend, say("Second, and a little longer.")), await waiting]
    assert {problem.code for problem in problems} == {"cartesia_broken_off"}
    assert (await collect(backend, say("Third."))).audio.frames
    assert (cartesia.handshakes, len(cartesia.requests)) == (2, 3)


async def test_an_error_that_names_no_context_is_that_of_the_only_one(
    sonic: OpenSonic, cartesia: StandIn
) -> None:
    backend = await sonic()
    cartesia.fail(Fault.NO_CONTEXT)
    assert (await refusal(backend, say())).code == "cartesia_failed"


async def test_an_error_that_names_no_context_ends_none_of_several(
    sonic: OpenSonic, cartesia: StandIn, caplog: pytest.LogCaptureFixture
) -> None:
    backend = await sonic(concurrency=2)
    cartesia.fail(Fault.HELD, Fault.NO_CONTEXT)
    held = asyncio.create_task(collect(backend, say("First.")))
    await until(lambda: cartesia.active)
    assert (await collect(backend, say("Second."))).audio.frames
    cartesia.release.set()
    assert (await held).audio.frames
    assert "no context (status 500)" in caplog.text


async def test_a_cancelled_context_leaves_the_others_alone(sonic: OpenSonic, cartesia: StandIn) -> None:
    backend = await sonic(concurrency=2)
    cartesia.fail(Fault.HELD, Fault.HELD)
    kept = asyncio.create_task(collect(backend, say("This one stays.")))
    await until(lambda: len(cartesia.active) == 1)
    left = asyncio.create_task(collect(backend, say("This one goes.")))
    await until(lambda: len(cartesia.active) == 2)
    left.cancel()
    await until(lambda: len(cartesia.active) == 1)
    cartesia.release.set()
    assert (await kept).audio.frames
    assert cartesia.handshakes == 1


async def test_closing_the_backend_closes_the_connection(cartesia: StandIn, tmp_path: Path) -> None:
    section = {"api_key": KEY, "base_url": cartesia.url}
    async with opening.opened(SONIC, section, folder=tmp_path) as backend:
        await collect(backend, say())
        assert cartesia.sockets == 1
    await until(lambda: cartesia.sockets == 0)
