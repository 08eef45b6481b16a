"""Applications with the real edge around them, by ASGI for shapes and behind a real server where sockets matter."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from mixdown_api.edge import ApiSettings, install

Client = Callable[..., httpx.AsyncClient]
Serve = Callable[[Any], AbstractAsyncContextManager[int]]


@pytest.fixture(autouse=True)
def no_settings_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MODE", "INTERNAL_API_KEY", "MIXDOWN_MODE", "MIXDOWN_API_KEYS", "MIXDOWN_INTERNAL_API_KEY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def make_app() -> Callable[..., FastAPI]:
    """An application with the edge; keyword arguments are settings, ``public`` goes to `install`."""

    def make(public: tuple[str, ...] = (), **settings: Any) -> FastAPI:
        app = FastAPI()
        install(app, ApiSettings(**settings), public=public)
        return app

    return make


@pytest.fixture
def ask() -> Client:
    """A client of an application, without a socket. Failures of the application are answers, not exceptions."""

    def client(app: FastAPI, peer: str = "127.0.0.1") -> httpx.AsyncClient:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=(peer, 1234))
        return httpx.AsyncClient(transport=transport, base_url="http://mixdown.test")

    return client


@pytest.fixture
def serve() -> Serve:
    """A real server on loopback; gives its port."""

    @asynccontextmanager
    async def serving(app: Any) -> AsyncIterator[int]:
        config = uvicorn.Config(app, port=0, log_config=None, lifespan="off", proxy_headers=False)
        server = uvicorn.Server(config)
        task = asyncio.create_task(server.serve())
        await until(lambda: server.started or task.done())
        try:
            yield server.servers[0].sockets[0].getsockname()[1]
        finally:
            server.should_exit = server.force_exit = True
            await task

    return serving


@pytest.fixture
def eventually() -> Callable[[Callable[[], Any]], Awaitable[None]]:
    """Wait for something that another task is about to do; the test's own time limit ends the wait."""
    return until


async def until(true: Callable[[], Any]) -> None:
    while not true():
        await asyncio.sleep(0.002)
