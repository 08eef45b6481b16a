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
from mixdown_api.scenes.kept import KeptRender, Piece
from mixdown_api.scenes.rendering import Progress, no_progress
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
    """The stems as they were composed, where the mixture is a render of one piece of ours and nothing but that piece.
    It is played again if its stems are not kept. Hold a slot."""
    kept = await _kept(service, mixture)
    if kept is None or len(kept.receipt.sources) != 1 or len(kept.pieces) != 1:
        return None
    (piece,) = kept.pieces.values()
    stored = await _played_apart(service, piece)
    if stored is None:
        return None
    gain = await asyncio.to_thread(_gain, *located(service, mixture), stored)
    if gain is None:
        return None
    parts: dict[str, tuple[PcmFile, ...]] = {name: (stored.stem(name),) for name in stored.stems}
    rest = [name for name in stored.stems if name not in DEFAULT_STEMS]
    parts |= {name: () for name in DEFAULT_STEMS if name not in parts}
    parts["other"] += tuple(stored.stem(name) for name in rest)
    return Apart(EXACT, parts, stored.rate, stored.channels, stored.frames, kept.receipt, gain, True)


async def _kept(service: Service, mixture: Mixture) -> KeptRender | None:
    file = await service.renders.find(mixture.render) if mixture.render else None
    document = None if file is None else await service.renders.document(file)
    try:
        return None if document is None else KeptRender.model_validate_json(document)
    except ValidationError:  # of an earlier version
        return None


async def _played_apart(service: Service, piece: Piece) -> StoredSource | None:
    """The piece with its stems; None where its backend has none, is gone, or would not play the same again."""
    try:
        running = service.kernel.backends.named("music", piece.backend)
        if not running.offer.backend.deterministic:
            return None
        layer = SourceLayer(
            id="piece", role="music", backend=running.name, request={**piece.request, "stems": True}
        )
        stored = (await _performed(service, layer, 48_000, no_progress))[1]
    except Problem as problem:
        if problem.kind in (Kind.OVERLOADED, Kind.INTERNAL):
            raise
        return None
    return stored if stored.stems else None


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
    _, rate = await asyncio.to_thread(located, service, mixture)
    layer = SourceLayer(id="mixture", role="separation", request={"asset": mixture.asset}, backend=model)
    receipt, stored = await _performed(service, layer, rate, progress)
    source = receipt.sources[0]
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


async def _performed(
    service: Service, layer: SourceLayer, rate: int, progress: Progress
) -> tuple[Receipt, StoredSource]:
    """A scene of this one layer, and what was stored of its source: beside its sound, its stems."""
    kernel = service.kernel
    rate = min(max(rate, 8_000), 192_000)
    plan = await kernel.plan(Scene(layers=(layer,), rate=rate, master=Master(mode="none"), reuse=True))
    async with kernel.perform(plan) as performance:
        done = 0
        async for block in performance.blocks():
            done += block.duration_ms
            await progress(done, max(done, plan.estimated_ms))
    receipt = performance.receipt
    assert receipt is not None  # noqa: S101 - complete once the blocks are
    stored = await kernel.stored_source(receipt.sources[0].signature)
    if stored is None:
        message = "The stems were made, and had to give way before they could be fetched."
        hint = "`cache_bytes` in the configuration sets how much is kept."
        raise Problem(Kind.UNAVAILABLE, "stems_not_kept", message, hint=hint, retry_after=5)
    return receipt, stored
