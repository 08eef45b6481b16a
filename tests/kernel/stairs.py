"""A voice whose every sample is known: each letter is a step of 720 frames (30 ms), as high as its code is large."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import numpy as np

from mixdown_kernel import (
    Audio,
    Backend,
    Chunk,
    Context,
    PluginSettings,
    SourceRequest,
    SpeechRequest,
    SynthesisBackend,
    Voice,
    Word,
    hookimpl,
)

RATE = 24_000
EDGE = RATE * 5 // 1000
"""What a mix ramps where a source was cut: its last frames are not compared."""
STEP = 720


def spoken(text: str) -> np.ndarray:
    """What the voice makes of a text, shape (frames, 1)."""
    heights = np.array([ord(letter) / 1024 for letter in text], np.float32)
    return np.repeat(heights, STEP)[:, None]


class Stairs:
    """A plugin and its backend in one object.

    Args:
        fail_at: the utterance (counted from 0) whose render raises, over and over.
        fail_times: how many renders raise before they succeed.
        short_times: how many renders lose all but the first letter.
        pieces: chunks an utterance comes in.
    """

    def __init__(
        self,
        name: str = "stairs",
        *,
        fail_at: str | None = None,
        fail_times: int = 0,
        short_times: int = 0,
        pieces: int = 1,
        streaming: bool = False,
        aliases: tuple[str, ...] = ("alloy",),
        honours: frozenset[str] = frozenset(),
        seeded: bool = False,
    ) -> None:
        self.name = name
        self.fail_at = fail_at
        self.fail_times = fail_times
        self.short_times = short_times
        self.pieces = pieces
        self.streaming = streaming
        self.aliases = aliases
        self.honours = honours
        self.seeded = seeded
        self.requests: list[SpeechRequest] = []
        self.running = 0
        self.closed = 0

    @hookimpl
    def synthesis_backends(self) -> list[SynthesisBackend]:
        return [
            SynthesisBackend(
                name=self.name,
                open=self.open,
                streaming=self.streaming,
                honours=self.honours,
                seeded=self.seeded,
                speed_range=(1.0, 1.0),
            )
        ]

    @asynccontextmanager
    async def open(self, _settings: PluginSettings, _context: Context) -> AsyncIterator[Stairs]:
        yield self

    async def voices(self) -> Sequence[Voice]:
        return [
            Voice(f"{self.name}-low", "Low", "en", aliases=self.aliases),
            Voice(f"{self.name}-high", "High", "en"),
        ]

    async def render(self, request: SpeechRequest) -> AsyncIterator[Chunk]:
        self.requests.append(request)
        self.running += 1
        try:
            await asyncio.sleep(0)
            if request.text == self.fail_at or self.fail_times > 0:
                self.fail_times -= 1
                raise OSError("the line dropped")
            text = request.text
            if self.short_times > 0:
                self.short_times -= 1
                text = text[:1]
            samples = spoken(text)
            for number, part in enumerate(np.array_split(samples, self.pieces)):
                yield Chunk(Audio(part, RATE), words(text) if number == 0 else ())
                await asyncio.sleep(0)
        finally:
            self.running -= 1
            self.closed += 1


def words(text: str) -> tuple[Word, ...]:
    found, start = [], 0
    for word in text.split():
        start = text.index(word, start)
        end = start + len(word)
        found.append(Word(start, end, start * STEP, end * STEP))
        start = end
    return tuple(found)


class DripRequest(SourceRequest):
    frames: int = 1000


class Drip:
    """A source role of a plugin's own, and its one backend: a ramp whose samples count themselves."""

    def __init__(self) -> None:
        self.renders = 0

    @hookimpl
    def roles(self) -> list[object]:
        from mixdown_kernel import Role

        return [Role("drip", Drip, DripRequest, cost="light")]

    @hookimpl(optionalhook=True)
    def drip_backends(self) -> list[Backend[Drip]]:
        return [Backend(name="tap", open=self.open)]

    @asynccontextmanager
    async def open(self, _settings: PluginSettings, _context: Context) -> AsyncIterator[Drip]:
        yield self

    async def render(self, request: DripRequest) -> AsyncIterator[Chunk]:
        self.renders += 1
        ramp = np.arange(request.frames, dtype=np.float32)[:, None] / 65_536
        for part in np.array_split(ramp, 3):
            yield Chunk(Audio(part, RATE))
