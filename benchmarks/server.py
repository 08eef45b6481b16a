"""A server process of our own to measure: started for a benchmark, stopped after it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx


@dataclass(frozen=True)
class Server:
    url: str
    pid: int

    def peak_rss(self) -> int:
        """The server process's highest resident memory so far, in bytes (its children are not counted)."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
        raise RuntimeError("the kernel does not say")


@contextmanager
def serving(**environment: str) -> Iterator[Server]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="mixdown-bench-") as folder:
        env = {**os.environ, "MIXDOWN_RATE_LIMIT": "off", "MIXDOWN_DATA_DIR": folder, **environment}
        env["MIXDOWN_LOG_LEVEL"] = "error"
        command = [sys.executable, "-m", "mixdown_cli", "serve", "--port", str(port)]
        process = subprocess.Popen(command, env=env, cwd=folder, stdout=subprocess.DEVNULL)
        try:
            url = f"http://127.0.0.1:{port}"
            _wait(url, process)
            yield Server(url, process.pid)
        finally:
            process.terminate()
            process.wait(20)


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        try:
            if httpx.get(f"{url}/ready").status_code == 200:
                return
        except httpx.TransportError:
            if process.poll() is not None:
                raise RuntimeError("the server did not start") from None
        time.sleep(0.1)
    raise RuntimeError("the server did not become ready")
