"""The kernel's own suite for the role `mixing`, for both backends."""

from __future__ import annotations

import pytest

import mixdown_mixing
from mixdown_kernel import Backend, MixingBackend
from mixdown_kernel.testing import MixingContract

OFFERED = {backend.name: backend for backend in mixdown_mixing.mixing_backends()}


class TestMixing(MixingContract):
    @pytest.fixture(params=["numpy", "numba"])
    def backend(self, request: pytest.FixtureRequest) -> Backend[MixingBackend]:
        if request.param not in OFFERED:
            pytest.skip("the extra `fast` is not installed")
        return OFFERED[request.param]
