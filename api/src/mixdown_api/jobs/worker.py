"""The loop that takes jobs from the queue and runs them, a bounded number at once."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping

from mixdown_api.jobs import leases, queue
from mixdown_api.jobs.context import Handler
from mixdown_api.jobs.leases import Lease
from mixdown_api.jobs.notices import Notices, heard
from mixdown_api.jobs.run import Run
from mixdown_api.jobs.settings import JobSettings
from mixdown_api.state import State
from mixdown_api.state.ids import new_id

log = logging.getLogger("mixdown.jobs")

FORGET_EVERY = 3600.0


class Worker:
    """Await `work`; end it by `close`."""

    def __init__(
        self, state: State, handlers: Mapping[str, Handler], settings: JobSettings, notices: Notices
    ) -> None:
        self.id = new_id()
        self._state = state
        self._handlers = handlers
        self._settings = settings
        self._notices = notices
        self._runs: dict[str, Run] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()
        self._closing = False
        self._forgot_at = 0.0

    async def work(self) -> None:
        """Until `close`. A database that is away for a while is waited for."""
        while not self._closing:
            self._wake.clear()
            try:
                await self._forget()
                await self._claim()
            except Exception:
                log.warning("the job queue could not be read", exc_info=True)
            await heard(self._wake, self._settings.poll)
        await self._stop_all()

    def wake(self) -> None:
        """There is a new job."""
        self._wake.set()

    def stir(self, job_id: str) -> None:
        """There is news of a job that may be running here."""
        if run := self._runs.get(job_id):
            run.stir()

    def close(self) -> None:
        """Start no more; give what runs back to the queue."""
        self._closing = True
        self._wake.set()

    async def _claim(self) -> None:
        while free := self._settings.concurrency - len(self._tasks):
            async with self._state.begin() as connection:
                taken = await leases.claim(
                    connection, self._handlers.keys(), self.id, self._settings.lease, free
                )
            for lease in taken:
                self._start(lease)
            if not taken:
                return

    def _start(self, lease: Lease) -> None:
        run = Run(self._state, lease, self._handlers[lease.job.kind], self._settings, self._notices)
        task = asyncio.create_task(run.run(), name=f"job {lease.job.id}")
        self._runs[lease.job.id] = run
        self._tasks.add(task)
        task.add_done_callback(lambda task: self._ended(lease, run, task))

    def _ended(self, lease: Lease, run: Run, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        # A job whose lease was lost may already be running here again.
        if self._runs.get(lease.job.id) is run:
            del self._runs[lease.job.id]
        if not task.cancelled() and (error := task.exception()):
            log.error("the end of job %s could not be written down", lease.job.id, exc_info=error)
        self._wake.set()

    async def _stop_all(self) -> None:
        for run in self._runs.values():
            run.stop("shutdown")
        if self._tasks:
            _, stuck = await asyncio.wait(self._tasks, timeout=self._settings.grace)
            for task in stuck:
                task.cancel()
            if stuck:  # the database closes next
                await asyncio.wait(stuck)

    async def _forget(self) -> None:
        now = time.time()
        if now - self._forgot_at >= FORGET_EVERY:
            async with self._state.begin() as connection:
                await queue.forget(connection, now - self._settings.keep)
            self._forgot_at = now
