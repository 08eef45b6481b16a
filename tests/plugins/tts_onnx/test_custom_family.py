"""docs/local-voices.md shows a family of a third party: it is installed from the page, and speaks."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "local-voices.md"
FILE = re.compile(r"^```\w+\n# (?P<path>[\w/]+\.(?:py|toml))\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def shown() -> dict[str, str]:
    """The page's files."""
    return {match["path"]: match["text"] for match in FILE.finditer(PAGE.read_text(encoding="utf-8"))}


@pytest.fixture
def installed(shown: dict[str, str], tmp_path: Path) -> Path:
    """As a wheel would be: modules and metadata in one folder of the path."""
    site = tmp_path / "site"
    for path, text in shown.items():
        folder = site if path.startswith("mixdown_chime") else tmp_path
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    project = tomllib.loads(shown["pyproject.toml"])["project"]
    info = site / f"mixdown_chime-{project['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    )
    entries = "".join(
        f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in rows.items())
        for group, rows in project["entry-points"].items()
    )
    (info / "entry_points.txt").write_text(entries)
    return site


PROGRAM = """
import asyncio, json, sys, tomllib
from pathlib import Path
from mixdown_kernel import Problem, SpeechRequest
from mixdown_kernel.testing import opening
from mixdown_kernel.testing.rendering import collect
from mixdown_tts_onnx import synthesis_backends

async def main():
    configuration = tomllib.loads(Path(sys.argv[1]).read_text())
    (name, *_) = configuration["backends"]["synthesis"]
    chime = next(one for one in synthesis_backends() if one.name == name)
    section = configuration.get("plugins", {}).get(name, {})
    async with opening.opened(chime, section, folder=Path("data")) as bells:
        try:
            render = await collect(bells, SpeechRequest(text="Two small bells.", language="en"))
        except Problem as problem:
            print(json.dumps([problem.code, problem.message, problem.hint]))
            return
        render.audio.samples.tofile("bells.f32")
        print(json.dumps(render.digest()))

asyncio.run(main())
"""


def run(folder: Path, site: Path, *command: str) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MIXDOWN_")}
    done = subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env={**environment, "PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_is_installed_and_speaks(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    run(tmp_path, installed, "make_model.py")
    said = json.loads(run(tmp_path, installed, "-c", PROGRAM, "mixdown.toml"))
    assert (said["rate"], said["frames"]) == (24_000, 3 * 12_000)
    assert said["words"] == [[0, 3, 0, 12_000], [4, 9, 12_000, 24_000], [10, 15, 24_000, 36_000]]
    bells = np.fromfile(tmp_path / "bells.f32", np.float32).reshape(3, 12_000)
    heard = np.abs(np.fft.rfft(bells)).argmax(axis=1) * 2
    assert heard.tolist() == [220 + 10 * letters for letters in (3, 5, 5)]


def test_without_its_model_it_says_what_is_missing(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "bare.toml").write_text('[backends]\nsynthesis = ["chime"]\n')
    code, message, hint = json.loads(run(tmp_path, installed, "-c", PROGRAM, "bare.toml"))
    assert code == "model_missing"
    assert message == "The chime model is not on this machine."
    assert "[plugins.chime] directories" in hint
