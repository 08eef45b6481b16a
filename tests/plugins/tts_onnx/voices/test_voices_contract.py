"""The kernel's own suite, for both families."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest

from mixdown_kernel import Backend, SynthesisBackend
from mixdown_kernel.testing import SynthesisContract
from mixdown_tts_espeak import phonemes_backends
from mixdown_tts_onnx.kokoro.family import Kokoro
from mixdown_tts_onnx.piper.family import Piper

from .conftest import direct, kokoro_model
from .graphs import Snippets


@pytest.fixture(scope="session")
def noisy_dir(tmp_path_factory: pytest.TempPathFactory, snippets: Snippets) -> Path:
    """A Kokoro that draws noise, as the published one does."""
    return kokoro_model(tmp_path_factory.mktemp("noisy"), snippets, "v1.0", noisy=True)


class Voices(SynthesisContract):
    neighbours: ClassVar[Mapping[str, Backend[Any]]] = {"phonemes": next(iter(phonemes_backends()))}
    pronounced: ClassVar[str] = "paˈmɪnutɑlə"


class TestKokoro(Voices):
    @pytest.fixture
    def backend(self) -> SynthesisBackend:
        return direct(Kokoro())

    @pytest.fixture
    def section(self, noisy_dir: Path) -> Mapping[str, Any]:
        return {"directory": str(noisy_dir)}


class TestPiper(Voices):
    @pytest.fixture
    def backend(self) -> SynthesisBackend:
        return direct(Piper())

    @pytest.fixture
    def section(self, piper_dir: Path) -> Mapping[str, Any]:
        return {"directory": str(piper_dir)}


@pytest.mark.parametrize("family", ["kokoro", "piper"])
def test_the_engine_half_does_without_the_kernel(family: str) -> None:
    """Whose import would double the start of the model's process."""
    code = f"import sys, mixdown_tts_onnx.{family}.engine; print([m for m in sys.modules if 'mixdown_kernel' in m])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
