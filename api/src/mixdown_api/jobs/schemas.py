"""Jobs on the wire."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

from pydantic import BaseModel, Field, JsonValue

from mixdown_api.jobs.job import Job, JobState
from mixdown_api.state.paging import Page


class ProgressView(BaseModel):
    """``done`` of ``total``; ``total`` is null while it is unknown."""

    done: float
    total: float | None
    message: str


class JobView(BaseModel):
    id: str
    object: Literal["job"] = "job"
    kind: str
    state: JobState
    progress: ProgressView
    result: JsonValue = Field(description="What the job gave, once its state is `succeeded`.")
    error: dict[str, JsonValue] | None = Field(description="What went wrong, once its state is `failed`.")
    attempts: int = Field(
        description="How often it was started; more than once after a crash of the service."
    )
    cancel_requested: bool
    created_at: datetime
    started_at: datetime | None
    updated_at: datetime
    finished_at: datetime | None

    @classmethod
    def of(cls, job: Job) -> JobView:
        return cls(
            id=job.id,
            kind=job.kind,
            state=job.state,
            progress=ProgressView(
                done=job.progress.done, total=job.progress.total, message=job.progress.message
            ),
            result=job.result,
            error=dict(job.error) if job.error is not None else None,
            attempts=job.attempts,
            cancel_requested=job.cancel_requested,
            created_at=_moment(job.created_at),
            started_at=_moment(job.started_at) if job.started_at is not None else None,
            updated_at=_moment(job.updated_at),
            finished_at=_moment(job.finished_at) if job.finished_at is not None else None,
        )


class JobList(BaseModel):
    object: Literal["list"] = "list"
    data: list[JobView]
    next: str | None = Field(description="The `cursor` of the following page; null at the end.")

    @classmethod
    def of(cls, page: Page[Job]) -> JobList:
        return cls(data=[JobView.of(job) for job in page.items], next=page.next)


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
