"""The WebSocket side: one connection for many utterances, a context each."""

from __future__ import annotations

import asyncio
import json
import logging
import time
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus, WebSocketException
from websockets.protocol import State

from mixdown_kernel import Problem
from mixdown_kernel.backends import Logger
from mixdown_tts_cartesia.events import Done, Sound, Words, event_of, message_of
from mixdown_tts_cartesia.failures import (
    Failures,
    MayBeCharged,
    NotRendered,
    broken_off,
    timed_out,
    unreachable,
)
from mixdown_tts_cartesia.http import CONNECT_SECONDS
from mixdown_tts_cartesia.order import Order
from mixdown_tts_cartesia.settings import SonicSettings
from mixdown_tts_cartesia.transcript import parts

IDLE_SECONDS = 240.0
"""The service closes a socket that was idle for five minutes. One that nearly was is not used again: what is sent
into a closing socket may or may not have been heard."""
MAX_MESSAGE = 8 << 20
CLOSE_SECONDS = 2.0

_silent = logging.getLogger("mixdown_tts_cartesia.websockets")
_silent.setLevel(logging.WARNING)  # at DEBUG websockets logs the handshake's headers, and the key among them


class _Direct(connect):
    """Follows no redirect: the key would travel along."""

    def process_redirect(self, exc: Exception) -> Exception:
        return exc


class _Line:
    """An open connection. Its reader hands each message to the context that it belongs to."""

    def __init__(self, connection: ClientConnection, logger: Logger) -> None:
        self._connection = connection
        self._logger = logger
        self._contexts: dict[str, asyncio.Queue[Mapping[str, Any] | Problem]] = {}
        self._idle_since = time.monotonic()
        self._reader = asyncio.create_task(self._read())

    @property
    def usable(self) -> bool:
        idle = not self._contexts and time.monotonic() - self._idle_since > IDLE_SECONDS
        return self._connection.state is State.OPEN and not self._reader.done() and not idle

    def begin(self, context: str) -> asyncio.Queue[Mapping[str, Any] | Problem]:
        return self._contexts.setdefault(context, asyncio.Queue())

    def end(self, context: str) -> None:
        self._contexts.pop(context, None)
        self._idle_since = time.monotonic()

    async def send(self, message: Mapping[str, Any]) -> None:
        await self._connection.send(json.dumps(message))

    async def close(self) -> None:
        self._reader.cancel()
        with suppress(WebSocketException, OSError, TimeoutError):
            await self._connection.close()
        await asyncio.wait({self._reader})

    async def _read(self) -> None:
        """Ends with the connection; whoever still waits for something then learns of it."""
        failure: Problem = broken_off()
        try:
            async for data in self._connection:
                self._hand_on(message_of(data))
        except Problem as problem:  # whose message it was cannot be told
            failure = problem
        except (WebSocketException, OSError) as error:
            failure = broken_off(error)
        finally:
            for queue in self._contexts.values():
                queue.put_nowait(failure)
            with suppress(WebSocketException, OSError):
                await self._connection.close()

    def _hand_on(self, message: Mapping[str, Any]) -> None:
        context = message.get("context_id")
        if context is None and len(self._contexts) == 1:
            context = next(iter(self._contexts))
        queue = self._contexts.get(str(context))
        if queue is not None:
            queue.put_nowait(message)
        elif context is None and message.get("type") == "error":
            self._logger.warning(
                "Cartesia reported an error of no context (status %s)", message.get("status_code")
            )
        # Whatever else comes belongs to a context that was cancelled or has expired.


class SocketTransport:
    """``/tts/websocket``. Connects when first needed, and again when the connection has ended."""

    def __init__(
        self, settings: SonicSettings, headers: Mapping[str, str], failures: Failures, logger: Logger
    ) -> None:
        self._settings = settings
        self._headers = dict(headers)
        self._failures = failures
        self._logger = logger
        self._line: _Line | None = None
        self._connecting = asyncio.Lock()

    async def speak(self, order: Order) -> AsyncIterator[Sound | Words]:
        line = await self._connected()
        context = str(uuid.uuid4())
        answers = line.begin(context)
        finished = began = False
        try:
            await self._send(line, context, order)
            while True:
                message = await self._next(answers)
                if message.get("type") == "error":
                    finished = True
                    raise self._failures.of_event(message, began=began)
                event = event_of(message)
                if isinstance(event, Done):
                    finished = True
                    return
                if event is not None:
                    began = True
                    yield event
        finally:
            line.end(context)
            if not finished:
                await self._cancel(line, context)

    async def aclose(self) -> None:
        if self._line is not None:
            await self._line.close()
            self._line = None

    async def _connected(self) -> _Line:
        async with self._connecting:
            if self._line is None or not self._line.usable:
                if self._line is not None:
                    await self._line.close()
                    self._line = None
                self._line = _Line(await self._connect(), self._logger)
            return self._line

    async def _connect(self) -> ClientConnection:
        address = self._settings.base_url.replace("http", "ws", 1) + "/tts/websocket"
        try:
            return await _Direct(
                address,
                additional_headers=self._headers,
                open_timeout=CONNECT_SECONDS,
                close_timeout=CLOSE_SECONDS,
                max_size=MAX_MESSAGE,
                compression=None,  # base64 of sound hardly gets smaller, and four times as slow
                user_agent_header="mixdown",
                logger=_silent,
            )
        except InvalidStatus as error:
            found = self._turned_away(error)
        except (OSError, TimeoutError, WebSocketException) as error:
            raise unreachable(error) from None
        raise found  # out here, where it has no context: the answer may repeat the key

    def _turned_away(self, error: InvalidStatus) -> NotRendered | Problem:
        answer = error.response
        found = self._failures.of_answer(
            answer.status_code, bytes(answer.body or b""), answer.headers.get("retry-after")
        )
        # Whatever the status: without a connection nothing was rendered.
        return unreachable(error) if isinstance(found, MayBeCharged) else found

    async def _send(self, line: _Line, context: str, order: Order) -> None:
        *first, last = parts(order.transcript, self._settings.continuation_chars)
        members: dict[str, Any] = {**order.members, "context_id": context, "add_timestamps": True}
        if self._settings.max_buffer_delay_ms is not None:
            members["max_buffer_delay_ms"] = self._settings.max_buffer_delay_ms
        messages = [{**members, "transcript": part, "continue": True} for part in first]
        messages.append({**members, "transcript": last, "continue": False})
        try:
            async with asyncio.timeout(self._settings.timeout_seconds):
                for message in messages:
                    await line.send(message)
        except TimeoutError:
            raise timed_out(self._settings.timeout_seconds) from None
        except (WebSocketException, OSError) as error:
            raise broken_off(error) from None

    async def _next(self, answers: asyncio.Queue[Mapping[str, Any] | Problem]) -> Mapping[str, Any]:
        try:
            async with asyncio.timeout(self._settings.timeout_seconds):
                found = await answers.get()
        except TimeoutError:
            raise timed_out(self._settings.timeout_seconds) from None
        if isinstance(found, Problem):
            raise found
        return found

    async def _cancel(self, line: _Line, context: str) -> None:
        """Nobody listens any more: what is not spoken yet need not be paid for."""
        with suppress(WebSocketException, OSError, TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await line.send({"context_id": context, "cancel": True})
