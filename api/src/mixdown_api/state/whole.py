"""Steps that a cancellation must not cut in two."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def whole(work: Coroutine[Any, Any, T]) -> T:
    """Do work that must not stop halfway: cancellations meanwhile, however many, are raised when it has ended."""
    task = asyncio.ensure_future(work)
    leaving: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as cancelled:
            leaving = cancelled
    if leaving is not None:
        raise leaving from (None if task.cancelled() else task.exception())
    return task.result()
