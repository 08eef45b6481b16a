"""A PostgreSQL server for tests and benchmarks: Debian's, as its own user, in a scratch folder, on a Unix socket."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

QUICK = ("fsync=off", "full_page_writes=off", "synchronous_commit=off")
"""What tests do not need: the data is thrown away."""


def installed() -> Path | None:
    """The programs of Debian's newest."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    return versions[-1] if versions else None


@contextmanager
def running(programs: Path) -> Iterator[Path]:
    """The folder with the socket of a server that lives as long as the context."""
    with _scratch_folder() as folder, _server(programs, folder):
        yield folder


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
    initialise: list[str | Path] = [
        programs / "initdb",
        "--no-sync",
        "--auth=trust",
        "--username=postgres",
        "--encoding=UTF8",
    ]
    subprocess.run([*initialise, "-D", data], user=_user(), check=True, stdout=subprocess.DEVNULL)
    options = [part for setting in (*QUICK, "listen_addresses=") for part in ("-c", setting)]
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
        server.send_signal(signal.SIGQUIT)  # stop at once
        server.wait()


def _user() -> str | None:
    """PostgreSQL refuses to run as root."""
    return "postgres" if os.geteuid() == 0 else None
