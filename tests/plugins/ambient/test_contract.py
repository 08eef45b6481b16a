from __future__ import annotations

import pytest

import mixdown_ambient
from mixdown_kernel import AmbientSource, Backend
from mixdown_kernel.testing import AmbientContract


class TestAmbient(AmbientContract):
    @pytest.fixture
    def backend(self) -> Backend[AmbientSource]:
        return next(iter(mixdown_ambient.ambient_backends()))
