"""``/v1/music/stems``: from a request to a file for each stem."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import Response
from pydantic import JsonValue

from mixdown_api.jobs import JobContext, Jobs
from mixdown_api.music.apart import Apart, composed, separated
from mixdown_api.music.mixtures import Mixture, check, fetched, render_named, rendered
from mixdown_api.music.stems_schemas import DEFAULT_STEMS, StemsAnswer, StemsBody
from mixdown_api.scenes.rendering import TRACK, Progress, no_progress
from mixdown_api.scenes.serving import accepted
from mixdown_api.service import Service
from mixdown_kernel import Kind, Problem, Separator, invalid

KIND = "stems"


def check_body(service: Service, body: StemsBody, *, uploaded: bool) -> None:
    """What can be seen without looking at any audio: one mixture, and stems that somebody makes."""
    sources = {"audio_url": body.audio_url, "render": body.render, "file": uploaded or None}
    given = [name for name, value in sources.items() if value is not None]
    if not given:
        message = "One of `audio_url`, `render` and (in a form) `file` has to say what to take apart."
        raise invalid("missing_audio_url", message, field="audio_url", allowed=list(sources))
    if len(given) > 1:
        message = f"One mixture is taken apart at a time, and here are {' and '.join(given)}."
        raise invalid("several_mixtures", message, field=given[-1], allowed=list(sources))
    if not _may_be_exact(service, body):
        _check_names(body, _separable(service, body))


def _may_be_exact(service: Service, body: StemsBody) -> bool:
    """A render of ours; which has to be looked at."""
    is_ours = body.render is not None or render_named(body.audio_url or "", service.settings) is not None
    return is_ours and body.model is None


def _separable(service: Service, body: StemsBody) -> Sequence[str]:
    """What the backend that would separate makes of a mixture."""
    try:
        separator: Separator = service.kernel.backend("separation", body.model)
    except Problem as problem:
        problem.field = "model" if body.model else None
        raise
    return separator.stems()


def _check_names(body: StemsBody, known: Sequence[str]) -> None:
    for place, name in enumerate(body.stems):
        if name not in known:
            message = f"There is no stem {name[:40]!r} here, but {', '.join(known)}."
            raise invalid("unknown_stem", message, field=f"stems.{place}", allowed=list(known))


async def find_mixture(service: Service, body: StemsBody) -> Mixture:
    """The audio that a body names, checked."""
    if body.render is not None:
        field, mixture = "render", await rendered(service, body.render, field="render")
    else:
        field, url = "audio_url", body.audio_url or ""
        ours = render_named(url, service.settings)
        found = rendered(service, ours, field=field) if ours else fetched(service, url, field=field)
        mixture = await found
    await check_mixture(service, body, mixture, field=field)
    return mixture


async def check_mixture(service: Service, body: StemsBody, mixture: Mixture, *, field: str) -> None:
    names = DEFAULT_STEMS if _may_be_exact(service, body) else _separable(service, body)
    await check(service, mixture, len(names), field=field)


async def serve_stems(
    body: StemsBody,
    mixture: Mixture,
    service: Service,
    jobs: Jobs,
    *,
    owner: str,
    prefer: str,
    idempotency_key: str | None,
) -> StemsAnswer | Response:
    """The answer, or with ``Prefer: respond-async`` a job."""
    if "respond-async" not in prefer.lower():
        return await _answer(service, body, mixture)
    if mixture.render is not None:  # a name that nobody knows is refused now and not by the job
        async with service.edge.admission.slot():
            await _composed(service, body, mixture)
    given: dict[str, JsonValue] = {
        "body": body.model_dump(mode="json"),
        "asset": mixture.asset,
        "render": mixture.render,
    }
    return accepted(await jobs.submit(KIND, given, idempotency_key=idempotency_key, owner=owner))


async def run_stems_job(service: Service, job: JobContext) -> JsonValue:
    """The same request as a job."""
    assert isinstance(job.input, dict)  # noqa: S101 - as it was submitted above
    body = StemsBody.model_validate(job.input["body"])
    render = job.input["render"]
    mixture = Mixture(str(job.input["asset"]), None if render is None else str(render))
    try:
        answer = await _answer(service, body, mixture, job.progress)
    except Problem as problem:
        if problem.code != "unknown_asset" or not (body.audio_url or body.render):
            raise
        mixture = await find_mixture(service, body)  # it has gone since the job was submitted
        answer = await _answer(service, body, mixture, job.progress)
    await job.progress(answer.duration_ms, answer.duration_ms)
    return answer.model_dump(mode="json", exclude_none=True)


async def _answer(
    service: Service, body: StemsBody, mixture: Mixture, progress: Progress = no_progress
) -> StemsAnswer:
    async with service.edge.admission.slot():
        apart = await _composed(service, body, mixture)
        return await _keep(service, body, apart or await separated(service, mixture, body.model, progress))


async def _composed(service: Service, body: StemsBody, mixture: Mixture) -> Apart | None:
    """Exact stems, unless a backend is asked for by name. Whichever it will be, the names are checked."""
    exact = await composed(service, mixture) if body.model is None else None
    _check_names(body, list(exact.parts) if exact else _separable(service, body))
    return exact


async def _keep(service: Service, body: StemsBody, apart: Apart) -> StemsAnswer:
    """Every stem as a file; all of them are listed at once."""
    ids: dict[str, str] = {}
    async with service.renders.keeping() as batch:
        for name in dict.fromkeys(body.stems):
            if name not in apart.parts:  # a fallback that has fewer
                message = f"{apart.method} separated, and has no stem {name!r}."
                raise Problem(Kind.UNAVAILABLE, "stem_unavailable", message, field="stems", retry_after=30)
            file = await batch.encode(apart.stem(name), TRACK, apart.rate, apart.channels, name=name)
            ids[name] = file.id
        await batch.commit()
    return StemsAnswer(
        stems={name: service.renders.url(id_) for name, id_ in ids.items()},
        duration_ms=round(apart.frames * 1000 / apart.rate),
        method=apart.method,
        cached=apart.cached,
        notices=list(apart.notices),
        receipt=apart.receipt.model_dump(mode="json", exclude={"notices"}),
    )
