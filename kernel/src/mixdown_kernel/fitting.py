"""A source brought to the scene's rate while it is being made."""

from __future__ import annotations

import asyncio

import numpy as np

from mixdown_kernel.audio import Audio, Samples, with_channels
from mixdown_kernel.contracts import MixingBackend, Resampler
from mixdown_kernel.lifecycle import Backends


class Fitting:
    """Resamples a stream whose rate is known with its first block; equal rates pass without a copy.

    One fitting serves all cycles of a loop, so that a seam stays as smooth as the source made it.
    """

    def __init__(self, backends: Backends, rate: int, channels: int | None = None) -> None:
        self._backends = backends
        self._rate = rate
        self._channels = channels
        self._resampler: Resampler | None = None

    async def process(self, audio: Audio) -> Samples:
        samples = audio.samples if self._channels is None else with_channels(audio.samples, self._channels)
        if audio.rate == self._rate:
            return samples
        if self._resampler is None:
            mixing: MixingBackend = self._backends.first("mixing").instance
            self._resampler = mixing.resampler(audio.rate, self._rate, samples.shape[1])
        return await asyncio.to_thread(self._resampler.process, samples)

    async def flush(self) -> Samples:
        if self._resampler is None:
            return np.zeros((0, self._channels or 1), np.float32)
        return await asyncio.to_thread(self._resampler.flush)
