"""The HTTP side of the service: sound by ``/tts/bytes`` and ``/tts/sse``, and one way to send any request."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx

from mixdown_tts_cartesia.events import Done, Sound, Words, event_of, message_of
from mixdown_tts_cartesia.failures import Failures, broken_off, timed_out, unreachable, unreadable
from mixdown_tts_cartesia.order import Order
from mixdown_tts_cartesia.settings import SonicSettings

MAX_TOLD = 1 << 16
"""Bytes of an error's body; more are not read."""
MAX_LINE = 8 << 20
CONNECT_SECONDS = 10.0
DRAIN_SECONDS = 0.5


class Http:
    """One client for everything. Its failures are `Problem` and `NotRendered`, and say nothing of the key."""

    def __init__(self, client: httpx.AsyncClient, failures: Failures, timeout: float) -> None:
        self._client = client
        self._failures = failures
        self._timeout = timeout

    @classmethod
    @asynccontextmanager
    async def open(
        cls, settings: SonicSettings, headers: dict[str, str], failures: Failures
    ) -> AsyncIterator[Http]:
        timeout = httpx.Timeout(settings.timeout_seconds, connect=CONNECT_SECONDS)
        # Every slot may have a connection, and lists of voices another one.
        limits = httpx.Limits(max_connections=settings.concurrency + 2)
        async with httpx.AsyncClient(
            base_url=settings.base_url,
            headers=headers,
            timeout=timeout,
            limits=limits,
            follow_redirects=False,
        ) as client:
            yield cls(client, failures, settings.timeout_seconds)

    @asynccontextmanager
    async def send(self, method: str, path: str, **members: Any) -> AsyncIterator[httpx.Response]:
        """A good answer, its body unread."""
        try:
            async with self._client.stream(method, path, **members) as answer:
                if not answer.is_success:
                    body = await _told(answer)
                    raise self._failures.of_answer(
                        answer.status_code, body, answer.headers.get("retry-after")
                    )
                yield answer
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise unreachable(error) from None
        except httpx.TimeoutException:
            raise timed_out(self._timeout) from None
        except httpx.HTTPError as error:
            raise broken_off(error) from None

    async def json(self, method: str, path: str, *, limit: int = 8 << 20, **members: Any) -> Any:
        """The body of a good answer, of at most ``limit`` bytes."""
        data = bytearray()
        async with self.send(method, path, **members) as answer:
            async for piece in answer.aiter_bytes():
                data += piece
                if len(data) > limit:
                    raise unreadable("more than an answer can be")
        try:
            return httpx.Response(200, content=bytes(data)).json()
        except (ValueError, RecursionError):
            raise unreadable("what is no JSON") from None


class BytesTransport:
    """``POST /tts/bytes``: sound as it is made; no word times."""

    def __init__(self, http: Http) -> None:
        self._http = http

    async def speak(self, order: Order) -> AsyncIterator[Sound | Words]:
        body = {"transcript": order.transcript, **order.members}
        async with self._http.send("POST", "/tts/bytes", json=body) as answer:
            kind = answer.headers.get("content-type", "").lower()
            if kind.startswith(("text/", "application/json")):
                raise unreadable("something else than sound")
            async for piece in answer.aiter_bytes():
                yield Sound(piece)

    async def aclose(self) -> None:
        """Nothing: the connections are `Http`'s."""


class SseTransport:
    """``POST /tts/sse``: sound and word times as events."""

    def __init__(self, http: Http, failures: Failures) -> None:
        self._http = http
        self._failures = failures

    async def speak(self, order: Order) -> AsyncIterator[Sound | Words]:
        body = {"transcript": order.transcript, **order.members, "add_timestamps": True}
        began = False
        async with self._http.send("POST", "/tts/sse", json=body) as answer:
            events = _events(answer)
            async for data in events:
                message = message_of(data)
                if message.get("type") == "error":
                    raise self._failures.of_event(message, began=began)
                event = event_of(message)
                if isinstance(event, Done):
                    await _drain(events)
                    return
                if event is not None:
                    began = True
                    yield event
        raise broken_off()

    async def aclose(self) -> None:
        """Nothing: the connections are `Http`'s."""


async def _told(answer: httpx.Response) -> bytes:
    data = b""
    async for piece in answer.aiter_bytes():
        data += piece
        if len(data) > MAX_TOLD:
            break
    return data[:MAX_TOLD]


async def _drain(events: AsyncIterator[bytes]) -> None:
    """Read to the end of an answer that is complete, so that its connection serves again."""
    with suppress(TimeoutError, httpx.HTTPError):
        async with asyncio.timeout(DRAIN_SECONDS):
            async for _ in events:
                pass


async def _events(answer: httpx.Response) -> AsyncIterator[bytes]:
    """The data of each server-sent event (WHATWG HTML, 9.2). By hand, because httpx-sse's lines have no bound."""
    data: list[bytes] = []
    async for line in _lines(answer):
        if not line:
            if data:
                yield b"\n".join(data)
            data = []
        elif line.startswith(b"data:"):
            data.append(line[5:].removeprefix(b" "))


async def _lines(answer: httpx.Response) -> AsyncIterator[bytes]:
    rest = bytearray()
    async for piece in answer.aiter_bytes():
        rest += piece
        if b"\n" in piece:
            *whole, last = bytes(rest).split(b"\n")
            rest = bytearray(last)
            for line in whole:
                yield line.removesuffix(b"\r")
        if len(rest) > MAX_LINE:
            raise unreadable("an event without an end")
