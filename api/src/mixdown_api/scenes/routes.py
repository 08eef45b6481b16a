"""``POST /v1/audio/generate``."""

from __future__ import annotations

import secrets
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Response
from fastapi.responses import JSONResponse
from pydantic import JsonValue

from mixdown_api.edge import caller_of
from mixdown_api.jobs import Job, JobContext, Jobs
from mixdown_api.jobs.routes import jobs_of
from mixdown_api.jobs.schemas import JobView
from mixdown_api.scenes.generate import dry_run, generate, prepare
from mixdown_api.scenes.outside import fetch_bed
from mixdown_api.scenes.schemas import DryRunAnswer, GenerateAnswer, GenerateBody
from mixdown_api.service import Service, service_of
from mixdown_kernel import Problem, invalid

router = APIRouter(tags=["scenes"])
JOB_KIND = "generate"


@router.post(
    "/v1/audio/generate",
    summary="Text in, finished audio out",
    response_model=GenerateAnswer | DryRunAnswer,
    response_model_exclude_none=True,
    responses={202: {"model": JobView, "description": "With `Prefer: respond-async`: a job to watch"}},
)
async def generate_audio(
    body: GenerateBody,
    service: Annotated[Service, Depends(service_of)],
    response: Response,
    jobs: Annotated[Jobs, Depends(jobs_of)],
    caller: Annotated[str, Depends(caller_of)],
    prefer: Annotated[str, Header(description="`respond-async` (RFC 7240) answers at once with a job")] = "",
    idempotency_key: Annotated[str | None, Header()] = None,
) -> GenerateAnswer | DryRunAnswer | Response:
    """A voice over ambience and music, mixed, mastered, encoded, kept, and fetched by URL."""
    limit = service.settings.scene_max_characters
    if len(body.text) > limit:
        message = f"The text has {len(body.text)} characters, and at most {limit} are allowed."
        raise invalid("text_too_long", message, field="text", allowed=[1, limit])
    asset = await _checked_bed(service, body)
    async with service.edge.admission.slot():
        generation = await prepare(service, body, asset)
        if body.dry_run:
            return await dry_run(service, generation)
        if "respond-async" not in prefer.lower():
            answer = await generate(service, generation)
            response.headers["x-mixdown-backend"] = _speaker(answer)
            return answer
    given: dict[str, Any] = {"body": body.model_dump(mode="json"), "asset": asset}
    return _accepted(await jobs.submit(JOB_KIND, given, idempotency_key=idempotency_key, owner=caller))


async def _checked_bed(service: Service, body: GenerateBody) -> str | None:
    """A custom background's audio, fetched (which takes no slot) once everything else has been found in order."""
    if body.background is None or not body.background.is_custom:
        return None
    async with service.edge.admission.slot():
        await prepare(service, body)
    return await fetch_bed(service, body.background)


def _speaker(answer: GenerateAnswer) -> str:
    """The backend that is heard speaking."""
    sources: list[dict[str, Any]] = answer.receipt["sources"]
    return next((str(source["backend"]) for source in sources if source["role"] == "synthesis"), "")


def _accepted(job: Job) -> Response:
    headers = {"location": f"/v1/jobs/{job.id}", "preference-applied": "respond-async"}
    return JSONResponse(JobView.of(job).model_dump(mode="json"), 202, headers)


async def run_generate_job(service: Service, job: JobContext) -> JsonValue:
    """The same request as a job. One seed serves all its attempts, so that a resumed job finds what an earlier
    attempt has made."""
    assert isinstance(job.input, dict)  # noqa: S101 - as it was submitted above
    body = GenerateBody.model_validate(job.input["body"])
    asset = None if job.input["asset"] is None else str(job.input["asset"])
    fresh = job.attempt == 1 and body.seed is None and not body.reuse
    if body.seed is None:
        if "seed" not in job.checkpoint:
            await job.save({"seed": secrets.randbelow(2**32)})
        body = body.model_copy(update={"seed": job.checkpoint["seed"]})
    try:
        answer = await _attempt(service, job, body, asset, fresh)
    except Problem as problem:
        if problem.code != "unknown_asset" or body.background is None:
            raise
        asset = await fetch_bed(service, body.background)  # it has gone since the job was submitted
        answer = await _attempt(service, job, body, asset, fresh)
    await job.progress(answer.duration_ms, answer.duration_ms)
    return answer.model_dump(mode="json", exclude_none=True)


async def _attempt(
    service: Service, job: JobContext, body: GenerateBody, asset: str | None, fresh: bool
) -> GenerateAnswer:
    async with service.edge.admission.slot():
        return await generate(service, await prepare(service, body, asset), job.progress, fresh=fresh)
