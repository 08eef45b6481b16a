"""The backend ``demucs``: a Hybrid Transformer Demucs (Rouard et al., ICASSP 2023) on ONNX Runtime."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

import numpy as np

from mixdown_kernel import (
    Audio,
    Chunk,
    MixingBackend,
    Resampler,
    Samples,
    SeparationRequest,
    invalid,
    with_channels,
)
from mixdown_kernel.assets import locate
from mixdown_kernel.pcm import PcmFile
from mixdown_separation.onnx_model import RATE, OnnxModel
from mixdown_separation.segments import overlapped
from mixdown_separation.stretches import with_rest

BLOCK = 1 << 16


class Demucs:
    """Meets `Separator`."""

    def __init__(self, model: OnnxModel, mixing: MixingBackend, assets: Path) -> None:
        self._model = model
        self._mixing = mixing
        self._assets = assets

    def stems(self) -> Sequence[str]:
        return self._model.stems

    def fingerprint(self) -> str:
        return self._model.sha256

    async def render(self, request: SeparationRequest) -> AsyncIterator[Chunk]:
        if request.parameters:
            raise invalid("unknown_parameter", "demucs has no parameters", field="parameters", allowed=[])
        file, rate = await asyncio.to_thread(locate, self._assets, request.asset)
        chunks = self._chunks(file, rate)
        while (chunk := await asyncio.to_thread(next, chunks, None)) is not None:
            yield chunk

    def _chunks(self, file: PcmFile, rate: int) -> Iterator[Chunk]:
        """The file, and beside it what the model makes of it at a rate of its own. Blocking."""
        stems = self._resampled(overlapped(self._model, self._heard(file, rate)), RATE, rate)
        start = 0
        for made in _padded(stems, file.frames):
            mixture = next(file.blocks(len(made), start))
            start += len(mixture)
            yield self._chunk(mixture, made, rate)

    def _heard(self, file: PcmFile, rate: int) -> Iterator[Samples]:
        return self._resampled((with_channels(block, 2) for block in file.blocks(BLOCK)), rate, RATE)

    def _resampled(self, blocks: Iterator[Samples], rate_in: int, rate_out: int) -> Iterator[Samples]:
        resampler: Resampler | None = None
        for block in blocks:
            resampler = resampler or self._mixing.resampler(rate_in, rate_out, block.shape[1])
            yield resampler.process(block)
        if resampler is not None:
            yield resampler.flush()

    def _chunk(self, mixture: Samples, made: Samples, rate: int) -> Chunk:
        apart = dict(zip(self.stems(), np.split(made, len(self.stems()), axis=1), strict=True))
        del apart["other"]
        fitted = {name: with_channels(stem, mixture.shape[1]) for name, stem in apart.items()}
        stems = with_rest(mixture, fitted)
        return Chunk(Audio(mixture, rate), stems={name: Audio(stems[name], rate) for name in self.stems()})


def _padded(blocks: Iterator[Samples], frames: int) -> Iterator[Samples]:
    """Just so many frames: there and back, resampling may gain or lose one."""
    left, channels = frames, 1
    for block in blocks:
        block, channels = block[:left], block.shape[1]
        left -= len(block)
        if len(block):
            yield block
    if left:
        yield np.zeros((left, channels), np.float32)
