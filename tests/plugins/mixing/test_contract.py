from __future__ import annotations

import pytest

import mixdown_mixing
from mixdown_kernel import Backend, DecodingBackend, EncodingBackend, MixingBackend
from mixdown_kernel.testing import DecodingContract, EncodingContract, MixingContract


class TestMixing(MixingContract):
    @pytest.fixture
    def backend(self) -> Backend[MixingBackend]:
        return next(iter(mixdown_mixing.mixing_backends()))


class TestEncoding(EncodingContract):
    @pytest.fixture
    def backend(self) -> Backend[EncodingBackend]:
        return next(iter(mixdown_mixing.encoding_backends()))


class TestDecoding(DecodingContract):
    @pytest.fixture
    def backend(self) -> Backend[DecodingBackend]:
        return next(iter(mixdown_mixing.decoding_backends()))
