"""Sample for sample what the package kokoro-onnx makes of the same graph."""

from __future__ import annotations

import numpy as np
import pytest
from kokoro_onnx import Kokoro as Original

TEXTS = [
    "The quick brown fox jumps over the lazy dog.",
    "Hello, world! How are you?",
    "One of the best of the lot, in 2024, cost $5.20 - didn't it?",
    '"Where are you going?" she asked. "To the market," he said.',
]


def original(directory) -> Original:
    graph = next(iter([*directory.glob("*.onnx"), *directory.glob("onnx/*.onnx")]))
    return Original(str(graph), str(directory / "voices-v1.0.bin"))


@pytest.mark.parametrize("directory", ["kokoro_dir", "timed_dir"])
@pytest.mark.parametrize("trim", [False, True])
async def test_equal_sound(request, directory, speaker, trim):
    directory = request.getfixturevalue(directory)
    says, theirs = speaker(directory), original(directory)
    for text in TEXTS:
        ours = await says(text, voice="af_bella", parameters={"notation": "espeak", "trim": trim})
        expected, _ = theirs.create(text, "af_bella", trim=trim, sentence_pause=0, clause_pause=0)
        np.testing.assert_array_equal(ours, expected)
