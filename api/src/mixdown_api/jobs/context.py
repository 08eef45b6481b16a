"""What the code that does a job is given."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Mapping

from pydantic import JsonValue

from mixdown_api.jobs import leases
from mixdown_api.jobs.job import Progress, document
from mixdown_api.jobs.leases import Lease
from mixdown_api.state import State

MAX_MESSAGE = 500


class LeaseLost(Exception):
    """Another worker has taken the job over; this one's work on it no longer counts."""


class JobContext:
    """One attempt at a job.

    Attributes:
        id: of the job; equal in every attempt, so results may be stored under it.
        input: as it was submitted.
        checkpoint: what the last `save` of an earlier attempt kept; empty at first.
        attempt: 1, 2, …
        owner: who submitted it.
    """

    def __init__(self, state: State, lease: Lease, stirred: asyncio.Event, further_attempts: int) -> None:
        self.id = lease.job.id
        self.input = lease.job.input
        self.checkpoint: Mapping[str, JsonValue] = (
            lease.checkpoint if isinstance(lease.checkpoint, dict) else {}
        )
        self.attempt = lease.job.attempts
        self.owner = lease.job.owner
        self.current = lease.job.progress
        self._state = state
        self._lease = lease
        self._stirred = stirred
        self._further_attempts = further_attempts

    async def progress(self, done: float, total: float | None = None, message: str = "") -> None:
        """Say how far the job is. Cheap: call it as often as there is news; watchers see the latest of it."""
        if not (math.isfinite(done) and math.isfinite(total or 0)):
            raise ValueError("progress is counted in finite numbers")
        self.current = Progress(done, total, message[:MAX_MESSAGE])
        self._stirred.set()
        await asyncio.sleep(0)

    async def save(self, checkpoint: Mapping[str, JsonValue]) -> None:
        """Keep what the next attempt shall start from, should this one be killed; durable on return.

        Raises `LeaseLost` if this attempt no longer counts.
        """
        kept = document(dict(checkpoint), "checkpoint")
        async with self._state.begin() as connection:
            if not await leases.save(connection, self._lease, kept, self._further_attempts):
                raise LeaseLost(self.id)
        self.checkpoint = dict(checkpoint)


Handler = Callable[[JobContext], Awaitable[JsonValue]]
"""Does one kind of job and returns its result. A `Problem` that it raises is the job's error, anything else an
internal one. It is cancelled like any task when the job is cancelled or the service stops; in the latter case,
and after a kill, it is called again."""
