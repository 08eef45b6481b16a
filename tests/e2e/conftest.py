"""Real server processes, the official SDKs, and a web server with sounds to fetch."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import openai
import pytest

from .server import Server

MakeServer = Callable[..., Server]


@dataclass(frozen=True)
class Website:
    """A folder that is offered on a port of loopback."""

    folder: Path
    port: int

    def put(self, name: str, data: bytes) -> str:
        """The URL of a new file."""
        (self.folder / name).write_bytes(data)
        return f"http://127.0.0.1:{self.port}/{name}"


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, website: Website) -> Iterator[Server]:
    """One for every test that leaves it as it was. It may fetch from the website, and from nowhere else inside."""
    open_ = {"FETCH_ALLOW_PRIVATE": "127.0.0.1", "FETCH_PORTS": f"80,443,{website.port}"}
    server = Server(tmp_path_factory.mktemp("server"), **open_)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def full_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One guest at a time, and nobody waits."""
    server = Server(tmp_path_factory.mktemp("full"), RENDER_SLOTS="1", RENDER_QUEUE="0")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def make_server(tmp_path: Path) -> Iterator[MakeServer]:
    """A started server of the test's own; keyword arguments are settings (``RENDER_SLOTS="1"``)."""
    made: list[Server] = []

    def make(**settings: str) -> Server:
        folder = tmp_path / f"server{len(made)}"
        folder.mkdir()
        made.append(Server(folder, **settings))
        made[-1].start()
        return made[-1]

    yield make
    for server in made:
        server.stop()


@pytest.fixture
def client(server: Server) -> Iterator[openai.OpenAI]:
    """The official SDK, told where we are and nothing else."""
    with openai.OpenAI(base_url=f"{server.url}/v1", api_key="any", max_retries=0) as client:
        yield client


@pytest.fixture(scope="session")
def node_modules(pytestconfig: pytest.Config) -> Path:
    """A folder with the official Node SDK, installed once and kept in pytest's cache."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("node and npm are not installed (Debian: apt-get install nodejs npm)")
    folder = Path(pytestconfig.cache.mkdir("openai-node"))
    if not (folder / "node_modules" / "openai" / "package.json").exists():
        command = [npm, "install", "--no-audit", "--no-fund", "--prefix", str(folder), "openai@6"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
        if done.returncode:
            pytest.skip(f"npm cannot install the Node SDK here: {done.stderr[-300:]}")
    return folder


@pytest.fixture(scope="session")
def website(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Website]:
    """A plain web server on loopback."""
    folder = tmp_path_factory.mktemp("website")
    handler = partial(_Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as web:
        thread = threading.Thread(target=web.serve_forever)
        thread.start()
        yield Website(folder, web.server_port)
        web.shutdown()
        thread.join()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        pass
