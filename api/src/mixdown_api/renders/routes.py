"""``GET /v1/renders/{id}``: ETag, immutable caching, byte ranges (RFC 9110), a file name on request."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query, Request, Response

from mixdown_api.edge import Stream
from mixdown_api.edge.problems import problem_response
from mixdown_api.renders.store import Renders
from mixdown_api.service import Service, service_of
from mixdown_api.state.files import File
from mixdown_kernel import Kind, Problem

router = APIRouter(tags=["renders"])

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


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
    file = await service.renders.find(id)
    if file is None:
        raise Problem(
            Kind.NOT_FOUND, "unknown_render", "There is no such render, or its time is over.", field="id"
        )
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
    return Stream(_bytes(service.renders, file, start, end), status, headers, file.media_type)


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
    """``If-None-Match``: a list, compared weakly."""
    known = {one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")}
    return bool(known & {etag, "*"})


def _range(request: Request, size: int, etag: str) -> tuple[int, int, int]:
    """First byte, byte after the last, status. A header that is no single range is ignored, as RFC 9110 says."""
    match = _RANGE.fullmatch(request.headers.get("range", "").strip())
    if not match or match.group() == "bytes=-" or request.headers.get("if-range", etag) != etag:
        return 0, size, 200
    first, last = match.groups()
    if first:
        start, end = int(first), min(int(last) + 1 if last else size, size)
        if last and int(last) < int(first):
            return 0, size, 200
    else:
        start, end = max(0, size - int(last)), size
    return start, end, 416 if start >= size or start >= end else 206


async def _bytes(renders: Renders, file: File, start: int, end: int) -> AsyncGenerator[bytes, None]:
    async for data in renders.storage.get(file.key, start, end):
        yield data
