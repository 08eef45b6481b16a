"""Leases: how workers take jobs from the queue, keep them, and end them.

A running job belongs to a worker for the length of a lease. Whoever writes to it names the lease it holds, so
a worker that was thought dead, and comes back, changes nothing any more. Each function is one short step inside
a transaction of `State.begin`.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from pydantic import JsonValue
from sqlalchemy import ColumnElement, Update, and_, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from mixdown_api.jobs.job import Job, JobState, Progress, problem_fields
from mixdown_api.state.tables import jobs
from mixdown_kernel import Kind, Problem

WORKER_LOST = Problem(
    Kind.INTERNAL,
    "worker_lost",
    "Every process that ran this job was killed before it could finish.",
    hint="Submit it again; if that fails too, it may need more memory than there is.",
)


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to run a job: lost as soon as the job has another worker, or is at another attempt."""

    job: Job
    worker: str
    checkpoint: JsonValue

    @property
    def holds(self) -> ColumnElement[bool]:
        return and_(
            jobs.c.id == self.job.id,
            jobs.c.state == JobState.RUNNING,
            jobs.c.worker == self.worker,
            jobs.c.attempts == self.job.attempts,
        )


async def claim(
    connection: AsyncConnection, kinds: Collection[str], worker: str, lease: float, limit: int
) -> Sequence[Lease]:
    """Leases of up to ``limit`` jobs: first those whose worker was lost, then the queued ones, the most urgent
    first. Lost ones without another attempt, and those to be cancelled, end here."""
    lost = and_(jobs.c.state == JobState.RUNNING, jobs.c.lease_until < time.time())
    leases: list[Lease] = []
    for ripe in (lost, jobs.c.state == JobState.QUEUED):
        query = (
            select(jobs)
            .where(ripe, jobs.c.kind.in_(kinds))
            .order_by(jobs.c.priority, jobs.c.created_at, jobs.c.id)
            .limit(limit - len(leases))
            # On PostgreSQL the lock must come in an earlier statement than the update; SQLite's transaction is one.
            .with_for_update(skip_locked=True)
        )
        for row in (await connection.execute(query)).mappings().all():
            if row["cancel_requested"]:
                await _end(connection, jobs.c.id == row["id"], JobState.CANCELLED)
            elif row["attempts"] >= row["max_attempts"]:
                failure = problem_fields(WORKER_LOST)
                await _end(connection, jobs.c.id == row["id"], JobState.FAILED, error=failure)
            else:
                leases.append(await _lease(connection, row["id"], worker, lease))
    return leases


async def _lease(connection: AsyncConnection, id_: str, worker: str, lease: float) -> Lease:
    now = time.time()
    taken = await connection.execute(
        update(jobs)
        .where(jobs.c.id == id_)
        .values(
            state=JobState.RUNNING,
            worker=worker,
            lease_until=now + lease,
            attempts=jobs.c.attempts + 1,
            started_at=func.coalesce(jobs.c.started_at, now),
            updated_at=now,
        )
        .returning(*jobs.c)
    )
    row = taken.mappings().one()
    return Lease(Job.of(row), worker, row["checkpoint"])


async def renew(
    connection: AsyncConnection, held: Lease, lease: float, progress: Progress | None
) -> Job | None:
    """Prolong the lease and note the progress; None if it is lost."""
    now = time.time()
    values: dict[str, Any] = {"lease_until": now + lease}
    if progress is not None:
        values |= {"progress": asdict(progress), "updated_at": now}
    return await _change(connection, update(jobs).where(held.holds).values(values))


async def save(
    connection: AsyncConnection, held: Lease, checkpoint: JsonValue, further_attempts: int = 0
) -> bool:
    """Keep what the next attempt starts from; False if the lease is lost.

    An attempt that came further is no sign of a job that kills its workers: ``further_attempts`` may follow it,
    however many there were.
    """
    values: dict[str, Any] = {"checkpoint": checkpoint, "updated_at": time.time()}
    if further_attempts:
        values["max_attempts"] = jobs.c.attempts + further_attempts
    return await _change(connection, update(jobs).where(held.holds).values(values)) is not None


async def finish(
    connection: AsyncConnection,
    held: Lease,
    state: JobState,
    progress: Progress,
    *,
    result: JsonValue = None,
    error: dict[str, JsonValue] | None = None,
) -> bool:
    """End the job; False if the lease is lost."""
    values = {"progress": asdict(progress), "result": result, "error": error}
    return await _end(connection, held.holds, state, **values) is not None


async def release(connection: AsyncConnection, held: Lease, progress: Progress) -> bool:
    """Give the job back to the queue, this attempt not counted; False if the lease is lost."""
    giving_back = (
        update(jobs)
        .where(held.holds)
        .values(
            state=JobState.QUEUED,
            attempts=jobs.c.attempts - 1,
            progress=asdict(progress),
            worker=None,
            lease_until=None,
            updated_at=time.time(),
        )
    )
    return await _change(connection, giving_back) is not None


async def _end(
    connection: AsyncConnection, which: ColumnElement[bool], state: JobState, **values: Any
) -> Job | None:
    now = time.time()
    ending = {"state": state, "finished_at": now, "updated_at": now, "worker": None, "lease_until": None}
    # The checkpoint may be large, and nobody starts from it again.
    return await _change(connection, update(jobs).where(which).values(ending | {"checkpoint": None} | values))


async def _change(connection: AsyncConnection, change: Update) -> Job | None:
    row = (await connection.execute(change.returning(*jobs.c))).mappings().first()
    return Job.of(row) if row else None
