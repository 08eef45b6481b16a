from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from mixdown_kernel import SpeechRequest
from mixdown_kernel.testing import opening
from mixdown_tts_cartesia import synthesis_backends
from mixdown_tts_cartesia.synthesizer import Sonic

from .stand_in import KEY, Host, StandIn, hosting

(SONIC,) = synthesis_backends()
TRANSPORTS = ("bytes", "sse", "websocket")
OpenSonic = Callable[..., Awaitable[Sonic]]


@pytest.fixture(autouse=True)
def no_key_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CARTESIA_API_KEY", "VOICE_ID", "MODEL_ID"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def host() -> Iterator[Host]:
    with hosting() as host:
        yield host


@pytest.fixture
def cartesia(host: Host) -> Iterator[StandIn]:
    state = host.add(StandIn())
    yield state
    state.release.set()


@pytest.fixture(params=TRANSPORTS)
def transport(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
async def sonic(cartesia: StandIn, tmp_path: Path) -> AsyncIterator[OpenSonic]:
    """Opens the backend, with settings beside key and address."""
    async with AsyncExitStack() as stack:

        async def open_(**settings: Any) -> Sonic:
            section = {"api_key": KEY, "base_url": cartesia.url, **settings}
            manager = opening.opened(SONIC, section, folder=tmp_path)
            backend: Sonic = await stack.enter_async_context(opening.in_own_task(manager))
            return backend

        yield open_


def say(text: str = "Seven small boats sailed home.", **members: Any) -> SpeechRequest:
    return SpeechRequest(text=text, **members)


async def until(condition: Callable[[], object]) -> None:
    """Wait for what the server's thread sees. The test's own time limit ends it."""
    while not condition():
        await asyncio.sleep(0.005)
