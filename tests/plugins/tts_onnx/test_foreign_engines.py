"""Families of third parties that do not keep to the contract: who asked is told, and nobody else waits for it."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mixdown_kernel import Problem
from mixdown_tts_onnx.engine import Options, Piece, Utterance
from mixdown_tts_onnx.runtime.process import Launch
from mixdown_tts_onnx.runtime.worker import Worker


class Foreign:
    def speak(self, utterance: Utterance) -> Iterator[Piece]:
        yield Piece(np.zeros(10, np.float32), 16_000, utterance["words"])

    def close(self) -> None:
        pass


def load(directory: Path, options: Options) -> Foreign:
    return Foreign()


@pytest.fixture
async def worker(tmp_path: Path, logger: logging.Logger) -> AsyncIterator[Worker]:
    options = {
        "threads": 1,
        "inter_op_threads": 1,
        "providers": ["CPUExecutionProvider"],
        "optimization": "all",
        "arena": True,
        "cache_dir": str(tmp_path),
        "own": {},
    }
    launch = Launch(f"{__name__}:load", tmp_path, options, 1, 60.0)
    async with Worker("foreign", launch, logger, idle_seconds=0.0, continues=True) as made:
        yield made


async def frames(worker: Worker, words: Any) -> int:
    return sum([len(piece.samples) async for piece in worker.speak({"words": words})])


async def test_words_of_another_shape_are_refused_and_hold_nobody_up(worker: Worker) -> None:
    with pytest.raises(Problem) as caught:
        await frames(worker, [[0, 1]])
    assert caught.value.code == "model_died"
    assert "what nobody understands" in caught.value.message
    assert await frames(worker, [[0, 1, 0, 10]]) == 10


@pytest.mark.parametrize("loaded", [True, False])
async def test_an_utterance_that_is_no_json_is_refused_and_holds_nobody_up(
    worker: Worker, loaded: bool
) -> None:
    if loaded:
        await frames(worker, [])
    with pytest.raises(TypeError, match="ndarray"):
        await frames(worker, np.zeros(3))
    assert await frames(worker, []) == 10
