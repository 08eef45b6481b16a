"""Answers that are made while they are sent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send


class Stream(StreamingResponse):
    """A streamed answer whose generator is closed the moment the answer ends, whole or not.

    What the generator raises after the first byte goes through to the server, which breaks the connection off
    without the last chunk: the client sees a torn stream, not a short one. That the client leaves is `Presence`'s
    affair.
    """

    body_iterator: AsyncGenerator[bytes, None]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self.stream_response(send)
        finally:
            await self.body_iterator.aclose()
        if self.background is not None:
            await self.background()


async def stream(
    chunks: AsyncGenerator[bytes, None],
    *,
    media_type: str,
    headers: Mapping[str, str] | Callable[[], Mapping[str, str]] | None = None,
    status: int = 200,
) -> Stream:
    """A `Stream` that has its first chunk already: what fails before it is raised here and becomes a status.
    ``headers`` that depend on what was begun are a callable, asked when the first chunk is there."""
    try:
        first = await anext(chunks, b"")
        known = headers() if callable(headers) else headers
    except BaseException:
        await chunks.aclose()
        raise
    return Stream(_chain(first, chunks), status, known, media_type)


async def _chain(first: bytes, rest: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    try:
        if first:
            yield first
        async for chunk in rest:
            yield chunk
            # A generator that never waits would keep the news from us that the client left.
            await asyncio.sleep(0)
    finally:
        await rest.aclose()
