"""Jobs in the database, as those see them who submit and watch them (workers: see `leases`).

Each function is one short step inside a transaction of `State.begin`.
"""

from __future__ import annotations

import time
from dataclasses import asdict

from pydantic import JsonValue
from sqlalchemy import and_, case, delete, func, select, true, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from mixdown_api.jobs.job import Job, JobState, Progress
from mixdown_api.state.ids import is_id, new_id
from mixdown_api.state.paging import Page, newest
from mixdown_api.state.tables import jobs
from mixdown_kernel import Kind, Problem

FINAL = [state for state in JobState if state.is_final]


async def submit(
    connection: AsyncConnection,
    kind: str,
    input_: JsonValue,
    *,
    owner: str,
    idempotency_key: str | None,
    priority: int,
    max_attempts: int,
    max_queued: int,
) -> Job:
    """A new queued job, or the one that this owner submitted under the same key before.

    Raises `Problem` ``conflict``/``idempotency_conflict`` if that one was another job; ``overloaded``/
    ``queue_full``.
    """
    now = time.time()
    added = await connection.execute(
        _insert(connection)
        .values(
            id=new_id(),
            kind=kind,
            owner=owner,
            idempotency_key=idempotency_key,
            state=JobState.QUEUED,
            priority=priority,
            input=input_,
            progress=asdict(Progress()),
            attempts=0,
            max_attempts=max_attempts,
            created_at=now,
            updated_at=now,
        )
        .on_conflict_do_nothing(index_elements=["owner", "idempotency_key"])
        .returning(*jobs.c)
    )
    if row := added.mappings().first():
        if await _waiting(connection) > max_queued:
            raise _queue_full()
        return Job.of(row)
    known = and_(jobs.c.owner == owner, jobs.c.idempotency_key == idempotency_key)
    job = Job.of((await connection.execute(select(jobs).where(known))).mappings().one())
    if (job.kind, job.input) != (kind, input_):
        raise Problem(
            Kind.CONFLICT,
            "idempotency_conflict",
            "This idempotency key was used for another request.",
            field="Idempotency-Key",
            hint="Use a new key for every new request.",
        )
    return job


async def get(connection: AsyncConnection, id_: str) -> Job | None:
    if not is_id(id_):
        return None
    row = (await connection.execute(select(jobs).where(jobs.c.id == id_))).mappings().first()
    return Job.of(row) if row else None


async def page(
    connection: AsyncConnection,
    *,
    state: JobState | None,
    kind: str | None,
    owner: str | None,
    limit: int,
    cursor: str | None,
) -> Page[Job]:
    wanted = {"state": state, "kind": kind, "owner": owner}
    found = select(jobs).where(
        *(jobs.c[name] == value for name, value in wanted.items() if value is not None)
    )
    return await newest(connection, jobs, found, Job.of, limit, cursor)


async def cancel(connection: AsyncConnection, id_: str) -> Job | None:
    """A queued job ends at once, a running one is marked, a finished one stays; None if it is unknown."""
    if not is_id(id_):
        return None
    now = time.time()
    is_queued = jobs.c.state == JobState.QUEUED
    await connection.execute(
        update(jobs)
        .where(jobs.c.id == id_, jobs.c.state.not_in(FINAL))
        .values(
            cancel_requested=true(),
            state=case((is_queued, JobState.CANCELLED), else_=jobs.c.state),
            finished_at=case((is_queued, now), else_=jobs.c.finished_at),
            updated_at=now,
        )
    )
    return await get(connection, id_)


async def forget(connection: AsyncConnection, finished_before: float) -> int:
    """Remove old finished jobs. How many went."""
    old = delete(jobs).where(jobs.c.state.in_(FINAL), jobs.c.finished_at < finished_before)
    return (await connection.execute(old)).rowcount


def _insert(connection: AsyncConnection) -> sqlite.Insert | postgresql.Insert:
    """Both have ``on_conflict_do_nothing``, SQLAlchemy's general one has not."""
    return postgresql.insert(jobs) if connection.dialect.name == "postgresql" else sqlite.insert(jobs)


async def _waiting(connection: AsyncConnection) -> int:
    waiting = select(func.count()).select_from(jobs).where(jobs.c.state == JobState.QUEUED)
    return await connection.scalar(waiting) or 0


def _queue_full() -> Problem:
    return Problem(
        Kind.OVERLOADED,
        "queue_full",
        "As many jobs as may wait are waiting already.",
        hint="Try again when some of them are done.",
        retry_after=30,
    )
