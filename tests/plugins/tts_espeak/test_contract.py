"""The kernel's own suites for the roles that this plugin offers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import pytest

from mixdown_kernel import Backend, SynthesisBackend
from mixdown_kernel.testing import PhonemesContract, SynthesisContract
from mixdown_tts_espeak import phonemes_backends, synthesis_backends


class TestSynthesis(SynthesisContract):
    settings: ClassVar[Mapping[str, Any]] = {"processes": 1}

    @pytest.fixture
    def backend(self) -> SynthesisBackend:
        (backend,) = synthesis_backends()
        return backend


class TestPhonemes(PhonemesContract):
    @pytest.fixture
    def backend(self) -> Backend[Any]:
        (backend,) = phonemes_backends()
        return backend
