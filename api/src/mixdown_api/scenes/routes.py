"""``POST /v1/audio/generate`` and ``POST /v1/audio/layers``."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Response

from mixdown_api.edge import caller_of
from mixdown_api.jobs import Jobs
from mixdown_api.jobs.routes import jobs_of
from mixdown_api.jobs.schemas import JobView
from mixdown_api.scenes.forms import GENERATE, LAYERS
from mixdown_api.scenes.layers_schemas import LayersAnswer, LayersBody
from mixdown_api.scenes.output import DryRunAnswer
from mixdown_api.scenes.presets_schemas import PresetList
from mixdown_api.scenes.schemas import GenerateAnswer, GenerateBody
from mixdown_api.scenes.serving import serve
from mixdown_api.service import Service, service_of

router = APIRouter(tags=["scenes"])

ServiceDep = Annotated[Service, Depends(service_of)]
JobsDep = Annotated[Jobs, Depends(jobs_of)]
CallerDep = Annotated[str, Depends(caller_of)]
Prefer = Annotated[str, Header(description="`respond-async` (RFC 7240) answers at once with a job")]
IdempotencyKey = Annotated[str | None, Header()]
AS_JOB: dict[int | str, dict[str, Any]] = {
    202: {"model": JobView, "description": "With `Prefer: respond-async`: a job to watch"}
}


@router.post(
    "/v1/audio/generate",
    summary="Text in, finished audio out",
    response_model=GenerateAnswer | DryRunAnswer,
    response_model_exclude_none=True,
    responses=AS_JOB,
)
async def generate_audio(
    body: GenerateBody,
    service: ServiceDep,
    response: Response,
    jobs: JobsDep,
    caller: CallerDep,
    prefer: Prefer = "",
    idempotency_key: IdempotencyKey = None,
) -> GenerateAnswer | DryRunAnswer | Response:
    """A voice over ambience and music, mixed, mastered, encoded, kept, and fetched by URL."""
    return await serve(
        GENERATE, body, service, jobs, response, owner=caller, prefer=prefer, idempotency_key=idempotency_key
    )


@router.post(
    "/v1/audio/layers",
    summary="Layers on one timeline, exact to the sample",
    response_model=LayersAnswer | DryRunAnswer,
    response_model_exclude_none=True,
    responses=AS_JOB,
)
async def layer_audio(
    body: LayersBody,
    service: ServiceDep,
    response: Response,
    jobs: JobsDep,
    caller: CallerDep,
    prefer: Prefer = "",
    idempotency_key: IdempotencyKey = None,
) -> LayersAnswer | DryRunAnswer | Response:
    """Voices, music, ambience, clips and silence, each with its place, fades, volume and pan; mixed, mastered,
    encoded, kept, and fetched by URL."""
    return await serve(
        LAYERS, body, service, jobs, response, owner=caller, prefer=prefer, idempotency_key=idempotency_key
    )


@router.get(
    "/v1/audio/presets", summary="Presets and levels with their members", response_model_exclude_none=True
)
async def list_presets() -> PresetList:
    """What ``preset`` and ``levels`` of a request fill in where it says nothing."""
    return PresetList.whole()
