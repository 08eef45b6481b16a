"""Clients leave, engines die, the service is killed: work stops, starts again, and nothing half-made is shown."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import socket
from pathlib import Path
from typing import Any

import httpx
import pytest

from .conftest import MakeServer
from .server import Server, events
from .sound import decode

SENTENCES = 200
LONG = " ".join(f"This is sentence number {n}, and it says nothing much." for n in range(1, SENTENCES + 1))
SPEECH: dict[str, Any] = {
    "model": "tts-1", "voice": "alloy", "input": LONG[:4000], "response_format": "wav",
    "background": {"type": "rain"},
}  # fmt: skip
"""Forty megabytes: far more than the sockets between us hold, so that it cannot be over before it is heard."""


def idle(server: Server) -> bool:
    return server.running() == 0 and server.figures("synthesis", "espeak")["queued"] == 0


def assert_the_work_stopped(server: Server, files: set[str], before: int, sentences: int) -> None:
    """No slot is held, far from all was spoken, and nothing but the next request's one utterance is spoken after."""
    server.wait_until(lambda: idle(server))
    spoken = server.spoken()
    assert spoken - before < sentences
    server.http.post("/v1/audio/speech", json={**SPEECH, "input": "Hi."}).raise_for_status()
    assert server.spoken() == spoken + 1
    server.wait_until(lambda: without_cache(server) <= files)


def without_cache(server: Server) -> set[str]:
    """Beds are kept as sources for whoever asks next."""
    return {name for name in server.files() if not name.startswith("cache")}


def test_a_listener_who_leaves_stops_the_speech(server: Server) -> None:
    files, before = server.files_at_rest(), server.spoken()
    with httpx.stream("POST", f"{server.url}/v1/audio/speech", json=SPEECH, timeout=60) as answer:
        assert answer.status_code == 200, answer.read()
        chunks = answer.iter_bytes(4096)
        next(chunks)
        assert server.running() == 1
    assert_the_work_stopped(server, files, before, SPEECH["input"].count("."))


def test_a_listener_to_events_who_leaves_stops_the_speech(server: Server) -> None:
    files, before = server.files_at_rest(), server.spoken()
    asked = {**SPEECH, "model": "gpt-4o-mini-tts", "stream_format": "sse"}
    with httpx.stream("POST", f"{server.url}/v1/audio/speech", json=asked, timeout=60) as answer:
        assert answer.status_code == 200, answer.read()
        lines = answer.iter_lines()
        assert next(lines).startswith("data: ")
        assert server.running() == 1
    assert_the_work_stopped(server, files, before, SPEECH["input"].count("."))


@pytest.mark.parametrize(
    "members", [{}, {"background": {"type": "rain"}, "music": {}}], ids=["voice", "mixed"]
)
def test_who_leaves_while_waiting_stops_the_render(server: Server, members: dict[str, Any]) -> None:
    files, before = server.files_at_rest(), server.spoken()
    body = json.dumps({"text": LONG, **members}).encode()
    head = f"POST /v1/audio/generate HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port)) as client:
        client.sendall(head.encode() + body)
        server.wait_until(lambda: server.spoken() > before)
    server.wait_until(lambda: idle(server))
    assert server.spoken() - before < SENTENCES
    server.wait_until(lambda: without_cache(server) <= files)


def kill_engines(server: Server) -> None:
    for pid in server.children():
        if b"engine.py" in Path(f"/proc/{pid}/cmdline").read_bytes():
            os.kill(pid, signal.SIGKILL)


def test_an_engine_that_died_unheard_is_replaced_when_it_is_needed(server: Server) -> None:
    """On uvloop, which uvicorn prefers, a closed pipe is no ConnectionError."""
    kill_engines(server)
    server.wait_until(lambda: server.figures("synthesis", "espeak")["processes_alive"] == 0)
    for _ in range(4):
        answer = server.http.post("/v1/audio/speech", json={**SPEECH, "input": "Hi."})
        assert answer.status_code == 200, answer.text


def test_a_dead_engine_is_replaced_and_nothing_is_lost(server: Server) -> None:
    whole = server.http.post("/v1/audio/speech", json=SPEECH).content
    restarts = server.figures("synthesis", "espeak")["restarts"]
    with httpx.stream("POST", f"{server.url}/v1/audio/speech", json=SPEECH, timeout=60) as answer:
        chunks = answer.iter_bytes(4096)
        heard = next(chunks)
        kill_engines(server)
        heard += b"".join(chunks)
    assert heard == whole
    assert server.figures("synthesis", "espeak")["restarts"] > restarts
    assert server.health()["status"] == "ok"


def test_a_kill_loses_nothing(make_server: MakeServer) -> None:
    server = make_server()
    kept = server.http.post("/v1/audio/generate", json={"text": "Kept.", "output": {"format": "wav"}}).json()
    sound = httpx.get(kept["audio_url"]).content
    asked = {"text": SPEECH["input"], "background": {"type": "rain"}, "seed": 4, "output": {"format": "mp3"}}
    job = server.http.post("/v1/audio/generate", json=asked, headers={"prefer": "respond-async"}).json()
    listed = server.listed()
    server.wait_until(lambda: server.spoken() > 5)
    server.kill()

    assert server.listed() == listed
    server.start()
    again = httpx.get(kept["audio_url"])
    assert (again.status_code, again.content) == (200, sound)
    assert all(server.http.get(f"/v1/renders/{id_}").status_code == 200 for id_ in server.listed())
    with server.http.stream("GET", f"/v1/jobs/{job['id']}/events", timeout=90) as stream:
        last = json.loads(events(stream.iter_lines())[-1][1])
    assert (last["state"], last["attempts"]) == ("succeeded", 2), last["error"]
    assert last["result"]["receipt"]["seed"] == 4
    made = httpx.get(last["result"]["audio_url"]).content
    assert hashlib.sha256(made).hexdigest() == last["result"]["receipt"]["content_sha256"]
    samples, rate = decode(made)
    assert len(samples) * 1000 / rate == pytest.approx(last["result"]["duration_ms"], abs=100)
    left = {name for name in without_cache(server) if name.startswith("spool") or name.endswith(".part")}
    assert all(name.endswith(".lock") for name in left), "but for the lock that the new process holds"
