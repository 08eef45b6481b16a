from __future__ import annotations

import mixdown_tts_espeak
import pytest
from mixdown_kernel import Backend, Phonemizer, SynthesisBackend
from mixdown_kernel.testing import PhonemesContract, SynthesisContract


class TestSpeech(SynthesisContract):
    @pytest.fixture
    def backend(self) -> SynthesisBackend:
        return next(iter(mixdown_tts_espeak.synthesis_backends()))


class TestPhonemes(PhonemesContract):
    @pytest.fixture
    def backend(self) -> Backend[Phonemizer]:
        return next(iter(mixdown_tts_espeak.phonemes_backends()))
