"""``/batch``: rotations, messages and validation by the thousand, as jobs."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response

from mixdown_api.jobs import Jobs
from mixdown_api.jobs.schemas import JobView
from mixdown_api.messages.batch import MESSAGES, ROTATIONS, VALIDATE, check
from mixdown_api.messages.batch_schemas import MessagesBody, RotationsBody, ValidateBody
from mixdown_api.messages.surface import Messages, MessagesDep
from mixdown_api.messages.views import accepted
from mixdown_api.scenes.routes import CallerDep, IdempotencyKey, JobsDep

router = APIRouter(prefix="/batch", tags=["messages"])
ACCEPTED: dict[int | str, dict[str, Any]] = {202: {"model": JobView}}


@router.post("/rotations", summary="Turns of the rotation, and their stems, as a job", responses=ACCEPTED)
async def rotations(
    body: RotationsBody,
    messages: MessagesDep,
    jobs: JobsDep,
    caller: CallerDep,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Watch it at `/v1/jobs/{id}`. A killed run goes on, and takes no turn twice."""
    return await _submitted(ROTATIONS, body, messages, jobs, caller, idempotency_key)


@router.post("/template", summary="A template filled again and again, as a job", responses=ACCEPTED)
async def template(
    body: MessagesBody,
    messages: MessagesDep,
    jobs: JobsDep,
    caller: CallerDep,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Every name for every developer, or `limit` pairs of the rotation. Each stem is rendered once."""
    return await _submitted(MESSAGES, body, messages, jobs, caller, idempotency_key)


@router.post("/validate", summary="What a template batch would say, as a job", responses=ACCEPTED)
async def validate(
    body: ValidateBody,
    messages: MessagesDep,
    jobs: JobsDep,
    caller: CallerDep,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Every message is checked, and the stems that are not kept yet are counted. Nothing is rendered."""
    return await _submitted(VALIDATE, body, messages, jobs, caller, idempotency_key)


async def _submitted(
    kind: str,
    body: RotationsBody | MessagesBody,
    messages: Messages,
    jobs: Jobs,
    caller: str,
    idempotency_key: str | None,
) -> Response:
    await check(messages, body)
    given = body.model_dump(mode="json")
    job = await jobs.submit(kind, given, idempotency_key=idempotency_key, owner=caller)
    return accepted(job)
