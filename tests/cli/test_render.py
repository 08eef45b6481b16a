"""``mixdown render``: a scene on the kernel of this process."""

from __future__ import annotations

import json
import wave
from pathlib import Path
from typing import Any

import pytest

from ..client.serving import Served
from .conftest import Invoke, Run

VOICE = {"type": "voice", "id": "voice", "text": "Hello there."}
RAIN = {
    "type": "source",
    "id": "rain",
    "role": "ambient",
    "request": {"kind": "rain"},
    "loop": True,
    "volume": 0.2,
}
SCENE: dict[str, Any] = {"layers": [VOICE, RAIN], "seed": 1, "tail_ms": 500}


def test_a_scene_becomes_a_file_as_long_as_it_says(mixdown: Run, tmp_path: Path) -> None:
    (tmp_path / "scene.json").write_text(json.dumps(SCENE))
    done = mixdown("render", "scene.json", "-o", "hello.wav", "--json")
    assert done.returncode == 0, done.stderr
    receipt = json.loads(done.stdout)
    with wave.open(str(tmp_path / "hello.wav")) as file:
        assert (file.getnframes(), file.getframerate()) == (receipt["frames"], 48_000)
    assert receipt["seed"] == 1
    assert {source["role"] for source in receipt["sources"]} == {"synthesis", "ambient"}
    assert {path.name for path in tmp_path.iterdir()} == {"scene.json", "hello.wav", "var"}


@pytest.mark.parametrize(
    ("scene", "said"),
    [
        ("{", "is no scene"),
        ('{"layers": []}', "layers: "),
        (json.dumps({**SCENE, "rate": 1}), "rate: "),
        (json.dumps({"layers": [{**VOICE, "speed": 40}]}), "layers.0.voice.speed: "),
        (json.dumps({"layers": [{**VOICE, "volumne": 1}]}), "layers.0.voice.volumne: "),
        (json.dumps({"layers": [{**RAIN, "request": {"kind": "frogs"}}]}), "frogs"),
    ],
)
def test_a_scene_that_is_none_is_refused_by_member(
    invoke: Invoke, scene: str, said: str, tmp_path: Path
) -> None:
    done = invoke("render", "-", "-o", "a.wav", stdin=scene)
    assert (done.exit_code, done.stdout) == (1, "")
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "a.wav").exists()


def test_a_server_is_not_asked(invoke: Invoke, server: Served) -> None:
    done = invoke("render", "-", "-o", "a.wav", "--server", "http://127.0.0.1:1", stdin="{}")
    assert done.exit_code == 2
    assert "rendered here" in done.stderr
    assert "Rendering here" in invoke("render", "-", "-o", "a.wav", stdin="{}", server=server).stderr
