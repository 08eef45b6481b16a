"""``mixdown serve``: where it listens, and how it ends."""

from __future__ import annotations

import signal
import socket
from pathlib import Path

import httpx
import pytest

from ..client.serving import Served, serve
from .conftest import Run


def test_renders_are_found_where_the_server_listens(server: Served) -> None:
    answer = httpx.post(f"{server.url}/v1/audio/generate", json={"text": "Hi."}, timeout=60).json()
    assert answer["audio_url"].startswith(f"{server.url}/v1/renders/")
    assert httpx.get(answer["audio_url"]).content


def test_the_documentation_is_where_it_says(server: Served) -> None:
    assert f"{server.url}/docs" in server.log.read_text()
    assert httpx.get(f"{server.url}/docs").status_code == 200
    assert "server" not in httpx.get(f"{server.url}/live").headers


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_well(tmp_path: Path, stop: signal.Signals) -> None:
    with serve(tmp_path, "--host", "localhost", "--data-dir", "elsewhere") as served:
        served.process.send_signal(stop)
        assert served.process.wait(20) == 0
        assert "Traceback" not in served.log.read_text()
    assert (tmp_path / "elsewhere" / "mixdown.db").exists()
    assert not (tmp_path / "var").exists()


def test_a_port_that_is_taken(mixdown: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = mixdown("serve", "--port", str(port))
    assert (done.returncode, done.stdout) == (1, "")
    assert (
        done.stderr
        == f"Error: Port {port} is in use; stop what runs there, or take another: `mixdown serve --port {port + 1}`.\n"
    )


@pytest.mark.parametrize(
    ("arguments", "settings", "said"),
    [
        (["--host", "192.0.2.1"], {}, "no address of this machine"),
        (["--host", "no.such.host.invalid"], {}, "no address of this machine"),
        (["--port", "0"], {"MODE": "PROD"}, "MODE=PROD needs a key"),
        (["--port", "0"], {"RATE_LIMIT": "often"}, "rate_limit: "),
        (["--port", "0", "--config", "missing.toml"], {}, "missing.toml does not exist"),
    ],
)
def test_a_start_that_fails_says_why_in_a_line(
    mixdown: Run, arguments: list[str], settings: dict[str, str], said: str
) -> None:
    done = mixdown("serve", *arguments, **settings)
    assert done.returncode == 1
    assert said in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
