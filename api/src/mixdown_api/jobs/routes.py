"""``/v1/jobs``: watching and cancelling. Jobs are submitted by the surfaces whose work they do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import StreamingResponse

from mixdown_api.edge.identity import caller_of
from mixdown_api.jobs.job import Job, JobState
from mixdown_api.jobs.jobs import Jobs
from mixdown_api.jobs.schemas import JobList, JobView
from mixdown_api.state.paging import MAX_PAGE

KEEP_ALIVE = 15.0
"""Seconds of silence after which a comment is sent: proxies close what says nothing."""


def jobs_of(request: Request) -> Jobs:
    """The application's jobs, for ``Depends``."""
    jobs: Jobs = request.app.state.jobs
    return jobs


Door = Annotated[Jobs, Depends(jobs_of)]
Caller = Annotated[str, Depends(caller_of)]
"""Jobs belong to the key that submitted them: another key finds none of them."""

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])


@router.get("")
async def list_jobs(
    jobs: Door,
    caller: Caller,
    state: JobState | None = None,
    kind: Annotated[str | None, Query(pattern=r"^[A-Za-z0-9_.-]{1,64}$")] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = 50,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> JobList:
    """The caller's jobs, the newest first."""
    return JobList.of(await jobs.page(state=state, kind=kind, owner=caller, limit=limit, cursor=cursor))


@router.get("/{job_id}")
async def get_job(jobs: Door, caller: Caller, job_id: str) -> JobView:
    """One job as it is now."""
    return JobView.of(await jobs.get(job_id, owner=caller))


@router.post("/{job_id}/cancel")
async def cancel_job(jobs: Door, caller: Caller, job_id: str) -> JobView:
    """End a job. One that waits has ended at once, one that runs soon after; one that has ended stays as it is."""
    await jobs.get(job_id, owner=caller)
    return JobView.of(await jobs.cancel(job_id))


@router.get(
    "/{job_id}/events",
    response_class=StreamingResponse,
    responses={
        200: {"content": {"text/event-stream": {}}, "description": "`progress` events, then one `end`."}
    },
)
async def job_events(jobs: Door, caller: Caller, job_id: str) -> StreamingResponse:
    """The job after every change, as server-sent events: `progress` while it goes on, `end` with its last state."""
    job = await jobs.get(job_id, owner=caller)
    return StreamingResponse(
        _events(jobs, job),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _events(jobs: Jobs, job: Job) -> AsyncIterator[str]:
    yield _event(job)
    while not job.state.is_final:
        current = await jobs.changed(job, timeout=KEEP_ALIVE)
        yield ": still here\n\n" if current == job else _event(current)
        job = current


def _event(job: Job) -> str:
    name = "end" if job.state.is_final else "progress"
    return f"event: {name}\ndata: {JobView.of(job).model_dump_json()}\n\n"
