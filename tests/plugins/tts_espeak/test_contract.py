"""The kernel's own suites for the roles that this plugin offers."""

from __future__ import annotations

from typing import Any

import pytest

from mixdown_kernel import Backend, SynthesisBackend
from mixdown_kernel.testing import PhonemesContract, SynthesisContract
from mixdown_tts_espeak import phonemes_backends, synthesis_backends


class TestSynthesis(SynthesisContract):
    @pytest.fixture
    def backend(self) -> SynthesisBackend:
        (backend,) = synthesis_backends()
        return backend


class TestPhonemes(PhonemesContract):
    @pytest.fixture
    def backend(self) -> Backend[Any]:
        (backend,) = phonemes_backends()
        return backend
