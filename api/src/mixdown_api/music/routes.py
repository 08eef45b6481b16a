"""``POST /v1/music/generate``."""

from __future__ import annotations

from fastapi import APIRouter, Response

from mixdown_api.music.schemas import MusicGenerateAnswer, MusicGenerateBody
from mixdown_api.scenes.forms import MUSIC
from mixdown_api.scenes.output import DryRunAnswer
from mixdown_api.scenes.routes import AS_JOB, CallerDep, IdempotencyKey, JobsDep, Prefer, ServiceDep
from mixdown_api.scenes.serving import serve

router = APIRouter(tags=["music"])


@router.post(
    "/v1/music/generate",
    summary="Music by a prompt",
    response_model=MusicGenerateAnswer | DryRunAnswer,
    response_model_exclude_none=True,
    responses=AS_JOB,
)
async def generate_music(
    body: MusicGenerateBody,
    service: ServiceDep,
    response: Response,
    jobs: JobsDep,
    caller: CallerDep,
    prefer: Prefer = "",
    idempotency_key: IdempotencyKey = None,
) -> MusicGenerateAnswer | DryRunAnswer | Response:
    """A piece of exactly the length that is asked for, mastered, encoded, kept, and fetched by URL."""
    return await serve(
        MUSIC, body, service, jobs, response, owner=caller, prefer=prefer, idempotency_key=idempotency_key
    )
