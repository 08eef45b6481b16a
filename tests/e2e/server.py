"""A real server process on loopback, as a user would start it."""

from __future__ import annotations

import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

import httpx

READY_WITHIN = 100.0
PATIENCE = 90.0
HIDDEN = ("MIXDOWN_", "INTERNAL_API_KEY", "MODE", "OPENAI_", "HTTP_PROXY", "http_proxy", "COV_")


_PORTS = count(random.randrange(20_000))
COUNTED_VOICE = {"BACKENDS__SYNTHESIS": '["espeak"]'}
"""Who speaks unless a test says otherwise: its figures count what it was asked for (`Server.spoken`)."""


class Server:
    """``start`` it, talk to ``url``, ``stop`` or ``kill`` it, and ``start`` it again on the same port and data."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.data = folder / "var"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.http = httpx.Client(base_url=self.url, timeout=60)
        self._folder = folder
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "uvicorn", "--factory", "mixdown_api:create_app"),
                    *("--host", "127.0.0.1", "--port", str(self.port), "--no-access-log"),
                ],
                cwd=self._folder,
                env=self._environment(),
                stdout=log,
                stderr=log,
            )
        self.wait_until(self._is_ready, READY_WITHIN)

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(20)
            finally:
                self._process.kill()
                self._process = None

    def kill(self) -> None:
        """As a crash or the kernel's memory killer would."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(20)
        self._process = None

    def log(self) -> str:
        return self._log.read_text(errors="replace")

    # ------------------------------------------------------------ what it says of itself

    def health(self) -> dict[str, Any]:
        report: dict[str, Any] = self.http.get("/health").raise_for_status().json()
        return report

    def running(self) -> int:
        """Renders that hold a slot."""
        return int(self.health()["admission"]["running"])

    def spoken(self) -> int:
        """Utterances that the voice's engine was asked for since the start."""
        return int(self.figures("synthesis", "espeak")["requests"])

    def figures(self, role: str, name: str) -> dict[str, Any]:
        rows = self.health()["backends"]
        return dict(next(row["figures"] for row in rows if (row["role"], row["name"]) == (role, name)))

    def children(self) -> list[int]:
        """The pids of its child processes, from /proc."""
        assert self._process is not None
        tasks = Path(f"/proc/{self._process.pid}/task").glob("*/children")
        return [int(pid) for task in tasks for pid in task.read_text().split()]

    # ------------------------------------------------------------ what lies on its disk

    def files(self) -> set[str]:
        """Everything below the data directory but the database."""
        found = (path.relative_to(self.data) for path in self.data.rglob("*") if path.is_file())
        return {str(path) for path in found if not path.name.startswith("mixdown.db")}

    def files_at_rest(self) -> set[str]:
        """The same, once nothing is on its way: what an earlier request keeps may come after its last byte, and a
        job after its request."""
        self.wait_until(lambda: not self._works() and not any(map(_is_on_its_way, self.files())))
        return self.files()

    def _works(self) -> bool:
        """Whether a job of an earlier test waits or runs."""
        states = ("queued", "running")
        return any(self.http.get("/v1/jobs", params={"state": state}).json()["data"] for state in states)

    def listed(self) -> set[str]:
        """The ids of the files that the database knows."""
        with sqlite3.connect(f"file:{self.data}/mixdown.db?mode=ro", uri=True) as database:
            return {row[0] for row in database.execute("SELECT id FROM files")}

    def wait_until(self, true: Callable[[], Any], seconds: float = PATIENCE) -> None:
        """Fails, with the log, where it does not become true."""
        deadline = time.monotonic() + seconds
        while not true():
            ended = self._process is not None and self._process.poll() is not None
            assert not ended, f"the server ended:\n{self.log()[-4000:]}"
            assert time.monotonic() < deadline, f"waited {seconds:g} s in vain:\n{self.log()[-4000:]}"
            time.sleep(0.02)

    def _is_ready(self) -> bool:
        try:
            return self.http.get("/ready").status_code == 200
        except httpx.TransportError:
            return False

    @property
    def _log(self) -> Path:
        return self._folder / "log"

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(HIDDEN)}
        voice = {} if any(name.startswith("BACKENDS") for name in self._settings) else COUNTED_VOICE
        ours = {"DATA_DIR": str(self.data), "PUBLIC_URL": self.url, "RATE_LIMIT": "off", **voice}
        ours |= self._settings
        return kept | {f"MIXDOWN_{name}": value for name, value in ours.items()}


def events(lines: Iterable[str]) -> list[tuple[str, str]]:
    """Server-sent events as (event, data); ``message`` where an event has no name."""
    found, name, data = [], "message", []
    for line in lines:
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            data.append(line.removeprefix("data: "))
        elif not line and data:
            found.append((name, "\n".join(data)))
            name, data = "message", []
    return found


def free_port() -> int:
    """Not one of those that the system gives to connections: such a one may be taken before, or while, a server that is
    started again has it. Each process of the tests begins elsewhere."""
    while True:
        port = 10_000 + next(_PORTS) % 20_000
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


def _is_on_its_way(name: str) -> bool:
    return "/incoming/" in name or (name.startswith("spool/") and not name.endswith(".lock"))
