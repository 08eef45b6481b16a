"""A request that ends in a file, served now or as a job. The same for every `Form`."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping
from typing import Any

from fastapi import Response
from fastapi.responses import JSONResponse
from pydantic import JsonValue

from mixdown_api.jobs import Job, JobContext, Jobs
from mixdown_api.jobs.schemas import JobView
from mixdown_api.scenes.forms import Answer, Body, Form
from mixdown_api.scenes.kept import KeptRender
from mixdown_api.scenes.output import DryRunAnswer, RenderAnswer
from mixdown_api.scenes.rendering import (
    Rendering,
    dry_run,
    kept_render,
    prepare,
    render,
)
from mixdown_api.scenes.slots import is_long
from mixdown_api.scenes.spoken_by import Outside
from mixdown_api.service import Service
from mixdown_kernel import Priority, Problem, invalid
from mixdown_kernel.streams import unwrap

FETCHED_AT_ONCE = 4


async def serve(
    form: Form[Body, Answer],
    body: Body,
    service: Service,
    jobs: Jobs,
    response: Response,
    *,
    owner: str,
    prefer: str,
    idempotency_key: str | None,
) -> Answer | DryRunAnswer | Response:
    """The answer, the plan (a dry run), or with ``Prefer: respond-async`` a job."""
    _check_length(form, body, service.settings.scene_max_characters)
    await service.kernel.ready()
    assets = await _checked_and_fetched(form, service, body)
    async with service.edge.admission.slot():
        rendering = await prepare(service, form.request(service, body, assets))
        if body.dry_run:
            return await dry_run(service, rendering)
        if "respond-async" not in prefer.lower():
            kept = await kept_render(service, rendering)
            if kept or not await is_long(service.kernel, rendering.plan):
                return await _answered(form, service, body, rendering, kept, response)
    if "respond-async" not in prefer.lower():
        async with service.edge.admission.long_slot():
            return await _answered(form, service, body, rendering, None, response)
    given: dict[str, Any] = {"body": body.model_dump(mode="json"), "assets": dict(assets)}
    return accepted(await jobs.submit(form.kind, given, idempotency_key=idempotency_key, owner=owner))


async def _answered(
    form: Form[Body, Answer],
    service: Service,
    body: Body,
    rendering: Rendering,
    kept: KeptRender | None,
    response: Response,
) -> Answer:
    """What is kept already, or a new render. Hold a slot."""
    made = kept or await render(service, rendering)
    response.headers["x-mixdown-backend"] = _speaker(made)
    return form.answer(body, made, service.renders.url, cached=kept is not None)


def _check_length(form: Form[Body, Answer], body: Body, limit: int) -> None:
    total = 0
    for field, text in form.texts(body).items():
        total += len(text)
        if total > limit:
            message = f"The text has {total} characters, and at most {limit} are allowed."
            raise invalid("text_too_long", message, field=field, allowed=[1, limit])


async def _checked_and_fetched(form: Form[Body, Answer], service: Service, body: Body) -> dict[str, str]:
    """Outside audio, fetched (which takes no slot) once everything else has been found in order."""
    if not form.outside(body):
        return {}
    async with service.edge.admission.slot():
        await prepare(service, form.request(service, body, {}))
    return await _fetched(form, service, body)


async def _fetched(form: Form[Body, Answer], service: Service, body: Body) -> dict[str, str]:
    few = asyncio.Semaphore(FETCHED_AT_ONCE)

    async def fetch(one: Outside) -> str:
        async with few:
            return await one.fetched(service)

    wanted = form.outside(body)
    try:
        async with asyncio.TaskGroup() as group:
            tasks = {layer: group.create_task(fetch(one)) for layer, one in wanted.items()}
    except BaseExceptionGroup as errors:
        raise unwrap(errors) from None
    return {layer: task.result() for layer, task in tasks.items()}


def _speaker(kept: KeptRender) -> str:
    """The backend that is heard speaking, of several the first."""
    return next((source.backend for source in kept.receipt.sources if source.role == "synthesis"), "")


def accepted(job: Job) -> Response:
    """The answer to a request that became a job."""
    headers = {"location": f"/v1/jobs/{job.id}", "preference-applied": "respond-async"}
    return JSONResponse(JobView.of(job).model_dump(mode="json"), 202, headers)


async def run_job(form: Form[Body, Answer], service: Service, job: JobContext) -> JsonValue:
    """The same request as a job. One seed serves all its attempts, so that a resumed job finds what an earlier
    attempt has made."""
    assert isinstance(job.input, dict)  # noqa: S101 - as it was submitted above
    body = form.body.model_validate(job.input["body"])
    assets: Mapping[str, str] = job.input["assets"]  # type: ignore[assignment]
    fresh = job.attempt == 1 and body.seed is None and not body.reuse
    if body.seed is None:
        if "seed" not in job.checkpoint:
            await job.save({"seed": secrets.randbelow(2**32)})
        body = body.model_copy(update={"seed": job.checkpoint["seed"]})
    try:
        answer = await _attempt(form, service, job, body, assets, fresh)
    except Problem as problem:
        if problem.code != "unknown_asset" or not assets:
            raise
        assets = await _fetched(form, service, body)  # they have gone since the job was submitted
        answer = await _attempt(form, service, job, body, assets, fresh)
    await job.progress(answer.duration_ms, answer.duration_ms)
    return answer.model_dump(mode="json", exclude_none=True)


async def _attempt(
    form: Form[Body, Answer],
    service: Service,
    job: JobContext,
    body: Body,
    assets: Mapping[str, str],
    fresh: bool,
) -> RenderAnswer:
    """An equal render that is kept already (unless it has to be ``fresh``), or a new one."""
    async with service.edge.admission.long_slot(patient=True):
        rendering = await prepare(service, form.request(service, body, assets))
        kept = None if fresh else await kept_render(service, rendering)
        made = kept or await render(service, rendering, job.progress, Priority.BATCH)
        return form.answer(body, made, service.renders.url, cached=kept is not None)
