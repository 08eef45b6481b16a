"""``/v1/music/stems``: from a request to a file for each stem."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from fastapi import Response
from pydantic import JsonValue

from mixdown_api.jobs import JobContext, Jobs
from mixdown_api.music.apart import Apart, composed, kept_render, separated, separation
from mixdown_api.music.mixtures import check
from mixdown_api.music.recomposed import is_ours, recomposed
from mixdown_api.music.stems_schemas import DEFAULT_STEMS, StemsAnswer, StemsBody
from mixdown_api.scenes.kept import KeptRender
from mixdown_api.scenes.outside import decoded_render, fetch_clip, find_render, render_named
from mixdown_api.scenes.rendering import TRACK, Progress, no_progress
from mixdown_api.scenes.serving import accepted
from mixdown_api.scenes.slots import is_long
from mixdown_api.service import Service
from mixdown_kernel import Kind, Priority, Problem, Separator, invalid

KIND = "stems"


@dataclass(frozen=True)
class Mixture:
    """``field`` is the request's member that names it. ``asset``: decoded; ``render``: the id of the render of ours
    that it is. It has at least one of them."""

    field: str
    asset: str | None = None
    render: str = ""


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
    """What a body names. A render of ours is decoded only if it has to be separated."""
    url, field = body.audio_url or "", "render" if body.render else "audio_url"
    if render := body.render or render_named(url, service.settings):
        await find_render(service, render, field=field)
        return Mixture(field, render=render)
    return await checked(service, body, Mixture(field, await fetch_clip(service, url, field=field)))


async def checked(service: Service, body: StemsBody, mixture: Mixture) -> Mixture:
    """Decoded, and found to be worth separating."""
    asset, field = mixture.asset, mixture.field
    if asset is None:
        asset = await decoded_render(service, mixture.render, field=field)
    await check(service, asset, len(_separable(service, body)), field=field)
    return replace(mixture, asset=asset)


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
    async with service.edge.admission.slot():  # what would be refused is refused now and not by the job
        kept, exact = await _as_made(service, body, mixture)
        if kept is None and exact is None and mixture.asset is None:
            mixture = await checked(service, body, mixture)
    given: dict[str, JsonValue] = {"body": body.model_dump(mode="json"), "mixture": asdict(mixture)}
    return accepted(await jobs.submit(KIND, given, idempotency_key=idempotency_key, owner=owner))


async def run_stems_job(service: Service, job: JobContext) -> JsonValue:
    """The same request as a job."""
    given: Any = job.input  # as it was submitted above
    body, mixture = StemsBody.model_validate(given["body"]), Mixture(**given["mixture"])
    try:
        answer = await _answer(service, body, mixture, job.progress, patient=True)
    except Problem as problem:
        if problem.code != "unknown_asset" or mixture.field == "file":
            raise
        mixture = await find_mixture(service, body)  # it has gone since the job was submitted
        answer = await _answer(service, body, mixture, job.progress, patient=True)
    await job.progress(answer.duration_ms, answer.duration_ms)
    return answer.model_dump(mode="json", exclude_none=True)


async def _answer(
    service: Service,
    body: StemsBody,
    mixture: Mixture,
    progress: Progress = no_progress,
    *,
    patient: bool = False,
) -> StemsAnswer:
    """``patient``: a job, which waits for its slot as long as it takes, and for others' work."""
    admission = service.edge.admission
    priority = Priority.BATCH if patient else Priority.STANDARD
    async with admission.long_slot(patient=True) if patient else admission.slot():
        kept, exact = await _as_made(service, body, mixture)
        if exact is not None:
            return await _keep(service, body, exact)
    if kept is not None:
        async with (
            admission.long_slot(patient=patient),
            recomposed(service, kept, progress, priority) as again,
        ):
            if again is not None:
                return await _keep(service, body, again)
    async with admission.long_slot(patient=True) if patient else admission.slot():
        whole = mixture if mixture.asset else await checked(service, body, mixture)
        plan = await separation(service, whole.asset or "", body.model)
        if not await is_long(service.kernel, plan):  # it has been separated before
            return await _keep(service, body, await separated(service, plan, progress, priority))
    async with admission.long_slot(patient=patient):
        return await _keep(service, body, await separated(service, plan, progress, priority))


async def _as_made(
    service: Service, body: StemsBody, mixture: Mixture
) -> tuple[KeptRender | None, Apart | None]:
    """What is known of a scene of ours that may be performed again, apart; or the stems of a piece that is all of a
    render. Neither where a backend is asked for by name. Whoever will take the mixture apart, the names are checked."""
    kept = await kept_render(service, mixture.render) if mixture.render and body.model is None else None
    exact = await composed(service, kept) if kept is not None else None
    if exact is not None:
        _check_names(body, list(exact.parts))
        return None, exact
    if kept is not None and is_ours(kept) and set(body.stems) <= set(DEFAULT_STEMS):
        return kept, None
    _check_names(body, _separable(service, body))
    return None, None


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
