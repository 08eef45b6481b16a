from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
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
    Word,
)
from mixdown_kernel.testing import opening
from mixdown_tts_onnx import backend as backend_of
from mixdown_tts_onnx.engine import Options, Piece
from mixdown_tts_onnx.errors import EngineError
from mixdown_tts_onnx.family import Model
from mixdown_tts_onnx.mixdown import engine
from mixdown_tts_onnx.mixdown.family import Mixdown, MixdownSettings
from mixdown_tts_onnx.runtime.process import problem_of
from mixdown_tts_onnx.speech import _check_parameters

from . import networks


@pytest.fixture(scope="session")
def voices_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both trained voices, with random weights: noises, in the rhythm of speech."""
    directory = tmp_path_factory.mktemp("mixdown")
    networks.write(directory / "rowan", networks.voice(1))
    networks.write(
        directory / "wren", networks.voice(2, rate=32_000, banded=False, mean_log_f0=5.2, gender="female")
    )
    return directory


class Speaker:
    """Both halves of the family in one process, to be asked directly."""

    def __init__(self, directory: Path, context: Context) -> None:
        self.family = Mixdown()
        self.model = Model(directory.name, directory, self.family.inspect(directory), MixdownSettings())
        self.engine = engine.load(directory, Options())
        self._context = context

    async def prepare(self, text: str, **members: Any) -> Any:
        request = SpeechRequest(text=text, **members)
        voice = self.family.choose(request, self.model.card)
        _check_parameters(self.family, request)
        self.family.check(request, voice, self.model)
        return await self.family.prepare(request, voice, self.model, self._context)

    async def pieces(self, text: str, **members: Any) -> list[Piece]:
        utterance = await self.prepare(text, **members)
        try:
            return list(self.engine.speak(utterance)) if utterance else []
        except EngineError as error:
            raise problem_of(error.members()) from error

    async def __call__(self, text: str, **members: Any) -> np.ndarray[Any, Any]:
        pieces = await self.pieces(text, **members)
        return np.concatenate([np.zeros(0, np.float32), *(piece.samples for piece in pieces)])

    async def words(self, text: str, **members: Any) -> list[tuple[str, int, int]]:
        """Each word, with the frames at which it begins and ends."""
        pieces = await self.pieces(text, **members)
        return [(text[word[0] : word[1]], word[2], word[3]) for piece in pieces for word in piece.words]


@pytest.fixture
def says(voices_dir: Path, tmp_path: Path) -> Speaker:
    return Speaker(voices_dir, opening.context(tmp_path))


class DirectSettings(PluginSettings):
    directory: Path


class Direct:
    """The role ``synthesis`` without a process: those are tested elsewhere, at length."""

    def __init__(self, speaker: Speaker) -> None:
        self._speaker = speaker

    async def voices(self) -> Sequence[Voice]:
        return self._speaker.model.card.voices

    async def render(self, request: SpeechRequest) -> AsyncIterator[Chunk]:
        members = request.model_dump(exclude={"pronunciations"})
        for piece in await self._speaker.pieces(**members, pronunciations=request.pronunciations):
            words = tuple(Word(*word) for word in piece.words)
            yield Chunk(Audio(piece.samples[:, np.newaxis], piece.rate), words)


def direct() -> SynthesisBackend:
    return replace(backend_of(Mixdown()), open=open_direct, settings=DirectSettings)


@asynccontextmanager
async def open_direct(settings: DirectSettings, context: Context) -> AsyncIterator[Direct]:
    yield Direct(Speaker(settings.directory, context))
