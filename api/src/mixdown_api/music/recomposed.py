"""A scene of ours apart: performed again with each piece of its music in stems, so that every share of the mix is known.

The voices are the vocals; what is neither voice nor drums nor bass is ``other``.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from mixdown_api.music.apart import Apart, limited, played_apart
from mixdown_api.music.stems_schemas import DEFAULT_STEMS, EXACT
from mixdown_api.scenes.kept import KeptRender
from mixdown_api.scenes.rendering import Progress
from mixdown_api.service import Service
from mixdown_kernel import Audio, Kind, Plan, Priority, Problem, Receipt, SourceLayer, VoiceLayer
from mixdown_kernel.assets import SILENCE
from mixdown_kernel.cache import StoredSource
from mixdown_kernel.pcm import PcmFile
from mixdown_kernel.scene import Layer

CANNOT = (Kind.UNSUPPORTED, Kind.NOT_FOUND, Kind.INVALID, Kind.UNAVAILABLE, Kind.TOO_LARGE)
"""Kinds of problem by which it cannot be performed again; whatever else goes wrong is told."""


def is_ours(kept: KeptRender) -> bool:
    """Nothing in the scene was recorded elsewhere: that would have to be separated."""
    return kept.scene is not None and not any(
        isinstance(layer, SourceLayer)
        and layer.role == "clip"
        and not str(layer.request.get("asset", "")).startswith(SILENCE)
        for layer in kept.scene.layers
    )


@dataclass(frozen=True)
class _Recomposition:
    """A plan in which each piece is a layer for each of its stems; ``stems`` says what each layer belongs to."""

    plan: Plan
    stems: Mapping[str, str]


@asynccontextmanager
async def recomposed(
    service: Service, kept: KeptRender, progress: Progress, priority: Priority = Priority.STANDARD
) -> AsyncIterator[Apart | None]:
    """The stems, as long as the block lasts. None where the scene would no longer sound the same, a music backend makes
    no stems, or there is no room for them. Hold a slot."""
    async with AsyncExitStack() as stack:
        try:
            apart = await _performed(stack, service, kept, progress, priority)
        except Problem as problem:
            if problem.kind not in CANNOT:
                raise
            apart = None
        yield apart


async def _performed(
    stack: AsyncExitStack, service: Service, kept: KeptRender, progress: Progress, priority: Priority
) -> Apart | None:
    made = await _planned(service, kept)
    if made is None:
        return None
    performance = await stack.enter_async_context(
        service.kernel.perform(made.plan, parts=True, priority=priority)
    )
    done = 0
    async for block in performance.blocks():
        done += block.duration_ms
        await progress(done, max(done, made.plan.estimated_ms))
    assert performance.receipt is not None  # noqa: S101 - complete once the blocks are
    if performance.frames != kept.receipt.frames or not _is_same(service, performance.receipt, kept):
        return None
    parts: dict[str, list[PcmFile]] = {name: [] for name in DEFAULT_STEMS}
    for layer, stem in made.stems.items():
        parts[stem].append(performance.part(layer))
    scene = made.plan.scene
    return Apart(
        EXACT,
        parts,
        scene.rate,
        scene.channels,
        performance.frames,
        kept.receipt,
        kept.gain,
        cached=all(source.cached for source in performance.receipt.sources),
        notices=limited(kept.receipt),
    )


async def _planned(service: Service, kept: KeptRender) -> _Recomposition | None:
    assert kept.scene is not None  # noqa: S101 - asked for by `is_ours` before
    sources = {source.layer: source for source in kept.receipt.sources}
    layers: list[Layer] = []
    stems: dict[str, str] = {}
    first: dict[str, str] = {}
    for place, layer in enumerate(kept.scene.layers):
        if (piece := kept.pieces.get(layer.id)) is None:
            source = sources.get(layer.id)
            layers.append(layer.model_copy(update={"backend": source.backend if source else layer.backend}))
            stems[layer.id] = "vocals" if isinstance(layer, VoiceLayer) else "other"
            continue
        stored = await played_apart(service, piece, sources[layer.id])
        if stored is None:
            return None
        for name in stored.stems:
            part = await _as_clip(service, layer, f"{place}-{name}", stored, name)
            layers.append(part)
            stems[part.id] = name if name in DEFAULT_STEMS else "other"
            first.setdefault(layer.id, part.id)
    following = [
        layer.model_copy(update={"after": first.get(layer.after or "", layer.after)}) for layer in layers
    ]
    scene = kept.scene.model_copy(update={"layers": tuple(following)})
    return _Recomposition(await service.kernel.plan(scene), stems)


async def _as_clip(service: Service, layer: Layer, id_: str, stored: StoredSource, stem: str) -> SourceLayer:
    """One stem of a piece, in its place. A piece that was made to the scene's length must not decide about it: a loop
    does not, and with a second of silence behind it it does not begin again."""
    endless = layer.duration_ms is None and "duration_ms" not in getattr(layer, "request", {})

    async def blocks() -> AsyncIterator[Audio]:
        read = stored.stem(stem).blocks(stored.rate)
        while (block := await asyncio.to_thread(next, read, None)) is not None:
            yield Audio(block, stored.rate)
        if endless:
            yield Audio.silence(stored.rate, stored.rate, stored.channels)

    asset = await service.kernel.assets.add(blocks())
    placed = layer.model_dump(exclude={"id", "type", "role", "request", "loop", "backend"})
    return SourceLayer(**placed, id=id_, role="clip", request={"asset": asset}, loop=endless)


def _is_same(service: Service, receipt: Receipt, kept: KeptRender) -> bool:
    """What is not music was made of the same sources, by backends that make the same of them again, or kept it."""
    layers = {layer.id for layer in kept.scene.layers} - kept.pieces.keys() if kept.scene else set()
    backends = service.kernel.backends
    again = [source for source in receipt.sources if source.layer in layers]
    then = {source.signature for source in kept.receipt.sources if source.layer in layers}
    return {source.signature for source in again} == then and all(
        source.cached or backends.named(source.role, source.backend).offer.backend.deterministic
        for source in again
    )
