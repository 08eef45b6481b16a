from __future__ import annotations

import logging
from pathlib import Path

import pytest

from .tones import build_model


@pytest.fixture(scope="session")
def tones(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model's directory."""
    return build_model(tmp_path_factory.mktemp("models") / "tones")


@pytest.fixture
def logger() -> logging.Logger:
    return logging.getLogger("mixdown.testing.onnx")
