"""Stems and jobs as answers show them."""

from __future__ import annotations

from fastapi.responses import JSONResponse

from mixdown_api.jobs.job import Job
from mixdown_api.jobs.schemas import JobView
from mixdown_api.messages.buckets import Mirror, wants_upload
from mixdown_api.messages.labels import blob_of
from mixdown_api.messages.schemas import StemView
from mixdown_api.messages.stems import Stem
from mixdown_api.messages.surface import Messages


async def shown(messages: Messages, stem: Stem, *, extended: bool, mirror: Mirror | None) -> StemView:
    """One stem, uploaded first where there is a ``mirror``, and one use counted."""
    gcs = await mirror.upload(messages.service, stem.file, blob_of(stem.label)) if mirror else None
    stem = await messages.stems.counted(stem)
    notices = stem.file.metadata.get("notices")
    return StemView(
        label=stem.label,
        path=stem.path,
        text=stem.text,
        url=messages.service.renders.url(stem.file.id),
        duration_ms=stem.entry.duration_ms,
        status=stem.status,
        gcs=gcs,
        cache_entry=stem.entry.shown() if extended else None,
        notices=notices if isinstance(notices, list) else None,
    )


def mirror_for(messages: Messages, *, upload: bool) -> Mirror | None:
    """Where stems of a request go beside the storage. Raises `Problem` ``no_bucket`` before any work is done."""
    return wants_upload(messages.service, upload)


def accepted(job: Job) -> JSONResponse:
    """A job that has begun, or will: 202, and where to watch it."""
    url = f"/v1/jobs/{job.id}"
    view = JobView.of(job).model_dump(mode="json")
    return JSONResponse(
        {"status": "accepted", "job_id": job.id, "job": view, "url": url}, 202, {"location": url}
    )
