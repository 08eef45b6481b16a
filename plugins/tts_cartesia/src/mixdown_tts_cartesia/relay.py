"""A stream read ahead of its listener."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from typing import TypeVar

from mixdown_kernel.streams import closing

T = TypeVar("T")


class _End:
    """Nothing more comes."""


async def relayed(source: AsyncIterator[T]) -> AsyncGenerator[T, None]:
    """What ``source`` yields, read in a task of its own as fast as it comes.

    A slow listener then holds up neither the service nor a place among those who may ask it. How much may wait is
    ``source``'s to bound. Closing stops the task and waits for it.
    """
    queue: asyncio.Queue[T | _End | Exception] = asyncio.Queue()

    async def read() -> None:
        try:
            async with closing(source):
                async for item in source:
                    queue.put_nowait(item)
            queue.put_nowait(_End())
        except asyncio.CancelledError:
            queue.put_nowait(RuntimeError("cancelled from within"))  # else nobody would hear of it
            raise
        except Exception as error:
            queue.put_nowait(error)

    task = asyncio.create_task(read())
    try:
        while True:
            item = await queue.get()
            if isinstance(item, _End):
                return
            if isinstance(item, Exception):
                raise item
            yield item
    finally:
        task.cancel()
        await asyncio.wait({task})
