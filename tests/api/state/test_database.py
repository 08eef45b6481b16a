"""Opening, migrating and writing to the databases, by many at once and after kills."""

import asyncio
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, bindparam, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from mixdown_api.state import State, database_url, files
from mixdown_api.state.migrate import configuration
from mixdown_api.state.tables import files as table
from mixdown_api.state.tables import metadata
from mixdown_kernel import Kind, Problem

CHILD = Path(__file__).with_name("opening_process.py")


async def rows(connection: AsyncConnection, key: str) -> int:
    count = await connection.scalar(text("SELECT count(*) FROM files WHERE key = :key"), {"key": key})
    return int(count or 0)


def a_file(key: str = "k") -> files.File:
    return files.File(kind="output", key=key, media_type="audio/wav", size=1, sha256="0" * 64)


async def test_the_migrations_make_exactly_the_tables(state: State) -> None:
    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))

    async with state.reading() as connection:
        assert await connection.run_sync(differences) == []


async def test_opening_again_keeps_what_is_there(state: State, database_url: str) -> None:
    async with state.begin() as connection:
        file = await files.add(connection, a_file())
    again = await State.open(database_url)
    async with again.reading() as connection:
        assert await files.get(connection, file.id) == file
    await again.aclose()


async def test_a_database_of_a_later_version_is_refused(state: State, database_url: str) -> None:
    async with state.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Problem) as error:
        await State.open(database_url)
    assert (error.value.kind, error.value.code) == (Kind.UNAVAILABLE, "database_too_new")


async def test_a_failed_migration_leaves_nothing(state: State) -> None:
    """The whole upgrade is one transaction, on both databases."""

    def tables(connection: Connection) -> set[str]:
        return set(connection.dialect.get_table_names(connection))

    async with state.begin() as connection:
        await connection.run_sync(lambda sync: metadata.drop_all(sync))
        await connection.execute(text("DROP TABLE alembic_version"))

    async def migrate_and_fail() -> None:
        async with state.begin() as connection:
            await connection.run_sync(lambda sync: command.upgrade(configuration(sync), "head"))
            assert "files" in await connection.run_sync(tables)
            raise RuntimeError("a later step fails")

    with pytest.raises(RuntimeError):
        await migrate_and_fail()
    async with state.reading() as connection:
        assert await connection.run_sync(tables) == set()


def test_processes_that_start_at_once_migrate_once(database_url: str) -> None:
    ran = subprocess.run(
        [sys.executable, CHILD, database_url, "4"], capture_output=True, text=True, timeout=100, check=True
    )
    assert ran.stdout.splitlines() == ["1 version, 10 files added"] * 4, ran.stderr


async def test_an_error_rolls_back(state: State) -> None:
    async def add_and_fail() -> None:
        async with state.begin() as connection:
            await files.add(connection, a_file())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await add_and_fail()
    async with state.reading() as connection:
        assert (await files.page(connection)).items == []


async def test_many_tasks_of_two_states_write_without_losing_any(state: State, database_url: str) -> None:
    other = await State.open(database_url)

    async def count_up(one: State) -> None:
        for _ in range(10):
            async with one.begin() as connection:
                number = await rows(connection, "counted")
                await connection.execute(
                    text("UPDATE files SET size = size + 1, duration_ms = :number WHERE id = :id"),
                    {"id": file.id, "number": number},
                )

    async with state.begin() as connection:
        file = await files.add(connection, a_file("counted"))
    await asyncio.gather(*(count_up(one) for one in [state, other] * 5))
    async with state.reading() as connection:
        counted = await files.get(connection, file.id)
        assert counted
        assert counted.size == 101
    await other.aclose()


async def test_reading_waits_for_no_writer(state: State) -> None:
    async with state.begin() as writing:
        await files.add(writing, a_file())
        async with state.reading() as connection:
            assert (await files.page(connection)).items == []


async def test_cancelled_writers_leave_no_lock_behind(state: State) -> None:
    async def write() -> None:
        async with state.begin() as connection:
            await files.add(connection, a_file("cancelled"))
            await files.add(connection, a_file("cancelled"))

    for steps in range(30):
        writing = asyncio.create_task(write())
        for _ in range(steps):
            await asyncio.sleep(0.0005)
        writing.cancel()
        await asyncio.wait([writing])
    async with state.begin() as connection:
        assert await rows(connection, "cancelled") % 2 == 0, "all or nothing"
    # The pool has not lost its connections either.
    await asyncio.gather(*(write() for _ in range(20)))


ADD_MANY = text("""
    WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < 20000)
    INSERT INTO files (id, kind, key, media_type, size, sha256, created_at, metadata)
    SELECT CAST(:id AS TEXT) || n, 'output', 'cancelled', 'audio/wav', 1, '', 0, '{}' FROM counted
""")
"""Takes a tenth of a second."""


async def test_who_is_cancelled_amid_a_statement_can_clean_up_at_once(state: State) -> None:
    """While the cancellation is dealt with, its traceback still holds the statement."""
    left: list[int] = []

    async def write() -> None:
        try:
            async with state.begin() as connection:
                began.set()
                await connection.execute(ADD_MANY, [{"id": id_} for id_ in "abcde"])
        except asyncio.CancelledError:
            async with state.begin() as connection:
                left.append(await rows(connection, "cancelled"))
            raise

    for times in (1, 2):  # those who are in a hurry ask twice
        began = asyncio.Event()
        writing = asyncio.create_task(write())
        await began.wait()
        for _ in range(times):
            await asyncio.sleep(0.01)
            writing.cancel()
        await asyncio.wait([writing])
        assert writing.cancelled()
    assert set(left) <= {0}
    async with state.reading() as connection:
        assert await rows(connection, "cancelled") == 0


ADD_ONE = (
    update(table)
    .where(table.c.id == bindparam("which"))
    .values(size=table.c.size + 1)
    .returning(table.c.size, table.c.key)
)


async def test_one_statement_is_a_transaction_of_its_own(state: State, database_url: str) -> None:
    other = await State.open(database_url)
    async with state.begin() as connection:
        file = await files.add(connection, a_file())

    async def count_up(one: State) -> None:
        for _ in range(10):
            await one.at_once(ADD_ONE, {"which": file.id})

    await asyncio.gather(*(count_up(one) for one in [state, other] * 4))
    assert await state.at_once(ADD_ONE, {"which": file.id}) == [(82, "k")]
    assert await state.at_once(ADD_ONE, {"which": "nobody"}) == []
    await other.aclose()


async def test_one_statement_that_fails_leaves_nothing_open(state: State) -> None:
    async with state.begin() as connection:
        file = await files.add(connection, a_file())
    to_nothing = update(table).values(key=bindparam("nothing")).returning(table.c.id)
    with pytest.raises(Exception, match=r"(?i)not.null"):
        await state.at_once(to_nothing, {"nothing": None})
    assert await state.at_once(ADD_ONE, {"which": file.id}) == [(2, "k")]


async def test_cancelled_statements_leave_no_lock_behind(state: State) -> None:
    async with state.begin() as connection:
        file = await files.add(connection, a_file())
    for steps in range(20):
        counting = asyncio.create_task(state.at_once(ADD_ONE, {"which": file.id}))
        for _ in range(steps):
            await asyncio.sleep(0.0003)
        counting.cancel()
        await asyncio.wait([counting])
    await asyncio.gather(*(state.at_once(ADD_ONE, {"which": file.id}) for _ in range(20)))
    async with state.begin() as connection:
        found = await files.get(connection, file.id)
    assert found
    assert 21 <= found.size <= 41


async def test_a_locked_database_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mixdown_api.state.database.BUSY_TIMEOUT_S", 0.001)
    monkeypatch.setattr("mixdown_api.state.database.LOCK_RETRIES", 1000)
    state = await State.open(f"sqlite:///{tmp_path}/mixdown.db")
    async with state.begin() as connection:
        file = await files.add(connection, a_file("waited"))
    other = sqlite3.connect(tmp_path / "mixdown.db", isolation_level=None)

    async def write() -> None:
        async with state.begin() as connection:
            await files.add(connection, a_file("waited"))

    for work in (write, lambda: state.at_once(ADD_ONE, {"which": file.id})):
        other.execute("BEGIN IMMEDIATE")
        writing = asyncio.create_task(work())
        await asyncio.sleep(0.02)
        assert not writing.done()
        other.execute("COMMIT")
        await writing
    other.close()
    await state.aclose()


@pytest.mark.parametrize(
    "url", ["", "mysql://u:secret@h/db", "secret", "sqlite+pysqlite:///x", "http://secret@h/"]
)
async def test_other_databases_are_refused_without_repeating_the_url(url: str) -> None:
    with pytest.raises(Problem) as error:
        await State.open(url)
    assert error.value.code == "bad_database_url"
    assert "secret" not in f"{error.value!r}{error.value.__cause__}"


async def test_the_url_comes_from_the_environment_or_the_data_folder(tmp_path: Path) -> None:
    assert database_url(tmp_path, {"MIXDOWN_DATABASE_URL": "postgresql://h/db"}) == "postgresql://h/db"
    odd = tmp_path / "100% odd?#é"
    odd.mkdir()
    state = await State.open(database_url(odd, {}))
    await state.aclose()
    assert os.listdir(odd) == ["mixdown.db"]


async def test_sqlite_is_set_up_for_a_service(tmp_path: Path) -> None:
    state = await State.open(f"sqlite:///{tmp_path}/mixdown.db")
    async with state.reading() as connection:
        pragmas = [
            (await connection.exec_driver_sql(f"PRAGMA {name}")).scalar()
            for name in ["journal_mode", "synchronous", "foreign_keys", "busy_timeout"]
        ]
    assert pragmas == ["wal", 1, 1, 10_000]
    await state.aclose()
