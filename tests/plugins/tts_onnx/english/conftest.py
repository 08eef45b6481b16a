from __future__ import annotations

from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def sentences() -> list[str]:
    return (HERE / "sentences.txt").read_text("utf-8").splitlines()
