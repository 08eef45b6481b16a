"""Where a mixture comes from (a URL, a render of ours, an upload), as sound that lies here."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np

from mixdown_api.edge import ApiSettings
from mixdown_api.scenes.outside import fetch_clip, keep_clip
from mixdown_api.service import Service
from mixdown_kernel import Kind, Problem, invalid, to_ms
from mixdown_kernel.assets import locate
from mixdown_kernel.pcm import BYTES, PcmFile

SILENCE = 1e-4
"""-80 dBFS: what is nowhere louder holds nothing to take apart."""
_BLOCK = 1 << 18


@dataclass(frozen=True)
class Mixture:
    """Decoded, kept by content; ``render`` is the id of the render of ours that it is, if it is one."""

    asset: str
    render: str | None = None


def render_named(url: str, settings: ApiSettings) -> str | None:
    """The id in a URL that we gave out."""
    ours, given = urlsplit(f"{settings.public_url.rstrip('/')}/v1/renders/"), urlsplit(url.strip())
    is_ours = given[:2] == ours[:2] and given.path.startswith(ours.path)
    return given.path.removeprefix(ours.path) if is_ours else None


async def fetched(service: Service, url: str, *, field: str) -> Mixture:
    return Mixture(await fetch_clip(service, url, field=field))


async def rendered(service: Service, id_: str, *, field: str) -> Mixture:
    """A render of ours, decoded. `Problem` ``unknown_render``."""
    file = await service.renders.find(id_)
    if file is None:
        message = "There is no such render, or its time is over."
        raise Problem(Kind.NOT_FOUND, "unknown_render", message, field=field)
    path = service.kernel.spool / f"{uuid.uuid4().hex}.render"
    try:
        await write(service.renders.storage.get(file.key), path)
        return Mixture(await keep_clip(service, path, field=field), id_)
    except Problem as problem:
        problem.field = problem.field or field
        raise
    finally:
        path.unlink(missing_ok=True)


async def write(data: AsyncIterator[bytes], path: Path) -> None:
    with await asyncio.to_thread(path.open, "wb") as file:
        async for block in data:
            await asyncio.to_thread(file.write, block)


async def check(service: Service, mixture: Mixture, stems: int, *, field: str) -> None:
    """Refuse silence, and what is too long for its stems to be kept."""
    file, rate = await asyncio.to_thread(located, service, mixture)
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


def located(service: Service, mixture: Mixture) -> tuple[PcmFile, int]:
    """The frames, and their rate. Blocking."""
    return locate(service.kernel.config.data_dir / "assets", mixture.asset)


def _is_silent(file: PcmFile) -> bool:
    return all(np.abs(block).max() < SILENCE for block in file.blocks(_BLOCK))
