"""``mixdown voices`` and ``mixdown jobs``."""

from __future__ import annotations

import json
from pathlib import Path

from mixdown_client import Mixdown

from ..client.serving import Served
from .conftest import Invoke, Run


def test_voices_are_listed_by_language(invoke: Invoke, server: Served) -> None:
    rows = [
        line.split("\t") for line in invoke("voices", "--language", "en", server=server).stdout.splitlines()
    ]
    assert rows[0][0] == "alloy"
    assert all(row[1].startswith("en") and row[3] == "espeak" for row in rows)
    assert json.loads(invoke("voices", "--backend", "none", "--json", server=server).stdout) == []


def test_without_a_server_the_operators_key_is_not_asked_for(mixdown: Run) -> None:
    done = mixdown(
        "voices", "--language", "de", "--json", MODE="PROD", API_KEYS="secret-key", RATE_LIMIT="1/hour"
    )
    assert done.returncode == 0, done.stderr
    assert {voice["language"] for voice in json.loads(done.stdout)} == {"de"}


def test_jobs_are_listed_watched_and_cancelled(invoke: Invoke, server: Served) -> None:
    with Mixdown(server.url) as client:
        short = client.submit("Hi.")
        long = client.submit("This is a sentence, and it says nothing much. " * 3000)
    watched = invoke("jobs", "watch", short.id, server=server)
    assert json.loads(watched.stdout)["state"] == "succeeded"
    assert invoke("jobs", "cancel", long.id, server=server).exit_code == 0
    ended = invoke("jobs", "watch", long.id, server=server)
    assert (ended.exit_code, json.loads(ended.stdout)["state"]) == (1, "cancelled")
    assert f"{long.id}\tgenerate\tcancelled" in invoke("jobs", "list", server=server).stdout
    found = json.loads(invoke("jobs", "list", "--state", "succeeded", "--json", server=server).stdout)
    assert short.id in [job["id"] for job in found]


def test_a_job_that_nobody_knows(invoke: Invoke, server: Served) -> None:
    done = invoke("jobs", "watch", "nothing", server=server)
    assert (done.exit_code, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1


def test_a_voice_that_nobody_here_can_clone_is_refused_and_none_is_removed(
    invoke: Invoke, server: Served, tmp_path: Path
) -> None:
    recording = tmp_path / "anna.wav"
    recording.write_bytes(b"no sound")
    (tmp_path / "anna.txt").write_text("la la")
    asked = invoke(
        "voices", "add", str(recording), "--name", "Anna", "--text", f"@{tmp_path}/anna.txt", server=server
    )
    assert asked.exit_code == 1
    assert "clone" in asked.output
    gone = invoke("voices", "remove", "Anna", server=server)
    assert (gone.exit_code, "no cloned voice" in gone.output) == (1, True)
    missing = invoke("voices", "add", "nowhere.wav", "--name", "Anna", server=server)
    assert (missing.exit_code, "nowhere.wav" in missing.output) == (2, True)
