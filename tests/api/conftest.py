"""Both databases: a test that asks for ``database_url`` runs on SQLite and on PostgreSQL, empty each time."""

from __future__ import annotations

import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from mixdown_api.state import State

from .postgres import installed, running

DATABASES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]

EMPTY = """
SET client_min_messages = error;
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid();
DROP SCHEMA public CASCADE;
CREATE SCHEMA public;
"""


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/mixdown.db"
    pytest.importorskip("asyncpg", reason="PostgreSQL tests need the extra mixdown-api[postgres]")
    socket: str = request.getfixturevalue("postgres_socket")
    # Emptying a database takes a tenth of the time of making one.
    subprocess.run(
        [_programs() / "psql", "-q", "-h", socket, "-U", "postgres", "-c", EMPTY],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return f"postgresql://postgres@/postgres?host={socket}"


@pytest.fixture
async def state(database_url: str) -> AsyncIterator[State]:
    state = await State.open(database_url)
    yield state
    await state.aclose()


@pytest.fixture(scope="session")
def postgres_socket() -> Iterator[str]:
    """The folder with the Unix socket of a server that lives as long as the test session."""
    with running(_programs()) as folder:
        yield str(folder)


def _programs() -> Path:
    programs = installed()
    if programs is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    return programs
