from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mixdown_kernel import (
    Audio,
    Chunk,
    Context,
    Phonemizer,
    PluginSettings,
    SpeechRequest,
    SynthesisBackend,
    Voice,
    Word,
)
from mixdown_kernel.testing import opening
from mixdown_tts_espeak import phonemes_backends
from mixdown_tts_onnx import backend as backend_of
from mixdown_tts_onnx.engine import Engine, Options, Piece
from mixdown_tts_onnx.family import Family, Model
from mixdown_tts_onnx.kokoro import engine as kokoro_engine
from mixdown_tts_onnx.kokoro.family import Kokoro
from mixdown_tts_onnx.kokoro.vocabulary import VOCABULARY
from mixdown_tts_onnx.piper import engine as piper_engine
from mixdown_tts_onnx.piper.family import Piper
from mixdown_tts_onnx.settings import ModelSettings
from mixdown_tts_onnx.speech import _check_parameters

from .graphs import SPEAKERS, Snippets, kokoro_graph, kokoro_voices, piper_graph

ENGINES: Mapping[str, Callable[[Path, Options], Engine]] = {
    "kokoro": kokoro_engine.load,
    "piper": piper_engine.load,
}
VOICES = ("af_bella", "af_heart", "af_sky", "am_adam", "bf_emma", "ff_siwis", "zf_xiaobei")
HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def snippets(tmp_path_factory: pytest.TempPathFactory) -> Snippets:
    target = tmp_path_factory.mktemp("snippets") / "snippets.npz"
    root = HERE.parents[3]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    subprocess.run([sys.executable, HERE / "espeak_snippets.py", target], check=True, env=environment)
    with np.load(target) as archive:
        return {chr(int(name[1:], 16)): archive[name] for name in archive.files}


@pytest.fixture(scope="session")
def kokoro_dir(tmp_path_factory: pytest.TempPathFactory, snippets: Snippets) -> Path:
    """As kokoro-onnx publishes v1.0."""
    return kokoro_model(tmp_path_factory.mktemp("kokoro"), snippets, "v1.0")


@pytest.fixture(scope="session")
def timed_dir(tmp_path_factory: pytest.TempPathFactory, snippets: Snippets) -> Path:
    """As v1.1: with durations."""
    return kokoro_model(tmp_path_factory.mktemp("kokoro-timed"), snippets, "v1.1")


@pytest.fixture(scope="session")
def community_dir(tmp_path_factory: pytest.TempPathFactory, snippets: Snippets) -> Path:
    """As onnx-community publishes it: the graph in a folder, a bare file for each voice."""
    directory = tmp_path_factory.mktemp("kokoro-community")
    kokoro_graph(directory / "onnx" / "model.onnx", snippets, VOCABULARY, "community")
    (directory / "voices").mkdir()
    for name, style in kokoro_voices(VOICES).items():
        style.tofile(directory / "voices" / f"{name}.bin")
    return directory


def kokoro_model(directory: Path, snippets: Snippets, export: Any, **options: Any) -> Path:
    kokoro_graph(directory / "kokoro.onnx", snippets, VOCABULARY, export, **options)
    with (directory / "voices-v1.0.bin").open("wb") as file:
        np.savez(file, **kokoro_voices(VOICES))  # type: ignore[arg-type]
    return directory


@pytest.fixture(scope="session")
def piper_dir(tmp_path_factory: pytest.TempPathFactory, snippets: Snippets) -> Path:
    """Three voices: one speaker, three speakers, and one with alignments."""
    directory = tmp_path_factory.mktemp("piper")
    ids = piper_ids()
    piper_graph(directory / "en_US-lessac-low.onnx", snippets, ids)
    piper_graph(
        directory / "en_GB-vctk-low.onnx", snippets, ids, speakers=SPEAKERS, default_speaker_id=1,
        espeak={"voice": "en-gb-x-rp"},
    )  # fmt: skip
    piper_graph(directory / "en_US-timed-low.onnx", snippets, ids, aligned=True)
    return directory


def piper_ids() -> Mapping[str, Sequence[int]]:
    from piper.phoneme_ids import (
        DEFAULT_PHONEME_ID_MAP,  # takes a second, and fresh processes import this file too
    )

    ids: Mapping[str, Sequence[int]] = DEFAULT_PHONEME_ID_MAP
    return ids


@pytest.fixture
async def phonemizer(tmp_path: Path) -> AsyncIterator[Phonemizer]:
    (backend,) = phonemes_backends()
    async with opening.opened(backend, folder=tmp_path / "phonemes") as opened:
        yield opened


@pytest.fixture
def context(tmp_path: Path, phonemizer: Phonemizer) -> Context:
    return opening.context(tmp_path, others={"phonemes": phonemizer})


@pytest.fixture(scope="session")
def kokoro() -> Kokoro:
    return Kokoro()


@pytest.fixture(scope="session")
def piper() -> Piper:
    return Piper()


class Direct:
    """The role ``synthesis`` with both halves of a family in one process: processes are tested elsewhere, at length."""

    def __init__(self, family: Family, directory: Path, context: Context) -> None:
        options = Options(cache_dir=context.data_dir)
        self._speaker = Speaker(family, directory, ENGINES[family.name](directory, options), context)

    async def voices(self) -> Sequence[Voice]:
        return self._speaker.model.card.voices

    def resolve_voice(self, name: str) -> Voice | None:
        return self._speaker.family.resolve(name, self._speaker.model.card)

    async def render(self, request: SpeechRequest) -> AsyncIterator[Chunk]:
        _check_parameters(self._speaker.family, request)
        utterance = await self._speaker.prepare(
            **request.model_dump(exclude={"pronunciations"}), pronunciations=request.pronunciations
        )
        for piece in self._speaker.engine.speak(utterance) if utterance else ():
            yield Chunk(
                Audio(piece.samples[:, np.newaxis], piece.rate), tuple(Word(*word) for word in piece.words)
            )


class DirectSettings(PluginSettings):
    directory: Path


def direct(family: Family) -> SynthesisBackend:
    return replace(backend_of(family), open=partial(open_direct, family), settings=DirectSettings)


@asynccontextmanager
async def open_direct(family: Family, settings: DirectSettings, context: Context) -> AsyncIterator[Direct]:
    yield Direct(family, settings.directory, context)


class Speaker:
    """Both halves of a family, to be asked directly."""

    def __init__(self, family: Family, directory: Path, engine: Engine, context: Context) -> None:
        self.family = family
        self.model = Model(directory.name, directory, family.inspect(directory), ModelSettings())
        self.engine = engine
        self._context = context

    def voice(self, request: SpeechRequest) -> Voice:
        return self.family.choose(request, self.model.card)

    async def prepare(self, text: str, **members: Any) -> Any:
        request = SpeechRequest(text=text, **members)
        return await self.family.prepare(request, self.voice(request), self.model, self._context)

    async def pieces(self, text: str, **members: Any) -> list[Piece]:
        utterance = await self.prepare(text, **members)
        return list(self.engine.speak(utterance)) if utterance else []

    async def __call__(self, text: str, **members: Any) -> np.ndarray[Any, Any]:
        return np.concatenate([piece.samples for piece in await self.pieces(text, **members)])

    async def words(self, text: str, **members: Any) -> list[tuple[str, int, int]]:
        """Each word, with the frames at which it begins and ends."""
        pieces = await self.pieces(text, **members)
        return [(text[w[0] : w[1]], w[2], w[3]) for piece in pieces for w in piece.words]


@pytest.fixture
def speaker(context: Context, kokoro: Kokoro, piper: Piper) -> Callable[[Path], Speaker]:
    options = Options(cache_dir=context.data_dir)

    def made(directory: Path) -> Speaker:
        family: Family = kokoro if kokoro.recognises(directory) else piper
        return Speaker(family, directory, ENGINES[family.name](directory, options), context)

    return made
