"""A mixture apart: as it was composed here, or separated."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import ValidationError

from mixdown_api.music.mixtures import located
from mixdown_api.music.stems_schemas import DEFAULT_STEMS, EXACT
from mixdown_api.scenes.kept import KeptRender, Piece
from mixdown_api.scenes.rendering import Progress, no_progress
from mixdown_api.service import Service
from mixdown_kernel import (
    Audio,
    Kind,
    Master,
    MusicRequest,
    Plan,
    Priority,
    Problem,
    Receipt,
    Samples,
    Scene,
    SourceLayer,
    SourceReceipt,
    SourceSpec,
)
from mixdown_kernel.cache import StoredSource
from mixdown_kernel.pcm import PcmFile
from mixdown_kernel.signatures import source_signature

LIMITED = {"code": "limited", "message": "the render's peaks were limited, its stems are as they went in"}
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


async def composed(service: Service, kept: KeptRender) -> Apart | None:
    """The stems as they were composed, where a render of ours is one piece and nothing but that piece. It is played
    again if its stems are not kept. Hold a slot."""
    piece = next(iter(kept.pieces.values()), None)
    if piece is None or piece.gain is None:
        return None
    receipt = kept.receipt
    stored = await played_apart(service, piece, receipt.sources[0])
    if stored is None or stored.frames * receipt.rate != receipt.frames * stored.rate:
        return None
    parts: dict[str, tuple[PcmFile, ...]] = {name: (stored.stem(name),) for name in stored.stems}
    rest = [name for name in stored.stems if name not in DEFAULT_STEMS]
    parts |= {name: () for name in DEFAULT_STEMS if name not in parts}
    parts["other"] += tuple(stored.stem(name) for name in rest)
    return Apart(
        EXACT,
        parts,
        stored.rate,
        stored.channels,
        stored.frames,
        receipt,
        piece.gain,
        cached=True,
        notices=limited(receipt),
    )


def limited(receipt: Receipt) -> tuple[dict[str, Any], ...]:
    """What is said of stems that sum to more than what is heard."""
    return (LIMITED,) if receipt.loudness is not None and receipt.loudness.limited else ()


async def kept_render(service: Service, render: str) -> KeptRender | None:
    """What is known of a render of ours; None where it is a file of another kind, a stem say."""
    file = await service.renders.find(render)
    document = None if file is None else await service.renders.document(file)
    try:
        return None if document is None else KeptRender.model_validate_json(document)
    except ValidationError:  # of an earlier version
        return None


async def played_apart(service: Service, piece: Piece, source: SourceReceipt) -> StoredSource | None:
    """The piece with its stems; None where its backend has none, or would no longer play the same."""
    kernel = service.kernel
    stored = await kernel.stored_source(source.signature)
    if stored is not None and stored.stems:
        return stored
    try:
        running = kernel.backends.named("music", piece.backend)
        spec = SourceSpec("music", running.name, MusicRequest.model_validate(piece.request))
        is_same = running.offer.backend.deterministic and source_signature(spec, running) == source.signature
        if not is_same:
            return None
        request = {**piece.request, "stems": True}
        layer = SourceLayer(id="piece", role="music", backend=running.name, request=request)
        return (await _performed(service, await _planned(service, layer, source.rate or 48_000)))[1]
    except Problem as problem:
        if problem.kind in (Kind.UNSUPPORTED, Kind.NOT_FOUND, Kind.INVALID, Kind.UNAVAILABLE):
            return None
        raise


async def separation(service: Service, asset: str, model: str | None) -> Plan:
    """By the first separation backend that can, or by ``model``."""
    _, rate = await asyncio.to_thread(located, service, asset)
    layer = SourceLayer(id="mixture", role="separation", request={"asset": asset}, backend=model)
    return await _planned(service, layer, rate)


async def separated(
    service: Service, plan: Plan, progress: Progress, priority: Priority = Priority.STANDARD
) -> Apart:
    """What comes of a `separation`. Hold a slot."""
    receipt, stored = await _performed(service, plan, progress, priority)
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


async def _planned(service: Service, layer: SourceLayer, rate: int) -> Plan:
    """A scene of this one layer."""
    rate = min(max(rate, 8_000), 192_000)
    return await service.kernel.plan(
        Scene(layers=(layer,), rate=rate, master=Master(mode="none"), reuse=True)
    )


async def _performed(
    service: Service,
    plan: Plan,
    progress: Progress = no_progress,
    priority: Priority = Priority.STANDARD,
) -> tuple[Receipt, StoredSource]:
    """A scene of one layer, and what was stored of its source: beside its sound, its stems."""
    kernel = service.kernel
    async with kernel.perform(plan, priority=priority) as performance:
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
