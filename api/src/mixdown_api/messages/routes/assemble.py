"""``/assemble``: messages of templates, and of texts and stored stems."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query

from mixdown_api.messages.assembled import assemble_segments, assemble_template
from mixdown_api.messages.assembly import KIND
from mixdown_api.messages.assembly_schemas import AssembledAnswer, SegmentsBody, TemplateBody
from mixdown_api.messages.buckets import need_mirror
from mixdown_api.messages.labels import blob_of, check_label
from mixdown_api.messages.surface import Extended, Messages, MessagesDep
from mixdown_api.state import files
from mixdown_api.state.files import File
from mixdown_kernel import Problem, invalid

router = APIRouter(prefix="/assemble", tags=["messages"])


@router.post("/template", summary="A message by a template", response_model_exclude_none=True)
async def template(body: TemplateBody, messages: MessagesDep, extended: Extended = False) -> AssembledAnswer:
    """Stems that are kept are joined as they are; the others are rendered first."""
    return await assemble_template(messages, body, extended=extended or body.extended)


@router.post("/segments", summary="A message of texts and stored stems", response_model_exclude_none=True)
async def segments(body: SegmentsBody, messages: MessagesDep, extended: Extended = False) -> AssembledAnswer:
    """Without any timing it is a clean merge, with a crossfade of 8 ms."""
    return await assemble_segments(messages, body, extended=extended or body.extended)


@router.get("/templates", summary="Templates, with what is wrong with them")
async def templates(messages: MessagesDep) -> dict[str, Any]:
    found = {}
    for name, one in (await messages.templates.checked()).items():
        if isinstance(one, Problem):
            found[name] = {"valid": False, "code": one.code, "error": one.message, "field": one.field}
        else:
            found[name] = {
                "valid": True,
                "description": one.description,
                "version": one.version,
                "placeholders": list(one.placeholders),
                "segments": [segment.id for segment in one.in_order()],
                "variants": {name: variant.description for name, variant in one.variants.items()},
            }
    return {"status": "ok", "templates": found}


@router.get("/output_location", summary="The latest message")
async def output_location(messages: MessagesDep) -> dict[str, Any]:
    """``empty`` before the first one."""
    async with messages.service.state.reading() as connection:
        page = await files.page(connection, kind=KIND, limit=1)
    if not page.items:
        return {"status": "empty", "latest_output": None, "timestamp": None}
    latest = _listed(messages, page.items[0])
    return {"status": "ok", "latest_output": latest.pop("output_file"), **latest}


@router.get("/outputs", summary="Messages, the newest first")
async def outputs(
    messages: MessagesDep,
    limit: Annotated[int, Query(ge=1, le=100)] = 100,
    after: Annotated[str | None, Query(max_length=300, description="`next` of the page before")] = None,
) -> dict[str, Any]:
    """Each with its URL."""
    async with messages.service.state.reading() as connection:
        page = await files.page(connection, kind=KIND, limit=limit, cursor=after)
    return {"status": "ok", "outputs": [_listed(messages, file) for file in page.items], "next": page.next}


def _listed(messages: Messages, file: File) -> dict[str, Any]:
    told = file.metadata.get("message")
    return {
        "output_file": told["output_file"] if isinstance(told, dict) else file.id,
        "timestamp": datetime.fromtimestamp(file.created_at, UTC).isoformat(),
        "url": messages.service.renders.url(file.id),
        "duration_ms": file.duration_ms,
    }


@router.get("/check/stem_in_bucket", summary="Whether the bucket has a stem")
async def stem_in_bucket(
    stem_name: Annotated[str, Query(description="A label", max_length=300)], messages: MessagesDep
) -> dict[str, Any]:
    check_label(stem_name, field="stem_name")
    exists = await need_mirror(messages.service).exists(blob_of(stem_name))
    return {"status": "ok", "stem": stem_name, "exists": exists}


@router.get("/check/output_in_bucket", summary="Whether the bucket has a message")
async def output_in_bucket(
    filename: Annotated[str, Query(description="`output_file`, or its last part", max_length=300)],
    messages: MessagesDep,
) -> dict[str, Any]:
    name = filename.removeprefix("output/")
    if not name or "/" in name or ".." in name:
        raise invalid("invalid_filename", "`filename` is the name of a message's file.", field="filename")
    exists = await need_mirror(messages.service).exists(f"output/{name}")
    return {"status": "ok", "file": filename, "exists": exists}
