"""Cloned voices over HTTP: made of an upload or of audio by URL, shown, deleted."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.datastructures import FormData, UploadFile

from mixdown_api.edge import caller_of
from mixdown_api.edge.bodies import check_value
from mixdown_api.scenes.outside import fetch_clip, keep_clip, write
from mixdown_api.service import Service, service_of
from mixdown_api.state.files import File
from mixdown_api.voices.library import TAG, Sample, VoiceLibrary, public_id
from mixdown_api.voices.samples import MOST_SECONDS, NOT_YET, check_sample, first_able
from mixdown_api.voices.schemas import AudioVoice, DeletedVoice, VoiceAnswer, VoiceBody
from mixdown_kernel import ClonesVoices, ImitatesVoices, Kind, Problem, VoiceSample, invalid

router = APIRouter(tags=["voices and models"])

JSON, FORM = "application/json", "multipart/form-data"
FILE_FIELDS = ("file", "audio_sample")
"""Ours, and OpenAI's."""
BLOCK_BYTES = 1 << 18
_SCHEMA = VoiceBody.model_json_schema()
_FORM_MEMBERS = {name: member for name, member in _SCHEMA["properties"].items() if name != "audio_url"}
_BINARY = {"type": "string", "format": "binary"}
_CONSENT = {"type": "string", "maxLength": 200, "description": "As OpenAI asks for it; kept nowhere"}


def _form(file: str, **more: Any) -> dict[str, Any]:
    properties = {file: _BINARY, **_FORM_MEMBERS, **more}
    return {"schema": {"type": "object", "properties": properties, "required": ["name", file]}}


_BODY = {"required": True, "content": {JSON: {"schema": _SCHEMA}, FORM: _form("file")}}
_OPENAI_BODY = {"required": True, "content": {FORM: _form("audio_sample", consent=_CONSENT)}}

ServiceDep = Annotated[Service, Depends(service_of)]


def library_of(request: Request) -> VoiceLibrary:
    """For ``Depends``."""
    return cast(VoiceLibrary, request.app.state.voices)


LibraryDep = Annotated[VoiceLibrary, Depends(library_of)]
CallerDep = Annotated[str, Depends(caller_of)]


@router.post(
    "/v1/voices",
    summary="Clone a voice from a recording",
    status_code=201,
    responses={200: {"model": VoiceAnswer, "description": "This very voice is there already"}},
    openapi_extra={"requestBody": _BODY},
)
async def make_voice(
    request: Request, response: Response, service: ServiceDep, library: LibraryDep, caller: CallerDep
) -> VoiceAnswer:
    """Ten to thirty seconds of one speaker, and what is said in them. The voice is spoken with by its id or name, on
    every surface."""
    file, is_new = await _made(request, service, library, caller)
    response.status_code = 201 if is_new else 200
    return answer_of(file)


@router.post(
    "/v1/audio/voices",
    summary="Clone a voice as OpenAI's clients ask for it",
    openapi_extra={"requestBody": _OPENAI_BODY},
)
async def make_audio_voice(
    request: Request, service: ServiceDep, library: LibraryDep, caller: CallerDep
) -> AudioVoice:
    """``audio_sample`` and ``name``; ``text``, ``language`` and ``model`` as in `/v1/voices`."""
    file, _ = await _made(request, service, library, caller)
    return AudioVoice(id=public_id(file), name=str(file.metadata["name"]), created_at=int(file.created_at))


@router.get("/v1/voices/{id}", summary="One cloned voice")
async def get_voice(library: LibraryDep, id: str) -> VoiceAnswer:  # noqa: A002 - the path's name
    file = await library.file(id)
    if file is None:
        message = f"There is no cloned voice {id[:80]!r}."
        hint = "GET /v1/voices lists all voices."
        raise Problem(Kind.NOT_FOUND, "unknown_voice", message, field="id", hint=hint)
    return answer_of(file)


@router.delete("/v1/voices/{id}", summary="Delete a cloned voice and its recording")
async def delete_voice(library: LibraryDep, id: str) -> DeletedVoice:  # noqa: A002 - the path's name
    return DeletedVoice(id=public_id(await library.remove(id)))


def answer_of(file: File) -> VoiceAnswer:
    known: Any = file.metadata
    members = {name: known[name] for name in ("name", "backend", "language", "text", "quality")}
    return VoiceAnswer(
        id=public_id(file),
        tags=[TAG],
        created_at=int(file.created_at),
        duration_ms=file.duration_ms or 0,
        **members,
    )


async def _made(request: Request, service: Service, library: VoiceLibrary, caller: str) -> tuple[File, bool]:
    """Everything that can be refused without the recording is refused before it is read."""
    await service.kernel.ready()
    async with _asked(request) as (body, file):
        field = _source(body, file)
        name = await library.check_name(body.name)
        wanted = VoiceSample(NOT_YET, body.text, body.language)
        running = first_able(service, body.model, (ImitatesVoices, ClonesVoices), wanted, field="")
        asset = await _decoded(service, body, file, field)
        quality = await check_sample(service, asset, field=field)
        text = " ".join(body.text.split())
        return await library.add(Sample(name, asset, text, body.language, quality), running, caller)


def _source(body: VoiceBody, file: UploadFile | None) -> str:
    """The member that has the recording."""
    if (file is None) == (body.audio_url is None):
        message = "A voice has one recording: a form's `file`, or `audio_url`."
        raise invalid("missing_recording" if file is None else "two_recordings", message, field="file")
    return "audio_url" if file is None else "file"


async def _decoded(service: Service, body: VoiceBody, file: UploadFile | None, field: str) -> str:
    if file is None:
        return await fetch_clip(service, body.audio_url or "", field=field, max_seconds=MOST_SECONDS)
    path = service.kernel.spool / f"{uuid.uuid4().hex}.upload"

    async def blocks() -> AsyncIterator[bytes]:
        while data := await file.read(BLOCK_BYTES):
            yield data

    try:
        await write(blocks(), path)
        return await keep_clip(service, path, field=field, max_seconds=MOST_SECONDS)
    finally:
        path.unlink(missing_ok=True)


@asynccontextmanager
async def _asked(request: Request) -> AsyncIterator[tuple[VoiceBody, UploadFile | None]]:
    """A body of either kind; a form's file is gone afterwards."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in (JSON, FORM):
        message = "The body must be a form or JSON, and say so in `Content-Type`."
        raise Problem(Kind.UNSUPPORTED, "unsupported_media_type", message, allowed=[FORM, JSON])
    if media_type == JSON:
        yield _validated(await request.json() if await request.body() else None), None
        return
    async with request.form(max_files=1, max_fields=16, max_part_size=1 << 16) as form:
        members, file = _members(form)
        yield _validated(members), file


def _members(form: FormData) -> tuple[dict[str, Any], UploadFile | None]:
    members: dict[str, Any] = {}
    file = None
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            if name not in FILE_FIELDS:
                message = f"The recording must be in the field `file`, not {name[:40]!r}."
                raise invalid("unknown_field", message, field=name[:40])
            file = value
        elif value.strip() and name != "consent":  # a page's form sends fields that were left empty, too
            check_value(name, value)
            members[name] = value
    return members, file


def _validated(members: object) -> VoiceBody:
    try:
        return VoiceBody.model_validate(members)
    except ValidationError as error:
        found = [{**item, "loc": ("body", *item["loc"])} for item in error.errors(include_url=False)]
        raise RequestValidationError(found, body=members) from None
