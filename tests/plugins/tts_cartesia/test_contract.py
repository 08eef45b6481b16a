"""The role's suite against the stand-in, by every transport and in every version of the API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import pytest

from mixdown_kernel import SynthesisBackend
from mixdown_kernel.testing import SynthesisContract

from .conftest import SONIC
from .stand_in import KEY, StandIn


class Sonic(SynthesisContract):
    own: ClassVar[Mapping[str, Any]] = {}

    @pytest.fixture
    def backend(self) -> SynthesisBackend:
        return SONIC

    @pytest.fixture
    def section(self, cartesia: StandIn) -> Mapping[str, Any]:
        return {"api_key": KEY, "base_url": cartesia.url, **self.own}


class TestBytes(Sonic):
    own: ClassVar[Mapping[str, Any]] = {"transport": "bytes"}


class TestEvents(Sonic):
    own: ClassVar[Mapping[str, Any]] = {"transport": "sse", "cartesia_version": "2024-11-13"}


class TestSocket(Sonic):
    own: ClassVar[Mapping[str, Any]] = {"transport": "websocket", "cartesia_version": "2026-08-14"}
