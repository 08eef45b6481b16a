"""Work ends when nobody waits for it: a request is cancelled as soon as its client has left."""

from __future__ import annotations

import asyncio

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Presence:
    """Middleware that runs a request as a task of its own and cancels it, once, when the client leaves before the
    answer is complete: while it waits in a queue, while it renders, and in the middle of a stream."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        client = _Client(scope, receive, send)
        work = asyncio.create_task(_run(self.app, scope, client))
        watch = asyncio.create_task(client.leaves())
        try:
            await asyncio.wait({work, watch}, return_when=asyncio.FIRST_COMPLETED)
            if client.answered:  # whole: what follows the answer is not for the client
                await asyncio.wait({work})
        finally:
            watch.cancel()
            if unfinished := not work.done():
                work.cancel()
                await asyncio.wait({work})
        if not (unfinished and work.cancelled()):
            work.result()


async def _run(app: ASGIApp, scope: Scope, client: _Client) -> None:
    await app(scope, client.receive, client.send)


class _Client:
    """Both ends of the connection, with an eye on whether somebody is still there."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.answered = False
        self._receive = receive
        self._send = send
        self._left = asyncio.Event()
        self._body_read = asyncio.Event()
        headers = Headers(scope=scope)
        self._without_body = "transfer-encoding" not in headers and headers.get("content-length", "0") == "0"
        if self._without_body:  # then the route may never read, so the watch does from the start
            self._body_read.set()

    async def leaves(self) -> None:
        """Return when the client has left; read its messages from where its body ends."""
        await self._body_read.wait()
        while not self._left.is_set():
            if (await self._receive())["type"] == "http.disconnect":
                self._left.set()

    async def receive(self) -> Message:
        if self._without_body:
            self._without_body = False
            return {"type": "http.request", "body": b"", "more_body": False}
        if self._body_read.is_set():
            await self._left.wait()
            return {"type": "http.disconnect"}
        message = await self._receive()
        if message["type"] == "http.disconnect":
            self._left.set()
        if not message.get("more_body", False):
            self._body_read.set()
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            self.answered = True
        await self._send(message)
