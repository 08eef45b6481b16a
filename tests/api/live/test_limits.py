"""Slow and silent readers, floods, nonsense, and everything else that a stream has to bear."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

import httpx
import pytest
from websockets.exceptions import InvalidStatus

from mixdown_api.live.session import Session

from .conftest import Start
from .streaming import Listener, Streaming, contiguous, until

WIDE = {"rate": 48_000, "channels": 2, "block_ms": 100}
NOISE = {"kind": "white_noise", "volume": 5}

pytestmark = pytest.mark.asyncio(loop_scope="module")


def refusal(raised: pytest.ExceptionInfo[InvalidStatus]) -> tuple[int, str]:
    response = raised.value.response
    return response.status_code, json.loads(response.body or b"{}")["error"]


@pytest.mark.parametrize(
    ("message", "code", "field"),
    [
        ({"action": "add_layer", "type": "music", "bpm": 300}, "INVALID_BPM", "bpm"),
        ({"action": "add_layer", "type": "voice"}, "MISSING_TEXT", "text"),
        ({"action": "add_layer", "type": "tuba"}, "UNKNOWN_TYPE", "type"),
        (
            {"action": "add_layer", "type": "voice", "text": "x", "fade_in": 10_001},
            "INVALID_FADE_IN",
            "fade_in",
        ),
        ({"action": "add_layer", "type": "clip", "audio_url": " "}, "MISSING_AUDIO_URL", "audio_url"),
        (
            {"action": "add_layer", "type": "background", "duration_ms": 100, "fade_out": 101},
            "INVALID_FADE_OUT",
            "fade_out",
        ),
        ({"action": "add_layer", "type": "voice", "text": "x", "gap_ms": -1}, "INVALID_GAP_MS", "gap_ms"),
        ({"action": "add_layer", "type": "voice", "text": "x", "after": "y"}, "UNKNOWN_LAYER", "after"),
        ({"action": "add_layer", "type": "voice", "text": "x" * 5000}, "TEXT_TOO_LONG", "text"),
        ({"action": "add_layer", "type": "music", "stems": True}, "UNSUPPORTED_IN_STREAM", "stems"),
        ({"action": "update_layer", "id": "voice", "volume": 101}, "INVALID_VOLUME", "volume"),
        ({"action": "update_layer", "id": "voice"}, "MISSING_VOLUME", "volume"),
        ({"action": "update_layer", "id": "nobody", "volume": 1}, "UNKNOWN_LAYER", "id"),
        ({"action": "remove_layer", "id": "nobody"}, "UNKNOWN_LAYER", "id"),
        ({"action": "configure", "block_ms": 15}, "INVALID_BLOCK_MS", "block_ms"),
        ({"action": "configure", "rate": 44_100}, "INVALID_RATE", "rate"),
    ],
)
async def test_what_cannot_be_meant_is_an_error_and_the_stream_goes_on(
    served: Streaming, message: dict[str, object], code: str, field: str
) -> None:
    async with served.listening() as stream:
        await stream.connection.send(json.dumps(message))
        await stream.hear(lambda: stream.errors)
        await stream.add("voice", text="Hm.")
        await stream.hear(lambda: stream.event("ended", "voice"))
    (error,) = stream.errors
    assert (error["error"], error["field"]) == (code, field)
    assert error["message"]


async def test_a_backend_that_is_not_there_fails_alone(served: Streaming) -> None:
    async with served.listening() as stream:
        await stream.add("voice", text="Hm.", model="hum")
        await stream.add("music", model="kazoo")
        await stream.hear(lambda: stream.event("failed", "music") and stream.event("ended", "voice"))
    failed = stream.event("failed", "music")
    assert failed is not None
    assert (failed["error"], failed["field"]) == ("UNKNOWN_BACKEND", "model")


async def test_a_name_is_taken_while_its_layer_lasts(served: Streaming) -> None:
    async with served.listening() as stream:
        await stream.add("voice", id="a", text="Hm.")
        await stream.add("voice", id="a", text="Hm.")
        await stream.say("configure", block_ms=10)
        await stream.hear(lambda: stream.event("ended", "a"))
        await stream.add("voice", id="a", text="Hm.")
        await stream.hear(lambda: stream.kinds("a").count("ended") == 2)
    assert [error["error"] for error in stream.errors] == ["DUPLICATE_LAYER", "ALREADY_STREAMING"]


async def test_so_many_layers_and_no_more(served: Streaming) -> None:
    async with served.listening() as stream:
        for _ in range(33):
            await stream.add("silence", duration_ms=1000)
        await stream.hear(lambda: stream.errors)
    assert stream.errors[0]["error"] == "TOO_MANY_LAYERS"
    assert stream.errors[0]["valid_range"] == [1, 32]


@pytest.mark.parametrize(
    "nonsense", ["", "{", "[]", "null", '{"action": "fly"}', '{"action": "close", "x": NaN}']
)
async def test_nonsense_is_borne_for_a_while(served: Streaming, nonsense: str) -> None:
    async with served.listening() as stream:
        for _ in range(5):
            await stream.connection.send(nonsense)
        await stream.hear()
    assert stream.code == 1008
    assert len(stream.errors) == 5


async def test_binary_messages_are_not_taken(served: Streaming) -> None:
    async with served.listening() as stream:
        await stream.connection.send(b"\x00")
        await stream.hear()
    assert stream.code == 1003


async def test_a_message_has_its_limit(served: Streaming) -> None:
    async with served.listening() as stream:
        await stream.add("voice", text="x" * 70_000)
        await stream.hear()
    assert stream.code == 1009


async def test_a_flood_is_not_read_and_ends_the_stream(served: Streaming) -> None:
    async with served.listening() as stream:
        for _ in range(200):
            await stream.say("interrupt")
        await stream.hear()
    assert stream.code == 1008
    assert {error["error"] for error in stream.errors} == {"TOO_MANY_MESSAGES"}
    assert 40 <= len(stream.errors) <= 60


async def test_who_says_nothing_and_hears_nothing_is_let_go(start: Start) -> None:
    served = await start(stream_idle_seconds=0.4)
    async with served.listening() as silent, served.listening() as done:
        await done.add("voice", text="Hm.")
        await asyncio.gather(silent.hear(), done.hear())
    assert (silent.code, done.code) == (4001, 4001)
    assert done.kinds("voice") == ["added", "started", "ended"]


async def test_who_only_listens_is_not_let_go(start: Start) -> None:
    served = await start(stream_idle_seconds=0.4)
    async with served.listening() as stream:
        await stream.add("background", **NOISE)
        await stream.hear(lambda: stream.heard(24_000 * 3 // 2, 2))
    assert stream.code is None


async def held_up(served: Streaming, stops_until: Callable[[Session], bool]) -> Listener:
    """A client that stops reading until something has happened to its session, and then reads on."""
    async with served.connect(max_queue=1) as connection:
        listener = Listener(connection)
        await listener.say("configure", **WIDE)
        await listener.add("background", **NOISE)
        await listener.hear(lambda: listener.stamps)
        (session,) = served.streams.running
        await until(lambda: stops_until(session))
        stopped = len(listener.stamps)
        await listener.hear(lambda: len(listener.stamps) > stopped + 40 and listener.event("paused"))
    return listener


async def test_the_sound_waits_for_a_slow_reader_and_nothing_is_lost(start: Start) -> None:
    served = await start(stream_patience_seconds=30)
    sent: list[int] = []

    def stands_still(session: Session) -> bool:
        sent.append(session.given)
        return len(sent) > 200 and sent[-1] == sent[-200]

    stream = await held_up(served, stands_still)
    paused = stream.event("paused")
    assert paused is not None
    assert paused["paused_ms"] > 100
    assert contiguous(stream.stamps, 100)
    assert len(stream.pcm) == len(stream.stamps) * 4_800 * 4


async def test_a_reader_who_stops_is_cut_off_and_told_why(start: Start) -> None:
    served = await start(stream_patience_seconds=1.5)
    stream = await held_up(served, lambda session: session.code is not None)
    assert stream.code == 4002
    assert contiguous(stream.stamps, 100)
    await until(lambda: not served.streams.running)


async def test_there_are_so_many_streams_and_no_more(start: Start) -> None:
    served = await start(streams=1)
    async with served.listening() as stream:
        await stream.add("voice", text="Hm.")
        await stream.hear(lambda: stream.event("added", "voice"))
        with pytest.raises(InvalidStatus) as raised:
            async with served.connect():
                pass
        assert refusal(raised) == (503, "TOO_MANY_STREAMS")
        assert "retry-after" in raised.value.response.headers
    await until(lambda: not served.streams.running)
    async with served.connect():
        pass


async def test_keys_limits_and_origins_are_those_of_every_route(start: Start) -> None:
    served = await start(api_keys="right", rate_limit="4/minute", cors_origins="https://ours.example")
    right = {"Authorization": "Bearer right"}
    with pytest.raises(InvalidStatus) as raised:
        async with served.connect():
            pass
    assert refusal(raised) == (401, "MISSING_API_KEY")
    with pytest.raises(InvalidStatus) as raised:
        async with served.connect(additional_headers=right, origin="https://theirs.example"):
            pass
    assert refusal(raised) == (403, "FOREIGN_ORIGIN")
    for _ in range(2):
        async with served.connect(additional_headers=right, origin="https://ours.example"):
            pass
    with pytest.raises(InvalidStatus) as raised:
        async with served.connect(additional_headers=right):
            pass
    assert refusal(raised) == (429, "RATE_LIMIT_EXCEEDED")


async def test_the_server_s_end_is_told(start: Start) -> None:
    served = await start()
    async with served.listening() as stream:
        await stream.add("background", **NOISE)
        await stream.hear(lambda: stream.stamps)
        served.server.should_exit = True
        await stream.hear()
    assert stream.code == 1012
    await until(lambda: not served.streams.running)


async def test_streams_are_counted(served: Streaming) -> None:
    async with served.listening() as stream, httpx.AsyncClient() as http:
        await stream.add("voice", text="Hm.")
        await stream.hear(lambda: stream.event("added", "voice"))
        figures = (
            await http.get(served.url.replace("ws", "http", 1).replace("/v1/audio/stream", "/api/v1/metrics"))
        ).json()
    assert figures["mixdown_streams"][0]["value"] == 1
    assert "mixdown_stream_blocks_late" in figures


async def test_close_is_obeyed(served: Streaming) -> None:
    async with served.listening() as stream:
        await stream.add("background", **NOISE)
        await stream.hear(lambda: stream.stamps)
        await stream.say("close")
        await stream.hear()
    assert stream.code == 1000
