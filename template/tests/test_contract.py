"""One fixture, and the suite checks everything that Mixdown expects of a voice."""

from __future__ import annotations

from typing import ClassVar

import mixdown_template
import pytest

from mixdown_kernel import SynthesisBackend
from mixdown_kernel.testing import SynthesisContract


class TestContract(SynthesisContract):
    @pytest.fixture
    def backend(self) -> SynthesisBackend:
        return mixdown_template.VOICE


class TestContractWithSettings(SynthesisContract):
    """The same with a section of mixdown.toml."""

    settings: ClassVar = {"letter_ms": 50, "lowest_hz": 220}

    @pytest.fixture
    def backend(self) -> SynthesisBackend:
        return mixdown_template.VOICE
