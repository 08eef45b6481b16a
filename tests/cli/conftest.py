"""The command as users run it: a process, with a server and without."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from mixdown_cli.main import main

from ..client.serving import Served, environment, serve

Run = Callable[..., subprocess.CompletedProcess[str]]
Invoke = Callable[..., Result]


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


@pytest.fixture
def invoke(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Invoke:
    """The same inside this process, which takes seconds less: for what configures nothing, as with ``--server``."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, stdin: str = "", server: Served | None = None) -> Result:
        env = {"MIXDOWN_SERVER": server.url} if server else {}
        return CliRunner().invoke(main, arguments, input=stdin, env=env)

    return run
