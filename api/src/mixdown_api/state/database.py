"""One engine over SQLite (embedded, WAL mode) or PostgreSQL, with its migrations applied."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, ExceptionContext, TextClause, UpdateBase, event, make_url
from sqlalchemy.exc import ArgumentError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from mixdown_api.state.migrate import upgrade
from mixdown_api.state.whole import whole
from mixdown_kernel import Kind, Problem, invalid

DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
    "postgresql+asyncpg": "postgresql+asyncpg",
}
BUSY_TIMEOUT_S = 10
"""How long SQLite waits for another writer before it says "database is locked"."""
LOCK_RETRIES = 5

_Writing = UpdateBase | TextClause
_Compiled = tuple[str, Sequence[str], Mapping[str, Any]]
"""SQL, the names of its values in their order, and the values that are always the same."""


def database_url(data_dir: Path, environment: Mapping[str, str] = os.environ) -> str:
    """``MIXDOWN_DATABASE_URL``, or else a SQLite file in the data folder."""
    return environment.get("MIXDOWN_DATABASE_URL") or URL.create(
        "sqlite", database=str(data_dir.absolute() / "mixdown.db")
    ).render_as_string(hide_password=False)


class State:
    """The service's memory. Open it with `open`, close it with `aclose` (`contextlib.aclosing` fits)."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self._autocommit = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._reader = engine.execution_options(sqlite_begin="BEGIN")
        # SQLite's writers wait for each other by polling, up to a second; those of this process take turns.
        self._compiled: dict[_Writing, _Compiled] = {}
        self._turn = asyncio.Lock() if engine.dialect.name == "sqlite" else nullcontext()

    @classmethod
    async def open(cls, url: str) -> State:
        """Connect and bring the tables up to date; any number of processes may do so at once.

        Raises `Problem`: ``invalid``/``bad_database_url``; ``unavailable``/``database_too_new`` if a later
        version of Mixdown has been here.
        """
        state = cls(_engine(_parse(url)))
        try:
            async with state.begin() as connection:
                await connection.run_sync(upgrade)
        except BaseException:
            await state.aclose()
            raise
        return state

    async def aclose(self) -> None:
        await self.engine.dispose()

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncConnection]:
        """A writing transaction: committed at the end, rolled back, on return, on an error or a cancellation.

        On SQLite it holds the one write lock from its beginning, so nothing in it can meet "database is locked";
        keep it short.
        """
        async with self._turn, _begun(self.engine) as connection:
            yield connection
            await connection.commit()

    async def at_once(self, statement: _Writing, values: Mapping[str, Any]) -> Sequence[tuple[Any, ...]]:
        """One writing statement, a transaction of its own; what it returns. Values are numbers and texts.

        Nobody else waits for more than the statement itself: within `begin` the lock is also held while the event
        loop does other things, and on SQLite processes that wait for it look every few milliseconds.
        """
        async with self._turn:
            if self.engine.dialect.name == "sqlite":
                return await self._at_once_on_sqlite(statement, values)
            async with self._autocommit.connect() as connection:
                return [tuple(row) for row in await connection.execute(statement, values)]

    async def _at_once_on_sqlite(
        self, statement: _Writing, values: Mapping[str, Any]
    ) -> Sequence[tuple[Any, ...]]:
        """The driver's thread runs the statement to its end in one go; SQLAlchemy would come back for each row."""
        sql, names, constants = self._compiled.get(statement) or self._compile(statement)
        ordered = [values[name] if name in values else constants[name] for name in names]
        async with self.engine.connect() as connection:
            driver: Any = (await connection.get_raw_connection()).driver_connection
            for _ in range(LOCK_RETRIES):
                with _locked_suppressed():
                    return list(await driver.execute_fetchall(sql, ordered))
            return list(await driver.execute_fetchall(sql, ordered))

    def _compile(self, statement: _Writing) -> _Compiled:
        compiled = statement.compile(dialect=self.engine.dialect)
        names = getattr(compiled, "positiontup", None) or ()
        found = self._compiled[statement] = str(compiled), names, compiled.params
        return found

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that only reads, and waits for no writer."""
        async with _begun(self._reader) as connection:
            yield connection


@asynccontextmanager
async def _begun(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    connection = await _begin(engine)
    try:
        yield connection
    finally:
        await whole(connection.close())


async def _begin(engine: AsyncEngine) -> AsyncConnection:
    for _ in range(LOCK_RETRIES):
        try:
            return await _begin_once(engine)
        except OperationalError as error:
            if not _is_locked(error.orig):
                raise
    return await _begin_once(engine)


async def _begin_once(engine: AsyncEngine) -> AsyncConnection:
    connection = await engine.connect()
    try:
        await connection.begin()
    except BaseException:
        await whole(connection.close())
        raise
    return connection


def _is_locked(error: BaseException | None) -> bool:
    return "database is locked" in str(error)


@contextmanager
def _locked_suppressed() -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        if not _is_locked(error):
            raise


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
        return parsed.set(drivername=DRIVERS[parsed.drivername])
    except (ArgumentError, KeyError):
        # The URL may hold a password: it is not repeated, nor is the error that quotes it.
        raise invalid(
            "bad_database_url",
            "The database URL is not one of SQLite or PostgreSQL.",
            field="MIXDOWN_DATABASE_URL",
            allowed=["sqlite:///…", "postgresql://…"],
        ) from None


def _engine(url: URL) -> AsyncEngine:
    documents = partial(json.dumps, allow_nan=False, separators=(",", ":"))
    try:
        # A server may have closed an idle connection; a file never does.
        ping = url.get_backend_name() != "sqlite"
        engine = create_async_engine(url, json_serializer=documents, pool_pre_ping=ping)
    except ModuleNotFoundError as error:
        raise Problem(
            Kind.UNAVAILABLE,
            "database_driver_missing",
            f"PostgreSQL needs the package {error.name}.",
            hint="Install mixdown-api[postgres].",
        ) from error
    if engine.dialect.name == "sqlite":
        event.listen(engine.sync_engine, "connect", _configure_sqlite)
        event.listen(engine.sync_engine, "begin", _begin_sqlite)
        event.listen(engine.sync_engine, "handle_error", _keep_the_cancelled)
    return engine


def _configure_sqlite(connection: Any, record: object) -> None:
    # The driver's own transactions begin too late (at the first write) to be atomic: ours begin in `_begin_sqlite`.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout = {BUSY_TIMEOUT_S * 1000}",
        "journal_mode = WAL",
        "synchronous = NORMAL",
        "foreign_keys = ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("sqlite_begin", "BEGIN IMMEDIATE"))


def _keep_the_cancelled(context: ExceptionContext) -> None:
    """A cancelled statement runs on in the driver's thread, which does one thing after the other: a rollback comes
    after it. SQLAlchemy would close the connection instead, and Python 3.11's SQLite keeps a closed one's transaction,
    and with it the write lock, as long as anybody (a traceback) has a cursor of it.
    """
    if isinstance(context.original_exception, asyncio.CancelledError):
        context.is_disconnect = False
