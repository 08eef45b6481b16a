"""Files that are read while a model is loaded: what changed is never spoken under the old signature."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mixdown_kernel import Problem, SpeechRequest
from mixdown_kernel.testing import opening
from mixdown_kernel.testing.rendering import collect
from mixdown_tts_espeak import phonemes_backends
from mixdown_tts_onnx import backend as backend_of
from mixdown_tts_onnx.family import Family
from mixdown_tts_onnx.kokoro.family import Kokoro
from mixdown_tts_onnx.piper.family import Piper

from .graphs import kokoro_voices


def slower(directory: Path) -> None:
    file = directory / "en_US-lessac-low.onnx.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"inference": {"length_scale": 2.0}}))


def others(directory: Path) -> None:
    with (directory / "voices-v1.0.bin").open("wb") as file:
        np.savez(file, **{name: 2 * style for name, style in kokoro_voices(["af_sky", "af_bella"]).items()})


@pytest.mark.parametrize(
    ("family", "fixture", "voices", "change"),
    [
        (Piper(), "piper_dir", ("en_US-lessac-low", "en_US-lessac-low"), slower),
        (Kokoro(), "kokoro_dir", ("af_bella", "af_sky"), others),
    ],
    ids=["piper", "kokoro"],
)
async def test_a_loaded_model_does_not_speak_with_half_of_what_changed(
    family: Family,
    fixture: str,
    voices: tuple[str, str],
    change: Callable[[Path], None],
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    given: Path = request.getfixturevalue(fixture)
    directory = Path(shutil.copytree(given, tmp_path / "mine"))
    (phonemes,) = phonemes_backends()
    neighbours: dict[str, Any] = {"phonemes": phonemes}
    opened = opening.opened(
        backend_of(family), {"directories": [str(directory)]}, folder=tmp_path, neighbours=neighbours
    )
    synthesizer: Any
    async with opening.in_own_task(opened) as synthesizer:
        await collect(synthesizer, SpeechRequest(text="Hello.", voice=voices[0], seed=1))
        before = synthesizer.fingerprint()
        change(directory)
        asked = SpeechRequest(text="Hello.", voice=voices[1], seed=1)
        with pytest.raises(Problem) as caught:
            await collect(synthesizer, asked)
        assert caught.value.code == "model_changed"
        assert synthesizer.fingerprint() != before
        assert (await collect(synthesizer, asked)).audio.frames
