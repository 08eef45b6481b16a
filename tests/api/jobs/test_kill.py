"""A worker process is killed in the middle of a job; another one takes the job up where its checkpoint left it."""

import asyncio
import subprocess
import sys
from pathlib import Path

from pydantic import JsonValue
from sqlalchemy import update

from mixdown_api.jobs import JobContext, Jobs, JobSettings, JobState
from mixdown_api.state import State
from mixdown_api.state.tables import jobs as table

CHILD = Path(__file__).with_name("worker_process.py")


def worked_until_killed(url: str) -> list[str]:
    with subprocess.Popen([sys.executable, CHILD, "steps", url], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout
        try:
            return [child.stdout.readline() for _ in range(8)]
        finally:
            child.kill()


async def lapse(state: State) -> None:
    """The time of every lease is over: what waiting would bring too."""
    async with state.begin() as connection:
        await connection.execute(update(table).values(lease_until=0.0))


async def test_a_killed_job_is_resumed(state: State, database_url: str, quick: JobSettings) -> None:
    attempts: list[int] = []

    async def steps(job: JobContext) -> JsonValue:
        attempts.append(job.attempt)
        return [job.checkpoint["done"], job.input]

    jobs = Jobs(state, {"steps": steps}, quick)
    job = await jobs.submit("steps", {"stall_at": 7})
    assert await asyncio.to_thread(worked_until_killed, database_url) == [
        *(f"step 1 {number}\n" for number in range(7)),
        "stalled\n",
    ]
    job = await jobs.get(job.id)
    assert (job.state, job.attempts) == (JobState.RUNNING, 1)
    await lapse(state)
    async with jobs:
        *_, job = [snapshot async for snapshot in jobs.events(job.id)]
    assert (job.state, job.attempts, attempts) == (JobState.SUCCEEDED, 2, [2])
    assert job.result == [7, {"stall_at": 7}]
