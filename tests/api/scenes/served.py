"""The whole application behind a real socket, in a thread of the test process."""

from __future__ import annotations

import socket
import sqlite3
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from mixdown_api import create_app
from mixdown_api.edge import ApiSettings
from mixdown_kernel import Kernel


class Served:
    """``http`` speaks to it; ``disk`` and ``listed`` say what it keeps."""

    def __init__(self, folder: Path) -> None:
        self.data = folder
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        kernel = Kernel({"data_dir": folder, "backends": {"mixing": ["numpy"], "synthesis": ["espeak"]}})
        self.app = create_app(kernel, ApiSettings(rate_limit="off", public_url=self.url))
        self._server = uvicorn.Server(uvicorn.Config(self.app, log_config=None))
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._socket]})
        self.http = httpx.Client(base_url=self.url, timeout=60)

    def start(self) -> None:
        self._thread.start()
        self.generate({"text": "Ready.", "dry_run": True}).raise_for_status()  # waits for every backend

    def stop(self) -> None:
        self.http.close()
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()

    def generate(self, body: object, **options: Any) -> httpx.Response:
        return self.http.post("/v1/audio/generate", json=body, **options)

    def speak(self, body: object) -> httpx.Response:
        return self.http.post("/v1/audio/speech", json=body)

    def traces(self) -> tuple[set[str], set[str], int]:
        """Everything that work leaves behind: files, rows, and utterances that were spoken."""
        found = {str(path.relative_to(self.data)) for path in self.data.rglob("*") if path.is_file()}
        with sqlite3.connect(f"file:{self.data}/mixdown.db?mode=ro", uri=True) as database:
            rows = {row[0] for row in database.execute("SELECT id FROM files UNION SELECT id FROM jobs")}
        backends = self.http.get("/health").json()["backends"]
        spoken = next(row["figures"]["requests"] for row in backends if row["role"] == "synthesis")
        return {name for name in found if not name.startswith("mixdown.db")}, rows, spoken


_KEY = pytest.StashKey[Served]()


@pytest.fixture(scope="session")
def served(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Served:
    """One for all folders that import this."""
    if _KEY not in pytestconfig.stash:
        one = Served(tmp_path_factory.mktemp("served"))
        one.start()
        pytestconfig.stash[_KEY] = one
        pytestconfig.add_cleanup(one.stop)
    return pytestconfig.stash[_KEY]
