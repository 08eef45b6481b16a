"""A job has one worker at a time, whatever happens to its workers."""

import asyncio
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import JsonValue
from sqlalchemy import update

from mixdown_api.jobs import JobContext, Jobs, JobSettings, JobState, Progress, leases
from mixdown_api.jobs.context import LeaseLost
from mixdown_api.jobs.leases import Lease
from mixdown_api.state import State
from mixdown_api.state.tables import jobs as table

CHILD = Path(__file__).with_name("worker_process.py")
OVER = -1.0
"""A lease that has run out when it is given."""


async def never(job: JobContext) -> JsonValue:
    raise AssertionError("these jobs are claimed by hand")


@pytest.fixture
def jobs(state: State, quick: JobSettings) -> Jobs:
    return Jobs(state, {"render": never}, replace(quick, max_attempts=2))


async def claim(state: State, worker: str, lease: float = 600.0, limit: int = 1) -> list[Lease]:
    async with state.begin() as connection:
        return list(await leases.claim(connection, ["render"], worker, lease, limit))


async def test_a_claimed_job_is_claimed_by_nobody_else(state: State, jobs: Jobs) -> None:
    job = await jobs.submit("render", 1)
    [lease] = await claim(state, "one")
    assert (lease.job.id, lease.job.state, lease.job.attempts) == (job.id, JobState.RUNNING, 1)
    assert await claim(state, "two") == []


async def test_a_lost_job_goes_to_another_worker_with_its_checkpoint(state: State, jobs: Jobs) -> None:
    await jobs.submit("render", 1)
    [first] = await claim(state, "one", OVER)
    async with state.begin() as connection:
        assert await leases.save(connection, first, {"done": 5})
    [second] = await claim(state, "two")
    assert (second.job.attempts, second.checkpoint) == (2, {"done": 5})


@pytest.mark.parametrize("worker", ["two", "one"])
async def test_a_worker_that_comes_back_changes_nothing(state: State, jobs: Jobs, worker: str) -> None:
    """Not even when it was itself that took its lost job again."""
    job = await jobs.submit("render", 1)
    [late] = await claim(state, "one", OVER)
    [current] = await claim(state, worker)
    before = await jobs.get(job.id)
    async with state.begin() as connection:
        assert await leases.renew(connection, late, 600.0, Progress(9)) is None
        assert not await leases.save(connection, late, {"late": True})
        assert not await leases.finish(connection, late, JobState.SUCCEEDED, Progress(9), result="late")
        assert not await leases.release(connection, late, Progress(9))
    assert await jobs.get(job.id) == before
    async with state.begin() as connection:
        assert await leases.finish(connection, current, JobState.SUCCEEDED, Progress(1), result="right")
        assert not await leases.finish(connection, current, JobState.FAILED, Progress(1)), "once is for ever"
    assert (await jobs.get(job.id)).result == "right"


async def test_a_renewed_lease_does_not_run_out(state: State, jobs: Jobs) -> None:
    await jobs.submit("render", 1)
    [lease] = await claim(state, "one", OVER)
    async with state.begin() as connection:
        renewed = await leases.renew(connection, lease, 600.0, Progress(1, 2, "half"))
    assert renewed
    assert renewed.progress == Progress(1, 2, "half")
    assert await claim(state, "two") == []


async def test_a_job_that_kills_its_workers_fails(state: State, jobs: Jobs) -> None:
    job = await jobs.submit("render", 1)
    for worker in ["one", "two"]:
        assert await claim(state, worker, OVER)
    assert await claim(state, "three") == []
    job = await jobs.get(job.id)
    assert (job.state, job.attempts) == (JobState.FAILED, 2)
    assert job.error is not None
    assert job.error["code"] == "worker_lost"


async def test_a_job_that_came_further_may_be_killed_again(state: State, jobs: Jobs) -> None:
    job = await jobs.submit("render", 1)
    for number in range(5):
        [lease] = await claim(state, f"worker {number}", OVER)
        async with state.begin() as connection:
            assert await leases.save(connection, lease, {"done": number}, further_attempts=2)
    assert await claim(state, "again", OVER)
    assert await claim(state, "and again", OVER)
    assert await claim(state, "too often") == []
    assert (await jobs.get(job.id)).state is JobState.FAILED


async def test_a_lost_job_that_was_to_be_cancelled_is(state: State, jobs: Jobs) -> None:
    job = await jobs.submit("render", 1)
    [lease] = await claim(state, "one", OVER)
    await jobs.cancel(job.id)
    assert await claim(state, "two") == []
    assert (await jobs.get(job.id)).state is JobState.CANCELLED
    other = await jobs.submit("render", 2)
    [lease] = await claim(state, "one")
    await jobs.cancel(other.id)
    async with state.begin() as connection:
        assert await leases.release(connection, lease, Progress())
    assert await claim(state, "two") == []
    assert (await jobs.get(other.id)).state is JobState.CANCELLED


async def test_many_are_claimed_at_once_in_order(state: State, jobs: Jobs) -> None:
    for number in range(5):
        await jobs.submit("render", number)
    assert [lease.job.input for lease in await claim(state, "one", OVER, 2)] == [0, 1]
    assert [lease.job.input for lease in await claim(state, "one", limit=4)] == [0, 1, 2, 3], (
        "lost ones first"
    )


async def test_a_handler_whose_lease_is_lost_is_stopped(state: State, quick: JobSettings) -> None:
    stopped = asyncio.Event()

    async def slow(job: JobContext) -> JsonValue:
        await job.progress(1)
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()
        return None

    async with Jobs(state, {"slow": slow}, quick) as jobs:
        job = await jobs.submit("slow", None)
        async for current in jobs.events(job.id):
            if current.state is JobState.RUNNING:
                break
        async with state.begin() as connection:
            await connection.execute(update(table).values(worker="another"))
        await stopped.wait()
    assert (await jobs.get(job.id)).state is JobState.RUNNING, "it is the other worker's now"


async def test_saving_without_the_lease_ends_the_attempt(state: State, quick: JobSettings) -> None:
    lost = asyncio.Event()

    async def robbed(job: JobContext) -> JsonValue:
        async with state.begin() as connection:
            await connection.execute(update(table).values(worker="another"))
        try:
            await job.save({"mine": True})
        except LeaseLost:
            lost.set()
            raise
        return "the work of one that had no right to it"

    async with Jobs(state, {"robbed": robbed}, replace(quick, heartbeat=600.0)) as jobs:
        job = await jobs.submit("robbed", None)
        await lost.wait()
    job = await jobs.get(job.id)
    assert (job.state, job.result, job.error) == (JobState.RUNNING, None, None)


def test_eight_processes_run_each_of_200_jobs_once(database_url: str) -> None:
    ran = subprocess.run(
        [sys.executable, CHILD, "many", database_url], capture_output=True, text=True, timeout=100, check=True
    )
    done = [line.split() for line in ran.stdout.splitlines()]
    assert sorted(int(number) for _, number in done) == list(range(200)), ran.stderr
    assert len({worker for worker, _ in done}) > 1, "the work was shared"
