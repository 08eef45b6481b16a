from __future__ import annotations

import os

import pytest


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a page says holds on a fresh machine."""
    for name in os.environ:
        if name.startswith("MIXDOWN_") or name in ("MODE", "INTERNAL_API_KEY", "HYBRID_AUDIO_API_URL"):
            monkeypatch.delenv(name)
