from __future__ import annotations

import pytest

import mixdown_text
from mixdown_kernel import Backend, TextFrontEnd
from mixdown_kernel.testing import TextContract


class TestText(TextContract):
    @pytest.fixture
    def backend(self) -> Backend[TextFrontEnd]:
        return next(iter(mixdown_text.text_backends()))
