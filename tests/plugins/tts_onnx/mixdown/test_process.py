"""The family as it is used: both voices in one process, from directories of the settings."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest

from mixdown_kernel import Kind, Problem, SpeechRequest
from mixdown_kernel.testing import opening
from mixdown_kernel.testing.rendering import collect
from mixdown_tts_onnx import backend as backend_of
from mixdown_tts_onnx.mixdown.description import ENCODER
from mixdown_tts_onnx.mixdown.family import Mixdown

from . import networks

TEXT = "Peter sold seven large desks, and Nina bought eight old rings in Boston."


async def test_one_process_speaks_in_both_voices_at_once(voices_dir, tmp_path, says):
    section = {"directories": [str(voices_dir)]}
    async with opening.opened(backend_of(Mixdown()), section, folder=tmp_path) as synthesizer:
        requests = [SpeechRequest(text=TEXT, voice=voice) for voice in ("rowan", "wren", "onyx")]
        sounds = await asyncio.gather(*(collect(synthesizer, request) for request in requests))
        for request, sound in zip(requests, sounds, strict=True):
            expected = await says(TEXT, voice=request.voice)
            assert np.array_equal(sound.audio.samples[:, 0], expected)
        health = await synthesizer.health()
    assert health.ok
    (figures,) = (one for name, one in health.figures["models"].items() if name == voices_dir.name)
    assert (figures["loads"], figures["trained_voices"]) == (1, 2)


async def test_what_the_engine_refuses_is_a_problem(voices_dir, tmp_path):
    (tmp_path / "damaged").mkdir()
    folder = networks.write(tmp_path / "damaged" / "ada", networks.voice(4))
    (folder / ENCODER).write_bytes(b"not a graph")
    section = {"directories": [str(folder.parent)]}
    async with opening.opened(backend_of(Mixdown()), section, folder=tmp_path) as synthesizer:
        with pytest.raises(Problem) as caught:
            await collect(synthesizer, SpeechRequest(text="Hello.", voice="ada"))
    assert (caught.value.kind, caught.value.code) == (Kind.UNAVAILABLE, "corrupt_model")


async def test_a_directory_without_voices_is_refused_at_the_start(tmp_path: Path) -> None:
    section = {"directories": [str(tmp_path)]}
    with pytest.raises(Problem) as caught:
        async with opening.opened(backend_of(Mixdown()), section, folder=tmp_path):
            pass
    assert caught.value.code == "no_model"
