from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from mixdown_tts_onnx.engine import Options
from mixdown_tts_onnx.s1_mini import model_files as files
from mixdown_tts_onnx.s1_mini.convert.conversion import convert_s1_mini
from mixdown_tts_onnx.s1_mini.engine import S1MiniEngine
from mixdown_tts_onnx.s1_mini.model_files import ModelFacts, read_facts
from mixdown_tts_onnx.s1_mini.prompt import Reference, text_tokens, voice_tokens
from mixdown_tts_onnx.s1_mini.sampling import History, Noise, Sampling
from mixdown_tts_onnx.s1_mini.shape import Shape
from mixdown_tts_onnx.s1_mini.tokenizer import Tokenizer
from mixdown_tts_onnx.s1_mini.transformers import Draw, FrameTransformer, SlowTransformer

from .checkpoints import CONFIG, write_checkpoint
from .oracle import Oracle


@dataclass(frozen=True)
class Checkpoint:
    directory: Path
    weights: dict[str, NDArray[np.float32]]


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Checkpoint:
    directory = tmp_path_factory.mktemp("s1") / "checkpoint"
    return Checkpoint(directory, write_checkpoint(directory))


@pytest.fixture(scope="session")
def converted(checkpoint: Checkpoint, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The model of a profile, converted once."""
    made: dict[str, Path] = {}

    def convert(profile: str) -> Path:
        if profile not in made:
            made[profile] = tmp_path_factory.mktemp("models") / profile
            convert_s1_mini(checkpoint.directory, made[profile], profile)
        return made[profile]

    return convert


class Loaded:
    """The transformers of a converted model, and what tests ask of them."""

    def __init__(self, directory: Path, rows: int = 4, capacity: int = 192) -> None:
        self.facts: ModelFacts = read_facts(directory)
        self.shape: Shape = self.facts.shape
        self.tokenizer = Tokenizer.read(directory, self.shape.codebook_size)
        self.slow = SlowTransformer(directory / files.SLOW, Options(), rows, capacity)
        self.frame = FrameTransformer(directory / files.FRAME, Options())

    def noise(self, stream: int, seed: int = 7) -> Noise:
        shape = self.shape
        return Noise(seed, stream, shape.codebook_size + 1, shape.codebooks - 1, shape.residual_codes)

    def draw(self, stream: int, sampling: Sampling | None = None) -> Draw:
        return Draw(sampling or Sampling(), self.noise(stream), History(self.shape.codebooks))

    def voice(self) -> NDArray[np.int64]:
        """A voice of nine frames."""
        rng = np.random.default_rng(5)
        codes = rng.integers(0, 1024, (9, self.shape.codebooks))
        return voice_tokens(self.tokenizer, [Reference("hello there", codes)], self.shape.codebooks)

    def text(self, text: str) -> NDArray[np.int64]:
        return text_tokens(self.tokenizer, text, self.shape.codebooks)


@pytest.fixture(scope="session")
def load(converted: Callable[[str], Path]) -> Callable[[str], Loaded]:
    return lambda profile: Loaded(converted(profile))


@pytest.fixture(scope="session")
def oracle(checkpoint: Checkpoint) -> Oracle:
    vocabulary = Tokenizer.read(checkpoint.directory, CONFIG["codebook_size"]).vocabulary
    ids = (vocabulary.semantic_begin, vocabulary.semantic_end, vocabulary.end)
    return Oracle(CONFIG, checkpoint.weights, ids)


class Voices:
    """Engines, closed at the end of a test."""

    def __init__(self, converted: Callable[[str], Path], cache: Path) -> None:
        self._converted, self._cache = converted, cache
        self._opened: list[S1MiniEngine] = []

    def open(self, profile: str = "fp32", threads: int = 2, **own: Any) -> S1MiniEngine:
        options = Options(threads=threads, cache_dir=self._cache, own={"context": 192, **own})
        self._opened.append(S1MiniEngine(self._converted(profile), options))
        return self._opened[-1]

    def close(self) -> None:
        for engine in self._opened:
            engine.close()


@pytest.fixture
def engines(converted: Callable[[str], Path], tmp_path: Path) -> Any:
    opened = Voices(converted, tmp_path / "cache")
    yield opened
    opened.close()
