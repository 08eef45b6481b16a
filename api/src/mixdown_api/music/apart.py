"""A mixture apart: as it was composed here, or separated."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import ValidationError

from mixdown_api.music.mixtures import Mixture, located
from mixdown_api.music.stems_schemas import DEFAULT_STEMS, EXACT
from mixdown_api.scenes.kept import KeptRender
from mixdown_api.scenes.rendering import Progress
from mixdown_api.service import Service
from mixdown_kernel import Audio, Kind, Master, Problem, Receipt, Samples, Scene, SourceLayer
from mixdown_kernel.cache import StoredSource
from mixdown_kernel.pcm import PcmFile

LIKE = 0.99
"""The least squared correlation of a render and the piece that it is: a lossy encoding leaves more, anything added
to the piece less."""
_BLOCK = 1 << 16


@dataclass(frozen=True)
class Apart:
    """``parts`` has, for each stem, the recordings whose sum times ``gain`` it is; silence is the sum of none."""

    method: str
    parts: Mapping[str, Sequence[PcmFile]]
    rate: int
    channels: int
    frames: int
    receipt: Receipt
    gain: float = 1.0
    cached: bool = False
    notices: tuple[dict[str, Any], ...] = ()

    async def stem(self, name: str) -> AsyncIterator[Audio]:
        readers = [part.blocks(_BLOCK) for part in self.parts[name]]
        for start in range(0, self.frames, _BLOCK):
            frames = min(_BLOCK, self.frames - start)
            yield Audio(await asyncio.to_thread(self._summed, readers, frames), self.rate)

    def _summed(self, readers: Sequence[Any], frames: int) -> Samples:
        total = np.zeros((frames, self.channels), np.float32)
        for reader in readers:
            total += next(reader)
        return total * np.float32(self.gain)


async def composed(service: Service, mixture: Mixture) -> Apart | None:
    """The stems as they were composed, where the mixture is a render of one piece of ours, and nothing but that
    piece, and its stems are still kept."""
    receipt = await _receipt(service, mixture)
    if receipt is None or [source.role for source in receipt.sources] != ["music"]:
        return None
    stored = await service.kernel.stored_source(receipt.sources[0].signature)
    if stored is None or not stored.stems:
        return None
    gain = await asyncio.to_thread(_gain, *located(service, mixture), stored)
    if gain is None:
        return None
    parts: dict[str, tuple[PcmFile, ...]] = {name: (stored.stem(name),) for name in stored.stems}
    rest = [name for name in stored.stems if name not in DEFAULT_STEMS]
    parts |= {name: () for name in DEFAULT_STEMS if name not in parts}
    parts["other"] += tuple(stored.stem(name) for name in rest)
    return Apart(EXACT, parts, stored.rate, stored.channels, stored.frames, receipt, gain, True)


async def _receipt(service: Service, mixture: Mixture) -> Receipt | None:
    file = await service.renders.find(mixture.render) if mixture.render else None
    document = None if file is None else await service.renders.document(file)
    try:
        return None if document is None else KeptRender.model_validate_json(document).receipt
    except ValidationError:  # of an earlier version
        return None


def _gain(render: PcmFile, rate: int, piece: StoredSource) -> float | None:
    """What the piece was multiplied with to become the render; None if it is not the same sound."""
    if (rate, render.channels, render.frames) != (piece.rate, piece.channels, piece.frames):
        return None
    shared = own = theirs = 0.0
    for heard, written in zip(render.blocks(_BLOCK), piece.stem("").blocks(_BLOCK), strict=True):
        shared += float(np.vdot(written, heard))
        own += float(np.vdot(written, written))
        theirs += float(np.vdot(heard, heard))
    is_it = shared > 0 and shared * shared >= LIKE * own * theirs
    return shared / own if is_it else None


async def separated(service: Service, mixture: Mixture, model: str | None, progress: Progress) -> Apart:
    """By the first separation backend that can, or by ``model``. Hold a slot."""
    kernel = service.kernel
    _, rate = await asyncio.to_thread(located, service, mixture)
    layer = SourceLayer(id="mixture", role="separation", request={"asset": mixture.asset}, backend=model)
    scene = Scene(
        layers=(layer,), rate=min(max(rate, 8_000), 192_000), master=Master(mode="none"), reuse=True
    )
    plan = await kernel.plan(scene)
    async with kernel.perform(plan) as performance:
        done = 0
        async for block in performance.blocks():
            done += block.duration_ms
            await progress(done, max(done, plan.estimated_ms))
    receipt = performance.receipt
    assert receipt is not None  # noqa: S101 - complete once the blocks are
    source = receipt.sources[0]
    stored = await kernel.stored_source(source.signature)
    if stored is None:
        message = "The stems were made, and had to give way before they could be fetched."
        hint = "`cache_bytes` in the configuration sets how much is kept."
        raise Problem(Kind.UNAVAILABLE, "stems_not_kept", message, hint=hint, retry_after=5)
    parts = {name: (stored.stem(name),) for name in stored.stems}
    notices = tuple(notice.model_dump(exclude_none=True) for notice in receipt.notices)
    return Apart(
        source.backend,
        parts,
        stored.rate,
        stored.channels,
        stored.frames,
        receipt,
        cached=source.cached,
        notices=notices,
    )
