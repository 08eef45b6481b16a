"""Outside audio comes in here: fetched without reaching inside, decoded where it can do no harm, kept by content."""

from __future__ import annotations

import uuid
from pathlib import Path

from mixdown_api.service import Service
from mixdown_kernel import DecodeLimits, DecodingBackend, Problem

MAX_SECONDS = 30 * 60.0


async def fetch_clip(service: Service, url: str, *, field: str) -> str:
    """The audio at a URL as ``asset:<sha256>``. `Problem` names the URL's member, ``field``, for whatever is wrong
    with it."""
    path = service.kernel.spool / f"{uuid.uuid4().hex}.fetched"
    try:
        await service.edge.fetcher.fetch(url, path, field=field)
        return await keep_clip(service, path, field=field)
    finally:
        path.unlink(missing_ok=True)


async def keep_clip(service: Service, path: Path, *, field: str) -> str:
    """A file of audio as ``asset:<sha256>``, decoded."""
    decoder: DecodingBackend = service.kernel.backend("decoding")
    try:
        return await service.kernel.assets.add(decoder.decode(path, DecodeLimits(max_seconds=MAX_SECONDS)))
    except Problem as problem:
        problem.field = problem.field or field
        raise
