"""HTTP without a network: an ASGI application as a transport of httpx, answers streamed as they are made.

httpx's own `ASGITransport` hands an answer over once it is whole, so it cannot show a job's progress.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any

import httpx

Message = MutableMapping[str, Any]
Application = Callable[
    [Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]
]
AHEAD = 8
"""Messages that the application may be ahead of its reader."""


class InProcessTransport(httpx.AsyncBaseTransport):
    """Requests become calls of the application, each in a task of its own, cancelled when its reader leaves."""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        exchange = _Exchange(_scope(request), await request.aread())
        exchange.start(self._application)
        try:
            return await exchange.response()
        except BaseException:
            await exchange.aclose()
            raise


def _scope(request: httpx.Request) -> Message:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": request.url.scheme,
        "path": request.url.path,
        "raw_path": request.url.raw_path.partition(b"?")[0],
        "query_string": request.url.query,
        "root_path": "",
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "server": (request.url.host, request.url.port),
        "client": None,
    }


class _Exchange(httpx.AsyncByteStream):
    """One request and its answer, which is also the stream of its body."""

    def __init__(self, scope: Message, body: bytes) -> None:
        self._scope = scope
        self._body: bytes | None = body
        self._sent: asyncio.Queue[Message | None] = asyncio.Queue(AHEAD)
        self._task: asyncio.Task[None] | None = None
        self._left = False

    def start(self, application: Application) -> None:
        self._task = asyncio.create_task(self._run(application), name=f"{self._scope['method']} in process")

    async def _run(self, application: Application) -> None:
        try:
            await application(self._scope, self._receive, self._send)
        finally:
            await self._send(None)

    async def _send(self, message: Message | None) -> None:
        if not self._left:  # else nobody would ever make room
            await self._sent.put(message)

    async def _receive(self) -> Message:
        if self._body is None:  # whoever leaves early cancels the task instead
            await asyncio.Event().wait()
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}

    async def response(self) -> httpx.Response:
        """The answer, as soon as its head is there."""
        head = await self._sent.get()
        if head is None:
            raise httpx.RemoteProtocolError(f"The application gave no answer{self._failure()}")
        return httpx.Response(head["status"], headers=head["headers"], stream=self)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        whole = False
        while (message := await self._sent.get()) is not None:
            whole = not message.get("more_body", False)
            if body := message.get("body", b""):
                yield body
        if not whole:
            raise httpx.RemoteProtocolError(f"The answer broke off{self._failure()}")

    def _failure(self) -> str:
        if (
            self._task
            and self._task.done()
            and not self._task.cancelled()
            and (error := self._task.exception())
        ):
            return f" ({type(error).__name__}: {error})"
        return ""

    async def aclose(self) -> None:
        """Stop what is still at work; does nothing after an answer that was read to its end."""
        self._left = True
        if self._task:
            self._task.cancel()
            await asyncio.wait([self._task])
            if not self._task.cancelled():
                self._task.exception()  # told already, or after the answer, where nobody waits for it
