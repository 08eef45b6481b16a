"""What only one voice's backend knows reaches it, on every surface, and is refused where nobody knows it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mixdown_kernel import (
    Audio,
    Chunk,
    Context,
    PluginSettings,
    SpeechRequest,
    SynthesisBackend,
    Voice,
    hookimpl,
    invalid,
)

from ..application import Application, application


class Moody:
    """A voice that knows a temperature. ``heard`` are those it was asked for."""

    def __init__(self) -> None:
        self.heard: list[Any] = []

    @hookimpl
    def synthesis_backends(self) -> list[SynthesisBackend]:
        return [SynthesisBackend(name="moody", open=self.open)]

    @asynccontextmanager
    async def open(self, _settings: PluginSettings, _context: Context) -> AsyncIterator[Moody]:
        yield self

    async def voices(self) -> Sequence[Voice]:
        return [Voice("mood", "Mood", "en")]

    def check(self, request: SpeechRequest) -> None:
        if unknown := set(request.parameters) - {"temperature"}:
            name = min(unknown)
            raise invalid("unknown_parameter", "It has a temperature.", field=f"parameters.{name}")

    async def render(self, request: SpeechRequest) -> AsyncIterator[Chunk]:
        self.heard.append(request.parameters.get("temperature"))
        yield Chunk(Audio(np.full((24_000, 1), 0.1, np.float32), 24_000))


@pytest.fixture
def moody() -> Moody:
    return Moody()


@pytest.fixture
async def app(tmp_path: Path, moody: Moody) -> AsyncIterator[Application]:
    config = {"backends": {"synthesis": ["moody"]}}
    async with application(tmp_path, plugins=[moody], config=config) as found:
        yield found


def bodies(parameters: dict[str, Any]) -> dict[str, dict[str, Any]]:
    layer = {"type": "voice", "text": "Hello there.", "parameters": parameters}
    return {
        "/v1/audio/speech": {
            "model": "tts-1",
            "input": "Hello there.",
            "voice": "mood",
            "parameters": parameters,
        },
        "/v1/audio/generate": {"text": "Hello there.", "parameters": parameters},
        "/v1/audio/layers": {"layers": [layer]},
    }


@pytest.mark.parametrize("path", bodies({}))
async def test_they_reach_the_voice(app: Application, moody: Moody, path: str) -> None:
    answer = await app.http.post(path, json=bodies({"temperature": 0.7})[path])
    assert answer.status_code == 200, answer.text
    assert moody.heard == [0.7]


@pytest.mark.parametrize("path", bodies({}))
@pytest.mark.parametrize(
    "parameters", [{"tempo": 3}, {"reference": "asset:" + 64 * "0"}, {"deep": [{"x": "asset:1"}]}]
)
async def test_what_nobody_knows_and_what_is_kept_here_is_refused(
    app: Application, moody: Moody, path: str, parameters: dict[str, Any]
) -> None:
    answer = await app.http.post(path, json=bodies(parameters)[path])
    assert answer.status_code in (400, 422), answer.text
    assert "parameters" in answer.text
    assert moody.heard == []
