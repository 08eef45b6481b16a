"""Telling those who wait in this process that a job has changed."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager


class Notices:
    """Events by job, kept only as long as somebody listens."""

    def __init__(self) -> None:
        self._listeners: defaultdict[str, set[asyncio.Event]] = defaultdict(set)

    def announce(self, job_id: str) -> None:
        for event in self._listeners.get(job_id, ()):
            event.set()

    @contextmanager
    def listening(self, job_id: str) -> Iterator[asyncio.Event]:
        """An event that is set at every announcement; clear it before you look."""
        event = asyncio.Event()
        self._listeners[job_id].add(event)
        try:
            yield event
        finally:
            self._listeners[job_id].discard(event)
            if not self._listeners[job_id]:
                del self._listeners[job_id]


async def heard(event: asyncio.Event, timeout: float) -> bool:
    """Wait for the event, ``timeout`` seconds at most. Whether it came."""
    try:
        async with asyncio.timeout(timeout):
            return await event.wait()
    except TimeoutError:
        return False
