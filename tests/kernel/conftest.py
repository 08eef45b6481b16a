from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import mixdown_mixing
from mixdown_kernel import Kernel


@pytest.fixture
def road(tmp_path: Path) -> Callable[..., Kernel]:
    """A kernel with the real mixing plugin and the plugins given, and nothing else."""

    def make(*plugins: object, **config: Any) -> Kernel:
        config = {"data_dir": tmp_path, "backends": {"mixing": ["numpy"]}, **config}
        return Kernel(config, plugins=[mixdown_mixing, *plugins], discover=False)

    return make
