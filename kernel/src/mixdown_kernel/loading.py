"""Heavy imports, beside the event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
_one_at_a_time = threading.Lock()


async def importing(load: Callable[[], T]) -> T:
    """Run what imports in a thread, and no two at a time: threads that import parts of one package at once can meet
    it half made ("partially initialized module"). For ``open()``."""

    def alone() -> T:
        with _one_at_a_time:
            return load()

    return await asyncio.to_thread(alone)
