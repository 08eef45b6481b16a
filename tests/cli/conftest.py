"""The command as users run it: a process, with a server and without."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ..client.serving import Served, environment, serve

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serve(tmp_path_factory.mktemp("server")) as served:
        yield served


@pytest.fixture
def mixdown(tmp_path: Path) -> Run:
    """Runs the command in an empty folder. Keyword arguments are settings: ``MODE="PROD"``."""

    def run(*arguments: str | Path, stdin: str = "", path: Path | None = None, **settings: str) -> Any:
        return subprocess.run(
            [sys.executable, "-m", "mixdown_cli", *arguments],
            cwd=tmp_path,
            env=environment(**settings) | ({"PYTHONPATH": str(path)} if path else {}),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run
