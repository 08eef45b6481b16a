"""A mixture that lies here, decoded: whether it is worth taking apart."""

from __future__ import annotations

import asyncio

import numpy as np

from mixdown_api.service import Service
from mixdown_kernel import Kind, Problem, invalid, to_ms
from mixdown_kernel.assets import locate
from mixdown_kernel.pcm import BYTES, PcmFile

SILENCE = 1e-4
"""-80 dBFS: what is nowhere louder holds nothing to take apart."""
_BLOCK = 1 << 18


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
