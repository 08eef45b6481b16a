"""What every answer of the service means to a caller, and what it may have cost."""

from __future__ import annotations

import asyncio
import logging
import socket
from pathlib import Path
from typing import Any

import pytest

from mixdown_kernel import Kind, Problem
from mixdown_kernel.testing import opening
from mixdown_kernel.testing.rendering import collect
from mixdown_kernel.testing.source import refusal

from .conftest import SONIC, OpenSonic, say, until
from .stand_in import KEY, Fault, Host, StandIn, hosting, voice_id

QUICK = {"timeout_seconds": 0.3}
EVENTS = ("sse", "websocket")
ALL = ("bytes", "sse", "websocket")

REFUSALS = [
    (Fault.UNAUTHORIZED, Kind.UNAVAILABLE, "cartesia_key"),
    (Fault.NO_CREDITS, Kind.UNAVAILABLE, "cartesia_credits"),
    (Fault.FORBIDDEN, Kind.UNAVAILABLE, "cartesia_plan"),
    (Fault.TOO_LARGE, Kind.TOO_LARGE, "cartesia_too_large"),
    (Fault.LANGUAGE, Kind.UNSUPPORTED, "unsupported_language"),
]
"""Certainly not charged, and no use to try again."""

UNCLEAR = [
    (Fault.BROKEN, ALL, Kind.UPSTREAM, "cartesia_failed"),
    (Fault.UNAVAILABLE, ALL, Kind.UPSTREAM, "cartesia_failed"),
    (Fault.SILENT, ALL, Kind.UPSTREAM, "cartesia_unreadable"),
    (Fault.STALLED, ALL, Kind.TIMEOUT, "cartesia_timeout"),
    (Fault.STALLED_MIDWAY, ALL, Kind.TIMEOUT, "cartesia_timeout"),
    (Fault.CUT, ALL, Kind.UPSTREAM, "cartesia_broken_off"),
    (Fault.CUT_MIDWAY, ALL, Kind.UPSTREAM, "cartesia_broken_off"),
    (Fault.NOT_SOUND, ALL, Kind.UPSTREAM, "cartesia_unreadable"),
    (Fault.BAD_BASE64, EVENTS, Kind.UPSTREAM, "cartesia_unreadable"),
    (Fault.BROKEN_MIDWAY, EVENTS, Kind.UPSTREAM, "cartesia_failed"),
    (Fault.BUSY_MIDWAY, EVENTS, Kind.UPSTREAM, "cartesia_broken_off"),
    (Fault.BAD_JSON_MIDWAY, EVENTS, Kind.UPSTREAM, "cartesia_unreadable"),
    (Fault.NO_DONE, ("sse",), Kind.UPSTREAM, "cartesia_broken_off"),
    (Fault.HALF_A_SAMPLE, ALL, Kind.UPSTREAM, "cartesia_unreadable"),
]
"""May have been charged: nobody sends it again unasked."""


def told_by(problem: Problem) -> str:
    return f"{problem!r} {problem} {problem.hint} {problem.details} {problem.__cause__!r} {problem.__context__!r}"


@pytest.mark.parametrize("version", ["2025-04-16", "2026-03-01"])
@pytest.mark.parametrize(("fault", "kind", "code"), REFUSALS)
async def test_refusals(
    sonic: OpenSonic, cartesia: StandIn, transport: str, version: str, fault: Fault, kind: Kind, code: str
) -> None:
    backend = await sonic(transport=transport, cartesia_version=version)
    cartesia.always = fault
    for _ in range(2):
        problem = await refusal(backend, say())
        assert (problem.kind, problem.code) == (kind, code)
        assert KEY not in told_by(problem)
    assert len(cartesia.requests) == 2, "each time somebody asked, once"
    assert bool((await backend.health()).ok) is (kind is not Kind.UNAVAILABLE)
    cartesia.always = None
    assert (await collect(backend, say())).audio.frames
    assert (await backend.health()).ok


@pytest.mark.parametrize(
    ("fault", "transport", "kind", "code"),
    [(fault, transport, kind, code) for fault, on, kind, code in UNCLEAR for transport in on],
)
async def test_what_may_have_been_charged_is_not_sent_again(
    sonic: OpenSonic, cartesia: StandIn, fault: Fault, transport: str, kind: Kind, code: str
) -> None:
    stalled = kind is Kind.TIMEOUT
    backend = await sonic(transport=transport, **(QUICK if stalled else {}))
    cartesia.fail(fault)
    problem = await refusal(backend, say())
    assert (problem.kind, problem.code) == (kind, code)
    assert "charged" in str(problem.hint)
    assert len(cartesia.requests) == 1
    if not stalled:  # whose patience is too short to be relied on
        assert (await collect(backend, say("Something else."))).audio.frames, "and nobody else is held up"


async def test_who_asks_later_is_heard(sonic: OpenSonic, cartesia: StandIn, transport: str) -> None:
    backend = await sonic(transport=transport)
    cartesia.fail(Fault.CUT_MIDWAY)
    await refusal(backend, say())
    assert (await collect(backend, say())).audio.frames
    assert len(cartesia.requests) == 2


@pytest.mark.parametrize("fault", [Fault.BUSY, Fault.BUSY_FOR_A_SECOND])
async def test_too_many_at_once_is_tried_again(
    sonic: OpenSonic, cartesia: StandIn, transport: str, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mixdown_tts_cartesia.failures.MAX_WAIT", 0.01)
    backend = await sonic(transport=transport)
    cartesia.fail(fault, fault)
    assert (await collect(backend, say())).audio.frames
    assert (len(cartesia.requests), len(cartesia.rendered)) == (3, 1)
    assert (await backend.health()).figures["waits"] == 2


async def test_no_credits_by_whatever_status_are_not_asked_for_again(
    sonic: OpenSonic, cartesia: StandIn, transport: str
) -> None:
    cartesia.always = Fault.QUOTA
    problem = await refusal(await sonic(transport=transport), say())
    assert (problem.kind, problem.code) == (Kind.UNAVAILABLE, "cartesia_credits")
    assert len(cartesia.requests) == 1


async def test_too_many_for_long_is_told(sonic: OpenSonic, cartesia: StandIn, transport: str) -> None:
    backend = await sonic(transport=transport, retries=1)
    cartesia.always = Fault.BUSY
    problem = await refusal(backend, say())
    assert (problem.kind, problem.code) == (Kind.RATE_LIMITED, "cartesia_busy")
    assert problem.retry_after
    assert len(cartesia.requests) == 2
    assert not cartesia.rendered


@pytest.mark.parametrize("settings", [{}, {"cartesia_version": "2024-11-13"}], ids=str)
async def test_a_voice_that_is_not_there(
    sonic: OpenSonic, cartesia: StandIn, transport: str, settings: dict[str, Any]
) -> None:
    backend = await sonic(transport=transport, **settings)
    problem = await refusal(backend, say(voice=voice_id(4000)))
    assert (problem.kind, problem.code, problem.field) == (Kind.NOT_FOUND, "unknown_voice", "voice")


async def test_a_model_that_is_not_there(sonic: OpenSonic, transport: str) -> None:
    problem = await refusal(await sonic(transport=transport, model="sonic-3-1999-01-01"), say())
    assert (problem.kind, problem.code) == (Kind.UNAVAILABLE, "cartesia_model")


async def test_what_the_service_says_is_passed_on(
    sonic: OpenSonic, cartesia: StandIn, transport: str
) -> None:
    cartesia.dictionaries["names"] = {"id": "names", "items": []}
    backend = await sonic(transport=transport, pronunciation_dicts=["names"])
    del cartesia.dictionaries["names"]
    problem = await refusal(backend, say())
    assert (problem.kind, problem.code) == (Kind.UNAVAILABLE, "cartesia_missing")
    assert "Dictionary not found" in problem.message
    assert problem.details["error_code"] == "pronunciation_dict_not_found"
    assert problem.details["request_id"]


async def test_an_endless_utterance_is_cut(
    sonic: OpenSonic, cartesia: StandIn, transport: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mixdown_tts_cartesia.synthesizer.MAX_SECONDS", 10)
    backend = await sonic(transport=transport, sample_rate=8000)
    cartesia.fail(Fault.ENDLESS)
    problem = await refusal(backend, say())
    assert (problem.kind, problem.code) == (Kind.UPSTREAM, "cartesia_endless")
    await until(lambda: cartesia.stopped)


async def test_samples_that_are_no_numbers(sonic: OpenSonic, cartesia: StandIn, transport: str) -> None:
    backend = await sonic(transport=transport, encoding="pcm_f32le")
    cartesia.fail(Fault.NOT_A_NUMBER)
    assert (await refusal(backend, say())).code == "cartesia_unreadable"


async def test_an_event_without_an_end_is_not_waited_for(
    sonic: OpenSonic, cartesia: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mixdown_tts_cartesia.http.MAX_LINE", 100_000)
    backend = await sonic(transport="sse")
    cartesia.fail(Fault.NO_END)
    assert (await refusal(backend, say())).code == "cartesia_unreadable"


# ------------------------------------------------------------ no connection


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        port: int = one.getsockname()[1]
        return port


async def test_nobody_there(sonic: OpenSonic, transport: str) -> None:
    backend = await sonic(transport=transport, base_url=f"http://127.0.0.1:{free_port()}", retries=1)
    problem = await refusal(backend, say())
    assert (problem.kind, problem.code) == (Kind.UPSTREAM, "cartesia_unreachable")
    assert "Nothing was charged" in str(problem.hint)
    assert (await backend.health()).figures["waits"] == 1


async def test_a_service_that_comes_up_meanwhile(
    sonic: OpenSonic, transport: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    port, state = free_port(), StandIn()
    backend = await sonic(transport=transport, base_url=f"http://127.0.0.1:{port}/s0", retries=10)
    monkeypatch.setattr("mixdown_tts_cartesia.patience.LONGEST_SECONDS", 0.1)
    rendering = asyncio.create_task(collect(backend, say()))
    while not (await backend.health()).figures["waits"]:
        await asyncio.sleep(0.005)
    with hosting(port) as host:
        host.add(state)
        assert (await rendering).audio.frames
    assert len(state.rendered) == 1


@pytest.mark.parametrize("status", [429, 503])
async def test_a_handshake_that_is_turned_away_is_tried_again(
    sonic: OpenSonic, cartesia: StandIn, status: int
) -> None:
    backend = await sonic(transport="websocket")
    cartesia.handshake_faults.append(status)
    assert (await collect(backend, say())).audio.frames
    assert (cartesia.handshakes, len(cartesia.requests)) == (2, 1)


async def test_a_redirect_is_not_followed(
    sonic: OpenSonic, transport: str, cartesia: StandIn, host: Host
) -> None:
    """The key would travel along."""
    elsewhere = host.add(StandIn())
    cartesia.redirect = elsewhere.url
    problem = await refusal(await sonic(transport=transport, retries=0), say())
    assert problem.kind is Kind.UPSTREAM
    assert not elsewhere.handshakes
    assert not elsewhere.requests


async def test_an_address_that_leads_nowhere(sonic: OpenSonic, transport: str, cartesia: StandIn) -> None:
    backend = await sonic(transport=transport, base_url=cartesia.url + "/elsewhere", retries=0)
    problem = await refusal(backend, say())
    assert problem.kind is Kind.UNAVAILABLE


async def test_what_a_library_raises_is_not_sent_again_either(
    sonic: OpenSonic, transport: str, cartesia: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bug after the order was sent."""
    backend = await sonic(transport=transport)

    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("mixdown_tts_cartesia.pcm.Decoder.feed", broken)
    assert (await refusal(backend, say())).code == "cartesia_broken_off"
    assert len(cartesia.requests) == 1


# ------------------------------------------------------------ the key


async def test_without_a_key_it_does_not_open(tmp_path: Path) -> None:
    for section in ({}, {"api_key": ""}):
        with pytest.raises(Problem) as raised:
            async with opening.opened(SONIC, section, folder=tmp_path):
                pass
        assert (raised.value.kind, raised.value.code) == (Kind.UNAVAILABLE, "no_api_key")


async def test_another_key_is_refused_and_not_repeated(sonic: OpenSonic, transport: str) -> None:
    backend = await sonic(transport=transport, api_key="sk_car_wrong")
    problem = await refusal(backend, say())
    assert (problem.kind, problem.code) == (Kind.UNAVAILABLE, "cartesia_key")
    assert "wrong" not in told_by(problem)


async def test_the_key_is_said_nowhere(
    sonic: OpenSonic, cartesia: StandIn, transport: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Not by any library either, at the most talkative level."""
    for name in ("websockets", "websockets.client", "httpx", "httpcore", "mixdown"):
        caplog.set_level(logging.DEBUG, name)
    caplog.set_level(logging.DEBUG)
    backend, said = await sonic(transport=transport, **QUICK), []
    for fault in (None, Fault.BUSY, Fault.UNAUTHORIZED, Fault.CUT_MIDWAY, Fault.BROKEN, Fault.STALLED):
        if fault:
            cartesia.fail(fault)
        answers = await asyncio.gather(collect(backend, say(f"{fault}")), return_exceptions=True)
        said += [told_by(answer) for answer in answers if isinstance(answer, Problem)]
    await backend.voices()
    said += [record.getMessage() for record in caplog.records]
    said += [str(record.__dict__) for record in caplog.records]
    said += [repr(backend), repr(vars(backend)), backend.fingerprint(), repr(await backend.health())]
    assert len(caplog.records) > 3
    assert len(said) > len(caplog.records) * 2 + 4, "problems are among it"
    assert not [line for line in said if KEY in line or KEY[-10:] in line]
