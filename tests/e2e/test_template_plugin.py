"""The template is a plugin that somebody else could publish: built, installed beside the kernel alone, proved by
the testing kit, configured by one line, and heard through the API."""

from __future__ import annotations

import io
import os
import shutil
import socket
import subprocess
import sys
import time
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import numpy as np
import pytest

from mixdown_kernel import Samples
from mixdown_kernel.testing.signals import dominant_frequency

ROOT = Path(__file__).parents[2]
UV = shutil.which("uv")
LETTER = 24_000 * 80 // 1000
READY_WITHIN = 200.0

pytestmark = [
    pytest.mark.skipif(UV is None, reason="uv is not on the path"),
    pytest.mark.timeout(600),  # a cold machine downloads what the clean environment needs
]


@dataclass(frozen=True)
class Environment:
    """A virtual environment without anything of ours but what is put into it."""

    folder: Path

    @property
    def python(self) -> Path:
        return self.folder / ("Scripts" if os.name == "nt" else "bin") / "python"

    def install(self, *requirements: str | Path) -> None:
        _uv("pip", "install", "--quiet", "--python", self.python, *requirements)

    def run(self, *arguments: str, cwd: Path) -> str:
        return _run(self.python, *arguments, cwd=cwd)


def _run(*command: str | Path, cwd: Path = ROOT) -> str:
    done = subprocess.run(command, cwd=cwd, env=clean(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def _uv(*arguments: str | Path) -> None:
    assert UV is not None
    _run(UV, *arguments)


def clean() -> dict[str, str]:
    """The environment's variables without those that would let this environment shine through."""
    hidden = ("MIXDOWN_", "PYTHON", "VIRTUAL_ENV", "COV_", "PYTEST_")
    return {name: value for name, value in os.environ.items() if not name.startswith(hidden)}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template as an author would copy it, away from the workspace."""
    folder = tmp_path_factory.mktemp("author") / "template"
    shutil.copytree(ROOT / "template", folder, ignore=shutil.ignore_patterns("__pycache__", ".*", "dist"))
    return folder


@pytest.fixture(scope="module")
def wheels(copy: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Built wheels by distribution."""
    sources = {
        "kernel": ROOT / "kernel",
        "api": ROOT / "api",
        "mixing": ROOT / "plugins" / "mixing",
        "template": copy,
    }
    folder = tmp_path_factory.mktemp("wheels")
    built = {}
    for name, source in sources.items():
        _uv("build", "--quiet", "--wheel", "--out-dir", folder / name, source)
        (built[name],) = (folder / name).glob("*.whl")
    return built


@pytest.fixture(scope="module")
def environment(wheels: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """The kernel and the template, and nothing else of Mixdown."""
    folder = tmp_path_factory.mktemp("clean") / "venv"
    _uv("venv", "--quiet", "--python", sys.executable, folder)
    environment = Environment(folder)
    environment.install(wheels["kernel"], wheels["template"], "pytest>=8.3", "pytest-asyncio>=0.25")
    return environment


def test_beside_the_kernel_alone_it_passes_its_contract(environment: Environment, copy: Path) -> None:
    """The installed wheel, not the folder: its sources are not on the path."""
    shutil.rmtree(copy / "src", ignore_errors=True)
    summary = environment.run("-m", "pytest", "-q", "-p", "no:cacheprovider", "tests", cwd=copy)
    assert "passed" in summary
    assert "failed" not in summary


def test_a_kernel_finds_it_and_speaks_with_it(environment: Environment, tmp_path: Path) -> None:
    program = """
import asyncio
from mixdown_kernel import Kernel, Master, Scene, VoiceLayer

async def main():
    scene = Scene(layers=[VoiceLayer(id="v", text="abc")], rate=24000, channels=1, master=Master(mode="none"))
    async with Kernel({"data_dir": "var"}, strict=True) as kernel:
        audio, receipt = await kernel.render(scene)
        print(sorted(kernel.plugins), receipt.sources[0].backend, receipt.sources[0].version, audio.frames)

asyncio.run(main())
"""
    assert (
        environment.run("-c", program, cwd=tmp_path).strip()
        == f"['kernel', 'template'] template 0.1.0 {4 * LETTER}"
    )


# ---------------------------------------------------------------- through the API


@pytest.fixture(scope="module")
def server(
    environment: Environment, wheels: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[httpx.Client]:
    """A real server process; one line of configuration makes the template its voice."""
    environment.install(wheels["kernel"], wheels["api"], wheels["mixing"])
    folder = tmp_path_factory.mktemp("server")
    (folder / "mixdown.toml").write_text('[backends]\nsynthesis = ["template"]\n')
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        command: list[str | Path] = [
            environment.python,
            "-m",
            "uvicorn",
            "--factory",
            "mixdown_api:create_app",
        ]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [*command, "--fd", str(listening.fileno())],
                cwd=folder,
                env={**clean(), "MIXDOWN_DATA_DIR": str(folder / "var")},
                pass_fds=[listening.fileno()],
                stdout=log,
                stderr=log,
            )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=100) as client:
            _wait_until_ready(client, process, folder / "log")
            yield client
    finally:
        process.terminate()
        process.wait(60)


def _wait_until_ready(client: httpx.Client, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if client.get("/ready").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    pytest.fail(f"the server did not become ready:\n{log.read_text()}")


def test_the_server_names_it(server: httpx.Client) -> None:
    rows = {row["name"]: row for row in server.get("/v1/plugins").json()["plugins"]}
    template = rows["template"]
    assert (template["state"], template["distribution"], template["version"]) == (
        "active",
        "mixdown-template",
        "0.1.0",
    )
    assert not template["editable"]


@pytest.mark.parametrize(
    "members",
    [{"model": "template", "voice": "flute"}, {"model": "tts-1", "voice": "alloy"}],
    ids=["named", "default"],
)
def test_its_tones_are_heard_through_the_api(server: httpx.Client, members: dict[str, str]) -> None:
    """Asked for by name, and as the voice of whoever asks for none of it."""
    answer = server.post("/v1/audio/speech", json={"input": "cab fed", "response_format": "wav", **members})
    assert answer.status_code == 200, answer.text
    with wave.open(io.BytesIO(answer.content)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (24_000, 1, 2)
        data = file.readframes(10**7)
    samples = (np.frombuffer(data, "<i2")[:, None] / 32_768).astype(np.float32)
    letters = samples[: samples.shape[0] // LETTER * LETTER].reshape(-1, LETTER, 1)
    assert spelled(letters[:7]) == "cab fed"


def test_its_other_voice_sounds_different(server: httpx.Client) -> None:
    flute, reed = (
        server.post(
            "/v1/audio/speech",
            json={"model": "template", "voice": voice, "input": "a", "response_format": "pcm"},
        )
        for voice in ("flute", "reed")
    )
    assert flute.status_code == reed.status_code == 200
    assert flute.content != reed.content


def test_it_is_listed_with_its_voices(server: httpx.Client) -> None:
    voices = server.get("/v1/voices").text
    assert '"flute"' in voices
    assert '"reed"' in voices


def spelled(letters: Samples) -> str:
    """What the tones say: one letter a row, a space for silence."""
    return "".join(
        chr(ord("a") + round(12 * np.log2(dominant_frequency(letter, 24_000) / 440)))
        if np.abs(letter).max() > 0.01
        else " "
        for letter in letters
    )
