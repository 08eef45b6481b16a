"""A mixture as sound that lies here: decoded, kept by content, and worth taking apart."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np

from mixdown_api.edge import ApiSettings
from mixdown_api.scenes.outside import keep_clip
from mixdown_api.service import Service
from mixdown_api.state.files import File
from mixdown_kernel import Kind, Problem, invalid, to_ms
from mixdown_kernel.assets import locate
from mixdown_kernel.pcm import BYTES, PcmFile

SILENCE = 1e-4
"""-80 dBFS: what is nowhere louder holds nothing to take apart."""
_BLOCK = 1 << 18


def render_named(url: str, settings: ApiSettings) -> str | None:
    """The id in a URL that we gave out."""
    ours, given = urlsplit(f"{settings.public_url.rstrip('/')}/v1/renders/"), urlsplit(url.strip())
    is_ours = given[:2] == ours[:2] and given.path.startswith(ours.path)
    return given.path.removeprefix(ours.path) if is_ours else None


async def find_render(service: Service, id_: str, *, field: str) -> File:
    """`Problem` ``unknown_render``."""
    file = await service.renders.find(id_)
    if file is None:
        message = "There is no such render, or its time is over."
        raise Problem(Kind.NOT_FOUND, "unknown_render", message, field=field)
    return file


async def decoded_render(service: Service, id_: str, *, field: str) -> str:
    """A render of ours as an asset."""
    file = await find_render(service, id_, field=field)
    path = service.kernel.spool / f"{uuid.uuid4().hex}.render"
    try:
        await write(service.renders.storage.get(file.key), path)
        return await keep_clip(service, path, field=field)
    except Problem as problem:
        problem.field = problem.field or field
        raise
    finally:
        path.unlink(missing_ok=True)


async def write(data: AsyncIterator[bytes], path: Path) -> None:
    with await asyncio.to_thread(path.open, "wb") as file:
        async for block in data:
            await asyncio.to_thread(file.write, block)


async def check(service: Service, asset: str, stems: int, *, field: str) -> None:
    """Refuse silence, and what is too long for its stems to be kept."""
    file, rate = await asyncio.to_thread(located, service, asset)
    largest = service.kernel.config.cache_bytes // ((stems + 1) * file.channels * BYTES)
    if file.frames > largest:
        seconds = largest // rate
        raise Problem(
            Kind.TOO_LARGE,
            "audio_too_long",
            f"The audio lasts {to_ms(file.frames, rate) // 1000} s; stems are kept of at most {seconds} s like it",
            field=field,
            allowed=[0, seconds],
            hint="`cache_bytes` in the configuration sets how much is kept.",
        )
    if await asyncio.to_thread(_is_silent, file):
        raise invalid("silent_audio", "The audio is silent from beginning to end.", field=field)


def located(service: Service, asset: str) -> tuple[PcmFile, int]:
    """The frames, and their rate. Blocking."""
    return locate(service.kernel.config.data_dir / "assets", asset)


def _is_silent(file: PcmFile) -> bool:
    return all(np.abs(block).max() < SILENCE for block in file.blocks(_BLOCK))
