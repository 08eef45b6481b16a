"""The whole application in this process, with plugins and settings of the test's own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import text

from mixdown_api import create_app
from mixdown_api.edge import ApiSettings
from mixdown_api.service import Service
from mixdown_kernel import Backend, Kernel, PluginSettings, StorageBackend, StoredObject, hookimpl
from mixdown_storage_local import LocalSettings, open_local


class Application:
    """``http`` speaks to it; ``kept`` and ``listed`` say what it keeps."""

    def __init__(self, app: Any, data: Path) -> None:
        self.app = app
        self.data = data
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app, raise_app_exceptions=False), base_url="http://test", timeout=60
        )

    @property
    def service(self) -> Service:
        service: Service = self.app.state.service
        return service

    async def generate(self, text: str, **members: Any) -> dict[str, Any]:
        answer = await self.http.post("/v1/audio/generate", json={"text": text, **members})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def speak(self, text: str, **members: Any) -> httpx.Response:
        body = {"model": "gpt-4o-mini-tts", "voice": "alloy", "input": text, **members}
        return await self.http.post("/v1/audio/speech", json=body)

    async def fetch(self, url: str) -> httpx.Response:
        return await self.http.get(httpx.URL(url).path)

    async def objects(self) -> set[str]:
        return {one.key async for one in self.service.renders.storage.list()}

    async def listed(self) -> set[str]:
        """The storage keys of every row."""
        async with self.service.state.reading() as connection:
            return set((await connection.execute(text("SELECT key FROM files"))).scalars())

    def spooled(self) -> set[str]:
        return {path.name for path in self.service.kernel.spool.rglob("*") if path.is_file()}


@asynccontextmanager
async def application(
    folder: Path,
    *,
    plugins: Iterable[object] = (),
    config: dict[str, Any] | None = None,
    kernel: Callable[..., Kernel] = Kernel,
    **settings: Any,
) -> AsyncIterator[Application]:
    given = {"data_dir": folder, **(config or {})}
    given["backends"] = {"mixing": ["numpy"], "synthesis": ["espeak"], **given.get("backends", {})}
    made = kernel(given, plugins=plugins)
    app = create_app(made, ApiSettings(**{"rate_limit": "off", "log_level": "error", **settings}))
    async with app.router.lifespan_context(app):
        await made.ready()
        found = Application(app, folder)
        async with found.http:
            yield found


Fault = Callable[[], Awaitable[None]]


class Trouble:
    """A plugin with the storage ``trouble``: the local one, with a fault before or after a put of one number."""

    def __init__(self) -> None:
        self.puts = 0
        self.number = 0
        self.after = False
        self.fault: Fault | None = None

    def arm(self, number: int, fault: Fault, *, after: bool) -> None:
        self.puts, self.number, self.fault, self.after = 0, number, fault, after

    async def strike(self, *, after: bool) -> None:
        if self.fault is not None and self.puts == self.number and self.after is after:
            await self.fault()

    @hookimpl
    def storage_backends(self) -> Iterable[Backend[StorageBackend]]:
        @asynccontextmanager
        async def open_(_settings: PluginSettings, context: Any) -> AsyncIterator[Any]:
            async with open_local(LocalSettings(), context) as inner:
                yield _Troubled(inner, self)

        yield Backend(name="trouble", open=open_)


class _Troubled:
    """Its etags are no SHA-256, as those of an object store need not be."""

    def __init__(self, inner: StorageBackend, trouble: Trouble) -> None:
        self._inner = inner
        self._trouble = trouble
        self.get, self.stat, self.list, self.delete = inner.get, inner.stat, inner.list, inner.delete

    async def put(self, key: str, chunks: AsyncIterator[bytes], **members: Any) -> StoredObject:
        self._trouble.puts += 1
        await self._trouble.strike(after=False)
        stored = await self._inner.put(key, chunks, **members)
        await self._trouble.strike(after=True)
        return replace(stored, etag="not-a-hash")
