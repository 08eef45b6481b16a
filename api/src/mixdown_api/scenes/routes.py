"""``POST /v1/audio/generate``."""

from __future__ import annotations

import secrets
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Response
from fastapi.responses import JSONResponse
from pydantic import JsonValue

from mixdown_api.edge import caller_of
from mixdown_api.jobs import JobContext
from mixdown_api.jobs.schemas import JobView
from mixdown_api.scenes.generate import dry_run, generate, prepare
from mixdown_api.scenes.schemas import DryRunAnswer, GenerateAnswer, GenerateBody
from mixdown_api.service import Service, service_of
from mixdown_kernel import invalid

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
    caller: Annotated[str, Depends(caller_of)],
    prefer: Annotated[str, Header(description="`respond-async` (RFC 7240) answers at once with a job")] = "",
    idempotency_key: Annotated[str | None, Header()] = None,
) -> GenerateAnswer | DryRunAnswer | Response:
    """A voice over ambience and music, mixed, mastered, encoded, kept, and fetched by URL."""
    limit = service.settings.scene_max_characters
    if len(body.text) > limit:
        message = f"The text has {len(body.text)} characters, and at most {limit} are allowed."
        raise invalid("text_too_long", message, field="text", allowed=[1, limit])
    generation = await prepare(service, body)
    if body.dry_run:
        return await dry_run(service, generation)
    if "respond-async" in prefer.lower():
        job = await service.jobs.submit(
            JOB_KIND, body.model_dump(mode="json"), idempotency_key=idempotency_key, owner=caller
        )
        headers = {"location": f"/v1/jobs/{job.id}", "preference-applied": "respond-async"}
        return JSONResponse(JobView.of(job).model_dump(mode="json"), 202, headers)
    return await generate(service, generation)


async def run_generate_job(service: Service, job: JobContext) -> JsonValue:
    """The same request as a job. One seed serves all its attempts, so that a resumed job finds what an earlier
    attempt has made."""
    body = GenerateBody.model_validate(job.input)
    if body.seed is None:
        if "seed" not in job.checkpoint:
            await job.save({"seed": secrets.randbelow(2**32)})
        body = body.model_copy(update={"seed": job.checkpoint["seed"]})
    answer = await generate(service, await prepare(service, body), job.progress)
    return answer.model_dump(mode="json", exclude_none=True)
