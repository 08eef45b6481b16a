"""Both databases: a test that asks for ``database_url`` runs on SQLite and on PostgreSQL, empty each time."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mixdown_api.state import State

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
    with _scratch_folder() as folder, _server(_programs(), folder):
        yield str(folder)


def _programs() -> Path:
    """Debian's newest."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    if not versions:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    return versions[-1]


@contextmanager
def _scratch_folder() -> Iterator[Path]:
    """Not pytest's own: the server's user must reach it, and a socket's path has at most 107 characters."""
    folder = Path(tempfile.mkdtemp(prefix="mixdown-pg-"))
    try:
        if user := _user():
            shutil.chown(folder, user)
        yield folder
    finally:
        shutil.rmtree(folder)


@contextmanager
def _server(programs: Path, folder: Path) -> Iterator[None]:
    data = folder / "data"
    subprocess.run(
        [
            programs / "initdb",
            "--no-sync",
            "--auth=trust",
            "--username=postgres",
            "--encoding=UTF8",
            "-D",
            data,
        ],
        user=_user(),
        check=True,
        stdout=subprocess.DEVNULL,
    )
    settings = ["fsync=off", "full_page_writes=off", "synchronous_commit=off", "listen_addresses="]
    options = [part for setting in settings for part in ("-c", setting)]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [programs / "postgres", "-D", data, "-k", folder, *options], user=_user(), stdout=log, stderr=log
        )
    try:
        while subprocess.run([programs / "pg_isready", "-q", "-h", folder], check=False).returncode:
            assert server.poll() is None, (folder / "log").read_text()
            time.sleep(0.05)
        yield
    finally:
        server.send_signal(signal.SIGQUIT)  # stop at once: the data is thrown away
        server.wait()


def _user() -> str | None:
    """PostgreSQL refuses to run as root."""
    return "postgres" if os.geteuid() == 0 else None
