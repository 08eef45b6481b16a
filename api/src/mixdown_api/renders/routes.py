"""``GET /v1/renders/{id}``: ETag, immutable caching, byte ranges (RFC 9110), a file name on request."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query, Request, Response

from mixdown_api.edge import stream
from mixdown_api.edge.problems import problem_response
from mixdown_api.renders.store import Renders
from mixdown_api.service import Service, service_of
from mixdown_api.state.files import File
from mixdown_kernel import Kind, Problem

router = APIRouter(tags=["renders"])

_RANGE = re.compile(r"bytes=(\d*)-(\d*)", re.ASCII)
_DIGITS = 18
"""Numbers with more are larger than any file, and too long to be read as numbers."""


@router.head("/v1/renders/{id}", include_in_schema=False)
@router.get(
    "/v1/renders/{id}",
    summary="Fetch a render",
    responses={206: {"description": "The bytes asked for"}, 304: {"description": "You have it already"}},
)
async def fetch(
    request: Request,
    service: Annotated[Service, Depends(service_of)],
    id: str,  # noqa: A002 - the path's name
    download: Annotated[bool, Query(description="Offer it as a file to save")] = False,
) -> Response:
    renders = service.renders
    file = await renders.find(id)
    if file is None or (request.method == "HEAD" and await renders.storage.stat(file.key) is None):
        raise _unknown()
    headers = _headers(file, download)
    if _has_it(request, headers["etag"]):
        return Response(status_code=304, headers=headers)
    start, end, status = _range(request, file.size, headers["etag"])
    if status == 416:
        refusal = Problem(
            Kind.INVALID, "range_not_satisfiable", f"The file has {file.size} bytes.", field="range"
        )
        return problem_response(refusal, request.scope, headers={"content-range": f"bytes */{file.size}"})
    headers["content-length"] = str(end - start)
    if status == 206:
        headers["content-range"] = f"bytes {start}-{end - 1}/{file.size}"
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers, media_type=file.media_type)
    data = _bytes(renders, file, start, end)
    return await stream(data, media_type=file.media_type, headers=headers, status=status)


def _unknown() -> Problem:
    message = "There is no such render, or its time is over."
    return Problem(Kind.NOT_FOUND, "unknown_render", message, field="id")


def _headers(file: File, download: bool) -> dict[str, str]:
    headers = {
        "etag": f'"{file.sha256}"',
        "cache-control": "private, max-age=31536000, immutable",
        "accept-ranges": "bytes",
        "x-content-type-options": "nosniff",
    }
    if download:
        name = quote(str(file.metadata.get("name", file.id)))
        headers["content-disposition"] = f"attachment; filename*=UTF-8''{name}"
    return headers


def _has_it(request: Request, etag: str) -> bool:
    """``If-None-Match``: a list, on one line or several, compared weakly."""
    listed = ",".join(request.headers.getlist("if-none-match")).split(",")
    return bool({one.strip().removeprefix("W/") for one in listed} & {etag, "*"})


def _range(request: Request, size: int, etag: str) -> tuple[int, int, int]:
    """First byte, byte after the last, status. A header that is no single range is ignored, as RFC 9110 says."""
    match = _RANGE.fullmatch(request.headers.get("range", "").strip())
    if not match or match.group() == "bytes=-" or request.headers.get("if-range", etag) != etag:
        return 0, size, 200
    first, last = map(_number, match.groups())
    if first is None:
        start, end = max(0, size - (last or 0)), size
    elif last is None:
        start, end = first, size
    elif last < first:
        return 0, size, 200
    else:
        start, end = first, min(last + 1, size)
    return start, end, 416 if start >= size or start >= end else 206


def _number(digits: str) -> int | None:
    digits = digits.lstrip("0") or digits[:1]
    return int(digits[: _DIGITS + 1]) if digits else None


async def _bytes(renders: Renders, file: File, start: int, end: int) -> AsyncGenerator[bytes, None]:
    try:
        async for data in renders.storage.get(file.key, start, end):
            yield data
    except Problem as problem:
        if problem.kind is Kind.NOT_FOUND:  # listed, but its bytes are gone
            raise _unknown() from problem
        raise
