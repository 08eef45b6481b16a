"""The kernel's own suite."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest

from mixdown_kernel import SynthesisBackend
from mixdown_kernel.testing import SynthesisContract

from .conftest import direct


class TestMixdown(SynthesisContract):
    pronounced: ClassVar[str] = "paˈmɪnutɑlə"

    @pytest.fixture
    def backend(self) -> SynthesisBackend:
        return direct()

    @pytest.fixture
    def section(self, voices_dir: Path) -> Mapping[str, Any]:
        return {"directory": str(voices_dir)}
