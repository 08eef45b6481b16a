"""The command itself: help, version, failures."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version

from mixdown_client import MixdownError

from ..client.serving import environment
from .conftest import Invoke, Run

HEAVY = {
    "numpy",
    "pydantic",
    "httpx",
    "fastapi",
    "uvicorn",
    "rich",
    "mixdown_kernel",
    "mixdown_api",
    "mixdown_client",
}


def test_help_loads_nothing_heavy() -> None:
    program = "import sys; from mixdown_cli.main import main; main(['--help'], standalone_mode=False); print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment(), capture_output=True, text=True, check=True
    )
    *lines, modules = done.stdout.splitlines()
    assert HEAVY.isdisjoint(modules.split())
    commands = {line.split()[0] for line in lines if line.startswith("  ")}
    assert {"serve", "say", "render", "voices", "plugins", "jobs"} <= commands


def test_the_version(mixdown: Run) -> None:
    assert mixdown("--version").stdout == f"mixdown {version('mixdown')}\n"


def test_a_server_that_is_not_there(invoke: Invoke) -> None:
    done = invoke("voices", "--server", "http://127.0.0.1:1")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith("Error: Nothing answers at http://127.0.0.1:1/")
    assert "mixdown serve" in done.stderr
    assert isinstance(invoke("--debug", "voices", "--server", "http://127.0.0.1:1").exception, MixdownError)


def test_a_configuration_that_is_wrong_names_its_member(mixdown: Run) -> None:
    done = mixdown("plugins", THREADS="none")
    assert done.returncode == 1
    assert done.stderr.startswith("Error: The configuration is wrong: threads: ")
