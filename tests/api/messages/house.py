"""The application with a voice whose calls are counted and whose samples are known."""

from __future__ import annotations

import asyncio
import io
import wave
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pytest_asyncio

from mixdown_api.messages.surface import Messages
from mixdown_kernel import (
    Audio,
    Chunk,
    Context,
    Kind,
    PluginSettings,
    Problem,
    SpeechRequest,
    SynthesisBackend,
    Voice,
    hookimpl,
    invalid,
)

from ..application import Application, application

RATE = 48_000
LETTER = 1200
"""Frames that a letter takes: 25 ms, as quick as a voice may speak that loses no words."""


class Clerk:
    """A plugin and its voice: each letter is a step as high as its code is large. ``spoken`` are the calls.

    ``gate`` holds renders back until it is set; ``failures`` is how many of the next ones fail, ``busy`` how many are told
    to come back; ``refusal`` is what all are told.
    """

    def __init__(self, name: str = "clerk") -> None:
        self.name = name
        self.spoken: list[SpeechRequest] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.failures = 0
        self.busy = 0
        self.refusal: Problem | None = None

    @hookimpl
    def synthesis_backends(self) -> list[SynthesisBackend]:
        return [SynthesisBackend(name=self.name, open=self.open, speed_range=(0.5, 2.0))]

    @asynccontextmanager
    async def open(self, _settings: PluginSettings, _context: Context) -> AsyncIterator[Clerk]:
        yield self

    async def voices(self) -> Sequence[Voice]:
        return [Voice(f"{self.name}-one", "One", "en"), Voice(f"{self.name}-two", "Two", "en")]

    def check(self, request: SpeechRequest) -> None:
        if request.parameters:
            name = next(iter(request.parameters))
            raise invalid("unknown_parameter", "this voice has none", field=f"parameters.{name}")

    async def render(self, request: SpeechRequest) -> AsyncIterator[Chunk]:
        self.spoken.append(request)
        await self.gate.wait()
        if self.refusal is not None:
            raise self.refusal
        if self.busy:
            self.busy -= 1
            raise Problem(Kind.RATE_LIMITED, "busy", "Too many at once.", retry_after=0.01)
        if self.failures:
            self.failures -= 1
            raise OSError("the line dropped")
        yield Chunk(Audio(steps(request.text, request.voice, request.speed), RATE))


def steps(text: str, voice: str = "clerk-one", speed: float = 1.0) -> np.ndarray:
    """What the voice makes of a text: 16-bit values, so that a WAV holds them exactly."""
    sign = -1 if voice.endswith("two") else 1
    heights = [sign * (1024 + ord(letter) % 8192) / 32768 for letter in text]
    return np.repeat(np.array(heights, np.float32), round(LETTER / speed))[:, None]


class House(Application):
    """``http`` speaks to it, ``clerk`` for it."""

    clerk: Clerk

    @property
    def messages(self) -> Messages:
        messages: Messages = self.app.state.messages
        return messages

    async def post(self, path: str, status: int = 200, **body: Any) -> dict[str, Any]:
        answer = await self.http.post(path, json=body)
        assert answer.status_code == status, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def get(self, path: str, status: int = 200, **query: Any) -> dict[str, Any]:
        answer = await self.http.get(path, params=query)
        assert answer.status_code == status, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def samples(self, url: str) -> np.ndarray:
        """What a WAV holds, as 16-bit integers."""
        answer = await self.fetch(url)
        assert answer.status_code == 200
        return pcm(answer.content)


def pcm(data: bytes) -> np.ndarray:
    with wave.open(io.BytesIO(data)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (RATE, 1, 2)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2")


@asynccontextmanager
async def house(
    folder: Path, *, clerk: Clerk | None = None, plugins: Sequence[object] = (), **settings: Any
) -> AsyncIterator[House]:
    """``config`` is the kernel's, ``settings`` the API's."""
    clerk = clerk or Clerk()
    config = {"backends": {"synthesis": [clerk.name]}, **settings.pop("config", {})}
    async with application(folder, plugins=[clerk, *plugins], config=config, **settings) as made:
        made.__class__ = House
        made.clerk = clerk  # type: ignore[attr-defined]
        yield made  # type: ignore[misc]


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def untouched(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """One for all tests of a module that leave it as it was, in the loop of the module."""
    async with house(tmp_path_factory.mktemp("untouched")) as made:
        yield made
