"""The kernel's own suite, for both families."""

from __future__ import annotations

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
