from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Protocol

import pytest
import pytest_asyncio

from .streaming import Streaming, streaming


class Start(Protocol):
    async def __call__(self, **settings: Any) -> Streaming: ...


@pytest_asyncio.fixture(loop_scope="module")
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    """Serve, with settings of the test's own."""
    async with AsyncExitStack() as stack:

        async def begin(**settings: Any) -> Streaming:
            return await stack.enter_async_context(streaming(tmp_path, **settings))

        yield begin


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Streaming]:
    """One for every test that leaves it as it was."""
    async with streaming(tmp_path_factory.mktemp("served")) as one:
        yield one
