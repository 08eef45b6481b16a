"""One client at the other end: messages in, within their limits, and messages out, as fast as they are taken."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import suppress
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from mixdown_api.live.protocol import MAX_MESSAGE_BYTES, Close


class Closing(Exception):
    """The stream ends here, by our decision."""

    def __init__(self, code: Close, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Left(Exception):
    """The client, or the server's shutdown, has closed the socket."""

    def __init__(self, code: int) -> None:
        super().__init__(f"closed with {code}")
        self.code = code


class Wire:
    """``patience`` is how many seconds a message may wait for a client that takes nothing."""

    def __init__(self, websocket: WebSocket, patience: float) -> None:
        self._websocket = websocket
        self._patience = patience
        self._turn = asyncio.Lock()
        self._sending: float | None = None

    async def receive(self) -> str:
        """The next message. `Left` at the end, `Closing` for one that is too big or not text."""
        message = await self._websocket.receive()
        if message["type"] == "websocket.disconnect":
            raise Left(message.get("code") or 1005)
        text: str | None = message.get("text")
        if text is None:
            raise Closing(Close.UNSUPPORTED, "messages are text")
        if len(text) > MAX_MESSAGE_BYTES or len(text.encode("utf-8", "replace")) > MAX_MESSAGE_BYTES:
            raise Closing(Close.TOO_BIG, f"a message has at most {MAX_MESSAGE_BYTES} bytes")
        return text

    async def tell(self, members: dict[str, Any]) -> float:
        return await self.send(json.dumps(members, ensure_ascii=False))

    async def send(self, data: str | bytes) -> float:
        """Send, and say how many seconds it took. `Left` where nobody is there."""
        began = time.monotonic()
        try:
            async with self._turn:
                self._sending = began
                if isinstance(data, str):
                    await self._websocket.send_text(data)
                else:
                    await self._websocket.send_bytes(data)
                self._sending = None
        except (
            WebSocketDisconnect,
            RuntimeError,
        ) as error:  # the latter: closed while we waited for our turn
            raise Left(getattr(error, "code", 1006)) from None
        return time.monotonic() - began

    async def watch(self) -> None:
        """Run beside whatever sends: `Closing` where patience runs out. (A timeout for each message costs more.)"""
        while True:
            await asyncio.sleep(self._patience / 10)
            if self._sending is not None and time.monotonic() - self._sending > self._patience:
                raise Closing(Close.SLOW, "the client takes nothing")

    async def close(self, code: int, reason: str) -> None:
        """A client that took nothing may yet read what was sent, and why it ends."""
        with suppress(TimeoutError, WebSocketDisconnect, RuntimeError):
            async with asyncio.timeout(self._patience):
                await self._websocket.close(code, reason)
