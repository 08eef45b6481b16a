"""Worker processes for the tests of leases and kills.

``steps URL``: works on "steps" jobs, which save after each step and stall at one.
``many URL``: eight forked workers share 200 jobs.
"""

import asyncio
import multiprocessing
import sys
from multiprocessing.synchronize import Barrier

from pydantic import JsonValue

from mixdown_api.jobs import JobContext, Jobs, JobSettings, JobState
from mixdown_api.state import State

SETTINGS = JobSettings(heartbeat=0.05, poll=0.05, lease=600.0, concurrency=4)


async def steps(job: JobContext) -> JsonValue:
    assert isinstance(job.input, dict)
    for number in range(10):
        if number == job.input["stall_at"]:
            print("stalled", flush=True)
            await asyncio.Event().wait()
        print("step", job.attempt, number, flush=True)
        await job.save({"done": number + 1})
    return None


async def work_on_steps(url: str) -> None:
    state = await State.open(url)
    async with Jobs(state, {"steps": steps}, SETTINGS):
        await asyncio.Event().wait()


async def submit_many(url: str) -> None:
    state = await State.open(url)
    jobs = Jobs(state, {"many": steps}, SETTINGS)
    for number in range(200):
        await jobs.submit("many", number)
    await state.aclose()


async def unfinished(jobs: Jobs) -> bool:
    return any(
        [(await jobs.page(state=state, limit=1)).items for state in (JobState.QUEUED, JobState.RUNNING)]
    )


async def work_on_many(url: str, worker: int) -> None:
    async def note(job: JobContext) -> JsonValue:
        print(f"{worker} {job.input}\n", end="", flush=True)
        return None

    state = await State.open(url)
    async with Jobs(state, {"many": note}, SETTINGS) as jobs:
        while await unfinished(jobs):
            await asyncio.sleep(0.1)
    await state.aclose()


def run(url: str, worker: int, together: Barrier) -> None:
    together.wait()
    asyncio.run(work_on_many(url, worker))


if __name__ == "__main__":
    what, url = sys.argv[1:]
    if what == "steps":
        asyncio.run(work_on_steps(url))
    else:
        asyncio.run(submit_many(url))
        fork = multiprocessing.get_context("fork")
        together = fork.Barrier(8)
        children = [fork.Process(target=run, args=(url, worker, together)) for worker in range(8)]
        for child in children:
            child.start()
        for child in children:
            child.join()
