"""Audio by URL comes in here: fetched without reaching inside, or a render of ours; decoded where it can do no harm,
kept by content."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

from mixdown_api.edge import ApiSettings
from mixdown_api.service import Service
from mixdown_api.state.files import File
from mixdown_kernel import DecodeLimits, DecodingBackend, Kind, Problem

MAX_SECONDS = 30 * 60.0


async def fetch_clip(service: Service, url: str, *, field: str, max_seconds: float = MAX_SECONDS) -> str:
    """The audio at a URL as ``asset:<sha256>``; a render of ours is taken from the storage, without a request to
    ourselves. `Problem` names the URL's member, ``field``, for whatever is wrong with it."""
    if (render := render_named(url, service.settings)) is not None:
        return await decoded_render(service, render, field=field, max_seconds=max_seconds)
    path = service.kernel.spool / f"{uuid.uuid4().hex}.fetched"
    try:
        await service.edge.fetcher.fetch(url, path, field=field)
        return await keep_clip(service, path, field=field, max_seconds=max_seconds)
    finally:
        path.unlink(missing_ok=True)


async def keep_clip(service: Service, path: Path, *, field: str, max_seconds: float = MAX_SECONDS) -> str:
    """A file of audio as ``asset:<sha256>``, decoded."""
    decoder: DecodingBackend = service.kernel.backend("decoding")
    try:
        return await service.kernel.assets.add(decoder.decode(path, DecodeLimits(max_seconds=max_seconds)))
    except Problem as problem:
        problem.field = problem.field or field
        raise


def render_named(url: str, settings: ApiSettings) -> str | None:
    """The id in a URL that we gave out."""
    try:
        ours, given = urlsplit(f"{settings.public_url.rstrip('/')}/v1/renders/"), urlsplit(url.strip())
    except ValueError:  # no URL at all
        return None
    is_ours = given[:2] == ours[:2] and given.path.startswith(ours.path)
    return given.path.removeprefix(ours.path) if is_ours else None


async def find_render(service: Service, id_: str, *, field: str) -> File:
    """`Problem` ``unknown_render``."""
    file = await service.renders.find(id_)
    if file is None:
        message = "There is no such render, or its time is over."
        raise Problem(Kind.NOT_FOUND, "unknown_render", message, field=field)
    return file


async def decoded_render(service: Service, id_: str, *, field: str, max_seconds: float = MAX_SECONDS) -> str:
    """A render of ours as an asset."""
    file = await find_render(service, id_, field=field)
    path = service.kernel.spool / f"{uuid.uuid4().hex}.render"
    try:
        await write(service.renders.storage.get(file.key), path)
        return await keep_clip(service, path, field=field, max_seconds=max_seconds)
    except Problem as problem:
        problem.field = problem.field or field
        raise
    finally:
        path.unlink(missing_ok=True)


async def write(data: AsyncIterator[bytes], path: Path) -> None:
    with await asyncio.to_thread(path.open, "wb") as file:
        async for block in data:
            await asyncio.to_thread(file.write, block)
