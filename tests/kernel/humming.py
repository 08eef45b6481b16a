"""Sound in which a click has nowhere to hide: a voice that hums and pads that begin in the middle of their wave."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import numpy as np

from mixdown_kernel import (
    Audio,
    Backend,
    Chunk,
    Context,
    PluginSettings,
    Role,
    Samples,
    SourceRequest,
    SpeechRequest,
    SynthesisBackend,
    Voice,
    hookimpl,
)

VOICE_RATE, PAD_RATE = 24_000, 44_100


def hum(text: str) -> Samples:
    """A tone of six harmonics, 60 ms a letter, its pitch by the text; it swells and dies away as speech does."""
    frames = 60 * len(text) * VOICE_RATE // 1000
    hertz = 110 * 2 ** (zlib.crc32(text.encode()) % 12 / 12)
    phase = 2 * np.pi * hertz * np.arange(frames) / VOICE_RATE
    tone = sum(np.sin(number * phase) / number**2 for number in range(1, 7))
    edge = min(frames // 2, VOICE_RATE // 33)
    ramp = 0.5 - 0.5 * np.cos(np.pi * np.arange(edge) / edge)
    envelope = np.ones(frames)
    envelope[:edge] *= ramp
    envelope[frames - edge :] *= ramp[::-1]
    return (0.25 * tone * envelope).astype(np.float32)[:, None]


class PadRequest(SourceRequest):
    frames: int = PAD_RATE
    hertz: float = 220.0


class Humming:
    """One plugin: a voice without a speed of its own, so that the road stretches it, and the role ``pad``."""

    @hookimpl
    def synthesis_backends(self) -> list[SynthesisBackend]:
        return [SynthesisBackend(name="hum", open=self.open, speed_range=(1.0, 1.0))]

    @hookimpl
    def roles(self) -> list[object]:
        return [Role("pad", Pad, PadRequest, cost="light")]

    @hookimpl(optionalhook=True)
    def pad_backends(self) -> list[Backend[Pad]]:
        return [Backend(name="strings", open=open_pad)]

    @asynccontextmanager
    async def open(self, _settings: PluginSettings, _context: Context) -> AsyncIterator[Humming]:
        yield self

    async def voices(self) -> Sequence[Voice]:
        return [Voice("hum", "Hum", "en")]

    async def render(self, request: SpeechRequest) -> AsyncIterator[Chunk]:
        yield Chunk(Audio(hum(request.text), VOICE_RATE))


class Pad:
    """A stereo chord of whole cycles: its end meets its beginning, and neither is at zero."""

    async def render(self, request: PadRequest) -> AsyncIterator[Chunk]:
        cycle = np.arange(request.frames) / request.frames
        seconds = request.frames / PAD_RATE
        sides = []
        for side in (0.3, 1.1):
            tones = [
                np.cos(2 * np.pi * round(request.hertz * step * seconds) * cycle + side * step)
                for step in (1.0, 1.25, 1.5, 2.0)
            ]
            sides.append(0.1 * sum(tones))
        for part in np.array_split(np.stack(sides, axis=1).astype(np.float32), 5):
            yield Chunk(Audio(part, PAD_RATE))


@asynccontextmanager
async def open_pad(_settings: PluginSettings, _context: Context) -> AsyncIterator[Pad]:
    yield Pad()
