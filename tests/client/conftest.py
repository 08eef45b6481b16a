"""A real server, and both clients of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from mixdown_client import AsyncMixdown, Mixdown

from .answering import AnsweringServer
from .serving import Served, serve

PUBLIC_URL = "http://audio.invalid"
"""What the server writes into its answers: an address that nobody reaches it by, as behind a proxy."""


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serve(tmp_path_factory.mktemp("server"), PUBLIC_URL=PUBLIC_URL) as served:
        yield served


@pytest.fixture
def mixdown(server: Served) -> Iterator[Mixdown]:
    with Mixdown(server.url) as client:
        yield client


@pytest.fixture
async def amixdown(server: Served) -> AsyncIterator[AsyncMixdown]:
    async with AsyncMixdown(server.url) as client:
        yield client


@pytest.fixture
def answering() -> Iterator[AnsweringServer]:
    with AnsweringServer() as server:
        yield server
