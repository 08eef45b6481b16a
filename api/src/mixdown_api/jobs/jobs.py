"""The door to the jobs: submit, look, wait, cancel; and, while it is open, the worker behind it."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Mapping
from types import TracebackType

from pydantic import JsonValue

from mixdown_api.jobs import queue
from mixdown_api.jobs.context import Handler
from mixdown_api.jobs.job import Job, JobState, document
from mixdown_api.jobs.notices import Notices, heard
from mixdown_api.jobs.settings import JobSettings
from mixdown_api.jobs.worker import Worker
from mixdown_api.state import State
from mixdown_api.state.paging import Page
from mixdown_kernel import Kind, Priority, Problem, invalid

_IDEMPOTENCY_KEY = re.compile(r"[\x21-\x7e]{1,255}")


class Jobs:
    """An async context manager: inside it, this process works on the jobs of the kinds it has handlers for."""

    def __init__(
        self, state: State, handlers: Mapping[str, Handler], settings: JobSettings | None = None
    ) -> None:
        self._state = state
        self._handlers = handlers
        self._settings = settings or JobSettings()
        self._notices = Notices()
        self._worker = Worker(state, handlers, self._settings, self._notices)
        self._working: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Jobs:
        if self._settings.concurrency and self._handlers:
            self._working = asyncio.create_task(self._worker.work(), name="jobs")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._working:
            self._worker.close()
            await self._working

    async def submit(
        self,
        kind: str,
        input_: JsonValue,
        *,
        idempotency_key: str | None = None,
        owner: str = "",
        priority: int = Priority.STANDARD,
    ) -> Job:
        """Queue a job, durably. The same key from the same owner gives the job that it gave before.

        Raises `Problem`: ``invalid``/``unknown_job_kind``, ``bad_idempotency_key``; ``too_large``/
        ``input_too_large``; ``conflict``/``idempotency_conflict``; ``overloaded``/``queue_full``.
        """
        if kind not in self._handlers:
            raise invalid(
                "unknown_job_kind", f"There are no jobs of kind {kind!r}.", allowed=sorted(self._handlers)
            )
        if idempotency_key is not None and not _IDEMPOTENCY_KEY.fullmatch(idempotency_key):
            raise invalid(
                "bad_idempotency_key",
                "An idempotency key is 1 to 255 printable ASCII characters without spaces.",
                field="Idempotency-Key",
            )
        given = document(input_, "input")
        async with self._state.begin() as connection:
            job = await queue.submit(
                connection,
                kind,
                given,
                owner=owner,
                idempotency_key=idempotency_key,
                priority=priority,
                max_attempts=self._settings.max_attempts,
                max_queued=self._settings.max_queued,
            )
        self._worker.wake()
        return job

    async def get(self, job_id: str, *, owner: str | None = None) -> Job:
        """Raises `Problem` ``not_found``/``unknown_job``, also for somebody else's where an owner is given."""
        async with self._state.reading() as connection:
            job = _known(await queue.get(connection, job_id))
        return _known(job if owner in (None, job.owner) else None)

    async def page(
        self,
        *,
        state: JobState | None = None,
        kind: str | None = None,
        owner: str | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> Page[Job]:
        """Newest first. Raises `Problem` ``invalid``: ``bad_limit``, ``bad_cursor``."""
        async with self._state.reading() as connection:
            return await queue.page(
                connection, state=state, kind=kind, owner=owner, limit=limit, cursor=cursor
            )

    async def cancel(self, job_id: str) -> Job:
        """Ask for a job's end: a queued one has ended on return, a running one soon will have; a finished one
        stays as it is. Raises `Problem` ``not_found``/``unknown_job``."""
        async with self._state.begin() as connection:
            job = _known(await queue.cancel(connection, job_id))
        self._worker.stir(job_id)
        self._notices.announce(job_id)
        return job

    async def changed(self, job: Job, timeout: float) -> Job:
        """The job as soon as it differs from ``job``, or as it is after ``timeout`` seconds."""
        until = time.monotonic() + timeout
        with self._notices.listening(job.id) as event:
            while True:
                event.clear()
                current = await self.get(job.id)
                remaining = until - time.monotonic()
                if current != job or remaining <= 0:
                    return current
                await heard(event, min(remaining, self._settings.poll))

    async def events(self, job_id: str) -> AsyncIterator[Job]:
        """The job as it is now and after every change (several quick ones may show as one), to its end."""
        job = await self.get(job_id)
        yield job
        while not job.state.is_final:
            current = await self.changed(job, timeout=3600.0)
            if current != job:
                yield current
            job = current


def _known(job: Job | None) -> Job:
    if job is None:
        raise Problem(
            Kind.NOT_FOUND,
            "unknown_job",
            "There is no job of this id.",
            field="id",
            hint="Finished jobs are forgotten after a while; GET /v1/jobs lists those that are known.",
        )
    return job
