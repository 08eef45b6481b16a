"""A voice that speaks only as fast as a test lets it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import numpy as np

from mixdown_kernel import (
    Audio,
    Chunk,
    Context,
    PluginSettings,
    Samples,
    SpeechRequest,
    SynthesisBackend,
    Voice,
    hookimpl,
)

RATE = 24_000
DROP = RATE // 5


class Faucet:
    """Streams a tone in drops of 200 ms, one for each letter, each of whole periods; ``give`` lets so many fall."""

    def __init__(self, fails_after: int | None = None) -> None:
        self.given = 0
        self.open = 0
        self._fails_after = fails_after
        self._drops = asyncio.Semaphore(0)

    def give(self, drops: int) -> None:
        for _ in range(drops):
            self._drops.release()

    def all(self, drops: int) -> Samples:
        return (0.2 * np.sin(2 * np.pi * 200 * np.arange(drops * DROP) / RATE)).astype(np.float32)[:, None]

    @hookimpl
    def synthesis_backends(self) -> list[SynthesisBackend]:
        return [SynthesisBackend(name="faucet", open=self._opened, streaming=True, preference=-1)]

    @asynccontextmanager
    async def _opened(self, _settings: PluginSettings, _context: Context) -> AsyncIterator[Faucet]:
        yield self

    async def voices(self) -> Sequence[Voice]:
        return [Voice("drip", "Drip", "en")]

    async def render(self, request: SpeechRequest) -> AsyncIterator[Chunk]:
        self.open += 1
        try:
            for drop in range(len(request.text)):
                if drop == self._fails_after:
                    raise OSError("the pipe burst")
                await self._drops.acquire()
                self.given += 1
                yield Chunk(Audio(self.all(drop + 1)[drop * DROP :], RATE))
        finally:
            self.open -= 1
