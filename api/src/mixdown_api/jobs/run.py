"""One attempt at one job: the handler's task, and beside it the pulse that keeps the lease."""

from __future__ import annotations

import asyncio
import logging
from typing import Literal

from pydantic import JsonValue

from mixdown_api.jobs import leases
from mixdown_api.jobs.context import Handler, JobContext, LeaseLost
from mixdown_api.jobs.job import JobState, document, problem_fields
from mixdown_api.jobs.leases import Lease
from mixdown_api.jobs.notices import Notices, heard
from mixdown_api.jobs.settings import JobSettings
from mixdown_api.state import State
from mixdown_kernel import Kind, Problem

log = logging.getLogger("mixdown.jobs")

PULSE_PAUSE = 0.2
"""Seconds between two signs of life, however much progress there is."""
FAILED_INSIDE = Problem(
    Kind.INTERNAL, "job_failed", "The job failed inside Mixdown; its log says why.", hint="Submit it again."
)

Stop = Literal["cancelled", "shutdown", "lost"]


class Run:
    """Await it by `run`; end it early by `stop`."""

    def __init__(
        self, state: State, lease: Lease, handler: Handler, settings: JobSettings, notices: Notices
    ) -> None:
        self._state = state
        self._lease = lease
        self._settings = settings
        self._notices = notices
        self._stirred = asyncio.Event()
        self._stopped: Stop | None = None
        self._context = JobContext(state, lease, self._stirred, settings.max_attempts)
        self._work = asyncio.create_task(self._handle(handler))

    async def run(self) -> None:
        """Until the handler has ended and the job's row says how."""
        self._notices.announce(self._lease.job.id)
        pulse = asyncio.create_task(self._pulse())
        try:
            await asyncio.wait([self._work])
        finally:
            self._work.cancel()
            pulse.cancel()
            await asyncio.wait([pulse])
        await self._conclude()
        self._notices.announce(self._lease.job.id)

    def stir(self) -> None:
        """Look at the job's row now rather than at the next heartbeat."""
        self._stirred.set()

    def stop(self, why: Stop) -> None:
        if self._stopped is None:
            self._stopped = why
            self._work.cancel()

    async def _handle(self, handler: Handler) -> JsonValue:
        return await handler(self._context)

    async def _pulse(self) -> None:
        seen = self._lease.job.progress
        while not self._work.done():
            await heard(self._stirred, self._settings.heartbeat)
            self._stirred.clear()
            current = self._context.current
            try:
                await self._beat(current is not seen)
            except Exception:
                # The lease outlasts several heartbeats, and with them a database that is away for a moment.
                log.warning("no heartbeat for job %s", self._lease.job.id, exc_info=True)
            else:
                seen = current
            await asyncio.sleep(PULSE_PAUSE)

    async def _beat(self, has_progress: bool) -> None:
        progress = self._context.current if has_progress else None
        async with self._state.begin() as connection:
            job = await leases.renew(connection, self._lease, self._settings.lease, progress)
        if job is None:
            self.stop("lost")
        elif job.cancel_requested:
            self.stop("cancelled")
        if has_progress:
            self._notices.announce(self._lease.job.id)

    async def _conclude(self) -> None:
        progress = self._context.current
        state, result, error = self._outcome()
        async with self._state.begin() as connection:
            if state is JobState.QUEUED:
                held = await leases.release(connection, self._lease, progress)
            else:
                held = await leases.finish(
                    connection, self._lease, state, progress, result=result, error=error
                )
        if not held:
            log.warning("job %s was taken over by another worker", self._lease.job.id)

    def _outcome(self) -> tuple[JobState, JsonValue, dict[str, JsonValue] | None]:
        try:
            return JobState.SUCCEEDED, document(self._work.result(), "result"), None
        except (asyncio.CancelledError, Exception) as error:
            if self._stopped == "cancelled":
                return JobState.CANCELLED, None, None
            if self._stopped or isinstance(error, LeaseLost):
                return JobState.QUEUED, None, None
            if isinstance(error, Problem):
                return JobState.FAILED, None, problem_fields(error)
            log.exception("job %s (%s) failed", self._lease.job.id, self._lease.job.kind)
            return JobState.FAILED, None, problem_fields(FAILED_INSIDE)
