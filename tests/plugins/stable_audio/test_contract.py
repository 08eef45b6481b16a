"""The role's suite against the stand-in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from mixdown_kernel.testing.music import MusicContract

from .conftest import DECODING, STABLE_AUDIO
from .stand_in import KEY, StandIn


class TestStableAudio(MusicContract):
    neighbours = {"decoding": DECODING}  # noqa: RUF012 - as the suite declares it

    @pytest.fixture
    def backend(self):
        return STABLE_AUDIO

    @pytest.fixture
    def section(self, hosted: StandIn) -> Mapping[str, Any]:
        return {"api_key": KEY, "base_url": hosted.url, "poll_seconds": 0.01}
