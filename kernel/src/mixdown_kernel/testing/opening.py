"""Opening a backend as a kernel would, without a kernel."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from mixdown_kernel.backends import Backend, Context
from mixdown_kernel.contracts import Chunk, SourceSpec
from mixdown_kernel.problems import Kind, Problem
from mixdown_kernel.settings import backend_settings

T = TypeVar("T")
Render = Callable[[SourceSpec], AsyncIterator[Chunk]]


def context(
    folder: Path, *, threads: int = 2, others: Mapping[str, Any] | None = None, render: Render | None = None
) -> Context:
    """A context whose folders lie below ``folder``.

    ``others`` are open backends by role, for what asks ``context.backend(role)``; any other role is
    `Problem` ``unavailable``. ``render`` is what an executor calls.
    """
    known = dict(others or {})

    async def backend(role: str) -> Any:
        if role not in known:
            raise Problem(
                Kind.UNAVAILABLE,
                "no_backend",
                f"this test opened no backend of the role {role!r}",
                hint="name one in the suite's `neighbours`",
            )
        return known[role]

    for name in ("data", "assets"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    return Context(
        data_dir=folder / "data",
        assets_dir=folder / "assets",
        threads=threads,
        logger=logging.getLogger("mixdown.testing"),
        backend=backend,
        render=render or _no_render,
    )


def _no_render(spec: SourceSpec) -> AsyncIterator[Chunk]:
    raise Problem(Kind.UNAVAILABLE, "no_backend", f"this test renders no sources of the role {spec.role!r}")


@asynccontextmanager
async def opened(
    backend: Backend[T],
    section: Mapping[str, Any] | None = None,
    *,
    folder: Path,
    threads: int = 2,
    neighbours: Mapping[str, Backend[Any]] | None = None,
    render: Render | None = None,
) -> AsyncIterator[T]:
    """The open backend. ``section`` is its part of the configuration file, ``neighbours`` descriptors of
    backends of other roles that it may ask for."""
    async with AsyncExitStack() as stack:
        others: dict[str, Any] = {}
        for role, neighbour in (neighbours or {}).items():
            surroundings = context(folder / role, threads=threads)
            others[role] = await stack.enter_async_context(neighbour.open(settings(neighbour), surroundings))
        surroundings = context(folder, threads=threads, others=others, render=render)
        yield await stack.enter_async_context(backend.open(settings(backend, section or {}), surroundings))


def settings(backend: Backend[Any], section: Mapping[str, Any] | None = None) -> Any:
    """The backend's typed settings, with the environment's ``MIXDOWN_<NAME>_…`` above ``section``."""
    return backend_settings(backend.settings, backend.name, section or {})


@asynccontextmanager
async def in_own_task(manager: AbstractAsyncContextManager[T]) -> AsyncIterator[T]:
    """Enter and leave ``manager`` in one task of its own.

    pytest-asyncio sets a fixture up in one task and tears it down in another, which a backend that holds a
    task group or a cancel scope open would not survive; a kernel keeps to one task.
    """
    ready: asyncio.Future[T] = asyncio.get_running_loop().create_future()
    leave = asyncio.Event()

    async def hold() -> None:
        try:
            async with manager as value:
                ready.set_result(value)
                await leave.wait()
        except BaseException as error:
            if ready.done():
                raise
            ready.set_exception(error)

    task = asyncio.create_task(hold())
    try:
        yield await ready
        leave.set()
        await task
    finally:
        task.cancel()
        with suppress(BaseException):
            await task
