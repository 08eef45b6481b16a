"""``POST /v1/music/stems``: JSON that names a mixture, or a form that brings one."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.datastructures import FormData, UploadFile

from mixdown_api.edge.bodies import check_value
from mixdown_api.music.stems import Mixture, check_body, checked, find_mixture, serve_stems
from mixdown_api.music.stems_schemas import StemsAnswer, StemsBody
from mixdown_api.scenes.outside import keep_clip, write
from mixdown_api.scenes.routes import AS_JOB, CallerDep, IdempotencyKey, JobsDep, Prefer, ServiceDep
from mixdown_api.service import Service
from mixdown_kernel import Kind, Problem, invalid

router = APIRouter(tags=["music"])

JSON, FORM = "application/json", "multipart/form-data"
BLOCK_BYTES = 1 << 18
_SCHEMA = StemsBody.model_json_schema()
_FORM_SCHEMA = {
    **_SCHEMA,
    "properties": {"file": {"type": "string", "format": "binary"}, **_SCHEMA["properties"]},
}
_BODY = {
    "required": True,
    "content": {JSON: {"schema": _SCHEMA}, FORM: {"schema": _FORM_SCHEMA}},
}


class StemsRequest:
    """A body of either kind; ``file`` is what a form brings."""

    def __init__(self, body: StemsBody, file: UploadFile | None = None) -> None:
        self.body = body
        self.file = file


async def stems_request(request: Request) -> AsyncIterator[StemsRequest]:
    """For ``Depends``: what was asked for, by either kind of body."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in (JSON, FORM):
        message = "The body must be JSON or a form, and say so in `Content-Type`."
        raise Problem(Kind.UNSUPPORTED, "unsupported_media_type", message, allowed=[JSON, FORM])
    if media_type == JSON:
        yield StemsRequest(_validated(await request.json() if await request.body() else None))
        return
    async with request.form(max_files=1, max_fields=32, max_part_size=1 << 16) as form:
        members, file = _members(form)
        yield StemsRequest(_validated(members), file)


def _members(form: FormData) -> tuple[dict[str, Any], UploadFile | None]:
    """A form's fields as a body's members. ``stems`` is one field of names with commas between, or several."""
    members: dict[str, Any] = {}
    file = None
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            if name != "file":
                raise invalid(
                    "unknown_field", f"The file must be in the field `file`, not {name[:40]!r}.", field=name
                )
            file = value
            continue
        if not value.strip():  # what a page's form sends of a field that was left empty
            continue
        check_value(name, value)
        if name.removesuffix("[]") == "stems":
            members.setdefault("stems", []).extend(one.strip() for one in value.split(","))
        else:
            members[name] = value
    return members, file


def _validated(members: object) -> StemsBody:
    try:
        return StemsBody.model_validate(members)
    except ValidationError as error:
        found = [{**item, "loc": ("body", *item["loc"])} for item in error.errors(include_url=False)]
        raise RequestValidationError(found, body=members) from None


async def _uploaded(service: Service, file: UploadFile) -> Mixture:
    path = service.kernel.spool / f"{uuid.uuid4().hex}.upload"

    async def blocks() -> AsyncIterator[bytes]:
        while data := await file.read(BLOCK_BYTES):
            yield data

    try:
        await write(blocks(), path)
        return Mixture("file", await keep_clip(service, path, field="file"))
    finally:
        path.unlink(missing_ok=True)


@router.post(
    "/v1/music/stems",
    summary="A piece of music apart",
    response_model=StemsAnswer,
    response_model_exclude_none=True,
    responses=AS_JOB,
    openapi_extra={"requestBody": _BODY},
)
async def music_stems(
    asked: Annotated[StemsRequest, Depends(stems_request)],
    service: ServiceDep,
    jobs: JobsDep,
    caller: CallerDep,
    prefer: Prefer = "",
    idempotency_key: IdempotencyKey = None,
) -> StemsAnswer | Response:
    """As it was composed, for a render of ours; else separated. The stems sum to the mixture."""
    body = asked.body
    check_body(service, body, uploaded=asked.file is not None)
    if asked.file is None:
        mixture = await find_mixture(service, body)
    else:
        mixture = await checked(service, body, await _uploaded(service, asked.file))
    return await serve_stems(
        body, mixture, service, jobs, owner=caller, prefer=prefer, idempotency_key=idempotency_key
    )
