"""Work that one process at a time does: a lock by name, among all processes that share the state.

On PostgreSQL an advisory lock of a session of its own, on SQLite (whose processes share a machine) a locked file
beside the database. Either goes with the process that holds it, however it ends.
"""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from mixdown_api.state.database import State
from mixdown_api.state.whole import whole

LOCK_FILES = 256
"""Names share files, so that there are never more of them; who shares one only waits longer."""
FIRST_WAIT_S = 0.01
LONGEST_WAIT_S = 0.2


@asynccontextmanager
async def locked(state: State, name: str) -> AsyncIterator[None]:
    """Hold the lock ``name``; waits for whoever holds it. Hold one at a time: names share locks."""
    holding = _file_locked if state.engine.dialect.name == "sqlite" else _advisory_locked
    number = int.from_bytes(hashlib.blake2s(name.encode(), digest_size=8).digest(), "big", signed=True)
    async with holding(state, number):
        yield


@asynccontextmanager
async def _file_locked(state: State, number: int) -> AsyncIterator[None]:
    if state.engine.url.database in (None, "", ":memory:"):  # which nobody else can open
        yield
        return
    folder = Path(f"{state.engine.url.database}.locks")
    descriptor = await asyncio.to_thread(_opened, folder / str(number % LOCK_FILES))
    try:
        async for _ in _patiently():
            if _taken(descriptor):
                break
        yield
    finally:
        os.close(descriptor)


def _opened(path: Path) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@asynccontextmanager
async def _advisory_locked(state: State, number: int) -> AsyncIterator[None]:
    engine = create_async_engine(state.engine.url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    try:
        async with engine.connect() as connection:
            async for _ in _patiently():
                if await connection.scalar(text("SELECT pg_try_advisory_lock(:n)"), {"n": number}):
                    break
            yield  # the lock ends with its session
    finally:
        await whole(engine.dispose())


async def _patiently() -> AsyncIterator[None]:
    """Over and over, at first soon and then more and more rarely."""
    wait = FIRST_WAIT_S
    while True:
        yield
        await asyncio.sleep(wait)
        wait = min(2 * wait, LONGEST_WAIT_S)
