"""The official OpenAI SDK for Node, unmodified, against a real server process (see openai_client.mjs)."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from .server import Server
from .sound import decode, pcm

SCRIPT = Path(__file__).with_name("openai_client.mjs")
MEDIA_TYPES = {
    "mp3": "audio/mpeg", "opus": "audio/ogg", "aac": "audio/aac", "flac": "audio/flac", "wav": "audio/wav", "pcm": "audio/pcm",
}  # fmt: skip
REFUSALS = {
    "voice": ("NotFoundError", 404, "not_found_error", "voice", "unknown_voice"),
    "model": ("NotFoundError", 404, "not_found_error", "model", "model_not_found"),
    "input": ("BadRequestError", 400, "invalid_request_error", "input", "invalid_input"),
    "speed": ("BadRequestError", 400, "invalid_request_error", "speed", "invalid_speed"),
    "member": ("BadRequestError", 400, "invalid_request_error", "foo", "unknown_field"),
    "events": ("BadRequestError", 400, "invalid_request_error", "stream_format", "unsupported_value"),
}


@dataclass(frozen=True)
class Run:
    seen: dict[str, Any]
    folder: Path

    def bytes(self, name: str) -> bytes:
        return (self.folder / name).read_bytes()


@pytest.fixture(scope="module")
def run(
    server: Server, full_house: Server, node_modules: Path, tmp_path_factory: pytest.TempPathFactory
) -> Run:
    folder = tmp_path_factory.mktemp("node")
    script = shutil.copy(SCRIPT, node_modules / f"client-{os.getpid()}.mjs")
    try:
        done = subprocess.run(
            ["node", script, f"{server.url}/v1", str(folder)],
            env=os.environ | {"BUSY_URL": f"{full_house.url}/v1"},
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
    finally:
        Path(script).unlink()
    assert done.returncode == 0, done.stderr
    return Run(json.loads(done.stdout), folder)


def test_each_format_arrives_whole(run: Run) -> None:
    assert run.seen["formats"] == MEDIA_TYPES
    frames = len(pcm(run.bytes("speech.pcm")))
    for name in ("mp3", "opus", "aac", "flac", "wav"):
        samples, rate = decode(run.bytes(f"speech.{name}"))
        assert len(samples) / rate == pytest.approx(frames / 24_000, abs=0.15)


def test_a_stream_into_a_file(run: Run) -> None:
    assert run.bytes("streamed.pcm") == run.bytes("speech.pcm")


def test_events(run: Run) -> None:
    assert run.seen["eventTypes"] == ["speech.audio.delta", "speech.audio.done"]
    assert run.bytes("events.pcm") == run.bytes("speech.pcm")
    usage = run.seen["last"]["usage"]
    assert usage["input_tokens"] + usage["output_tokens"] == usage["total_tokens"]


def test_our_own_members(run: Run) -> None:
    samples, rate = decode(run.bytes("mixed.wav"))
    assert (rate, samples.shape[1]) == (48_000, 2)
    assert httpx.get(run.seen["render"]).content == run.bytes("mixed.wav")


@pytest.mark.parametrize("name", REFUSALS)
def test_refusals(run: Run, name: str) -> None:
    found = run.seen["refusals"][name]
    shown = (found["class"], found["status"], found["type"], found["param"], found["code"])
    assert shown == REFUSALS[name]
    assert found["requestID"]


def test_it_tries_again_when_the_house_is_full(run: Run) -> None:
    assert (run.seen["busy"]["class"], run.seen["busy"]["status"]) == ("InternalServerError", 503)
    assert int(run.seen["busy"]["retryAfter"]) >= 1
    assert run.seen["retried"] > 1000


def test_models(run: Run) -> None:
    assert {"tts-1", "espeak"} <= set(run.seen["models"])
    assert run.seen["model"]["object"] == "model"
