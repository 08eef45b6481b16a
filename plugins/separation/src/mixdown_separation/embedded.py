"""The backend ``two-stage``: any length in the memory of a few seconds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from mixdown_kernel import Audio, Chunk, SeparationRequest, invalid
from mixdown_kernel.assets import locate
from mixdown_separation.network import Network
from mixdown_separation.stretches import Stretch, stretches, with_rest
from mixdown_separation.two_stage import CONTEXT, GRID, STEMS, TwoStage

FRAMES = 4 << 17
"""Of a stretch at 48 kHz, a whole number of every hop, so that stretches share their columns."""


class Embedded:
    """Meets `Separator`."""

    def __init__(self, assets: Path) -> None:
        self._assets = assets
        self._network = Network.load()

    def stems(self) -> Sequence[str]:
        return STEMS

    async def render(self, request: SeparationRequest) -> AsyncIterator[Chunk]:
        if request.parameters:
            raise invalid("unknown_parameter", "two-stage has no parameters", field="parameters", allowed=[])
        file, rate = await asyncio.to_thread(locate, self._assets, request.asset)
        method = TwoStage(rate, self._network)
        pieces = stretches(file, *(int(frames * method.scale) for frames in (FRAMES, CONTEXT, GRID)))
        while (stretch := await asyncio.to_thread(next, pieces, None)) is not None:
            yield await asyncio.to_thread(_chunk, method, stretch, rate)


def _chunk(method: TwoStage, stretch: Stretch, rate: int) -> Chunk:
    own = slice(stretch.context, stretch.context + stretch.frames)
    found = method.separate(stretch.around.T)
    stems = with_rest(stretch.own, {name: found[name].T[own] for name in STEMS if name != "other"})
    return Chunk(Audio(stretch.own, rate), stems={name: Audio(stems[name], rate) for name in STEMS})
