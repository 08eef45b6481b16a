"""A voice that works, to see that the rest serves on: half a second of 440 Hz."""

from contextlib import asynccontextmanager

import numpy as np

from mixdown_kernel import Audio, Chunk, SynthesisBackend, Voice, hookimpl


class Good:
    async def voices(self):
        return [Voice("good", "Good", "en")]

    async def render(self, request):
        wave = 0.5 * np.sin(2 * np.pi * 440 * np.arange(12_000) / 24_000)
        yield Chunk(Audio(wave[:, None].astype(np.float32), 24_000))


@asynccontextmanager
async def open_good(settings, context):
    yield Good()


@hookimpl
def synthesis_backends():
    return [SynthesisBackend(name="good", open=open_good)]
