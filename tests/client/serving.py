"""``mixdown serve`` as a process, on a port that was free."""

from __future__ import annotations

import functools
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

READY_WITHIN = 100.0
FOREIGN = (
    "MIXDOWN_",
    "PYTHONDONTWRITEBYTECODE",
    "INTERNAL_API_KEY",
    "MODE",
    "COV_",
    "HTTP_PROXY",
    "http_proxy",
)


@dataclass(frozen=True)
class Served:
    url: str
    process: subprocess.Popen[bytes]
    log: Path


def environment(**settings: str) -> dict[str, str]:
    """The environment without what would configure Mixdown, and then with these settings.

    Processes share their compiled modules: where none may be written, each would compile them anew, for seconds.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    kept["PYTHONPYCACHEPREFIX"] = _compiled().name
    return kept | {f"MIXDOWN_{name}": value for name, value in settings.items()}


@functools.cache
def _compiled() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="mixdown-compiled-")


@contextmanager
def serve(folder: Path, *arguments: str, **settings: str) -> Iterator[Served]:
    """A server that is ready, in a folder of its own; stopped when the block ends. Unless a setting says otherwise espeak
    speaks, whose hundred languages are listed and which starts at once."""
    settings = {"BACKENDS__SYNTHESIS": '["espeak"]', **settings}
    log = folder / "log"
    command = [sys.executable, "-m", "mixdown_cli", "serve", "--port", "0", *arguments]
    with log.open("wb") as file:
        process = subprocess.Popen(
            command, cwd=folder, env=environment(RATE_LIMIT="off", **settings), stdout=file, stderr=file
        )
    try:
        url = _wait_for(process, log)
        yield Served(url, process, log)
    finally:
        process.terminate()
        try:
            process.wait(20)
        finally:
            process.kill()


def _wait_for(process: subprocess.Popen[bytes], log: Path) -> str:
    """The URL that the server says it listens on, once it is ready there."""
    deadline = time.monotonic() + READY_WITHIN
    while True:
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        said = re.search(r"listens on (http://\S+),", log.read_text())
        if said and _is_ready(said[1]):
            return said[1]
        time.sleep(0.05)


def _is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/ready").status_code == 200
    except httpx.TransportError:
        return False
