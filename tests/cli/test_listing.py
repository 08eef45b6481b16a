"""``mixdown voices`` and ``mixdown jobs``."""

from __future__ import annotations

import json

from mixdown_client import Mixdown

from ..client.serving import Served
from .conftest import Run


def test_voices_are_listed_by_language(mixdown: Run, server: Served) -> None:
    rows = [
        line.split("\t")
        for line in mixdown("voices", "--language", "en", SERVER=server.url).stdout.splitlines()
    ]
    assert rows[0][0] == "alloy"
    assert all(row[1].startswith("en") and row[3] == "espeak" for row in rows)
    assert json.loads(mixdown("voices", "--backend", "none", "--json", SERVER=server.url).stdout) == []


def test_without_a_server_the_operators_key_is_not_asked_for(mixdown: Run) -> None:
    done = mixdown(
        "voices", "--language", "de", "--json", MODE="PROD", API_KEYS="secret-key", RATE_LIMIT="1/hour"
    )
    assert done.returncode == 0, done.stderr
    assert {voice["language"] for voice in json.loads(done.stdout)} == {"de"}


def test_jobs_are_listed_watched_and_cancelled(mixdown: Run, server: Served) -> None:
    with Mixdown(server.url) as client:
        short = client.submit("Hi.")
        long = client.submit("This is a sentence, and it says nothing much. " * 3000)
    watched = mixdown("jobs", "watch", short.id, SERVER=server.url)
    assert json.loads(watched.stdout)["state"] == "succeeded"
    assert mixdown("jobs", "cancel", long.id, SERVER=server.url).returncode == 0
    ended = mixdown("jobs", "watch", long.id, SERVER=server.url)
    assert (ended.returncode, json.loads(ended.stdout)["state"]) == (1, "cancelled")
    assert f"{long.id}\tgenerate\tcancelled" in mixdown("jobs", "list", SERVER=server.url).stdout
    found = json.loads(mixdown("jobs", "list", "--state", "succeeded", "--json", SERVER=server.url).stdout)
    assert short.id in [job["id"] for job in found]


def test_a_job_that_nobody_knows(mixdown: Run, server: Served) -> None:
    done = mixdown("jobs", "watch", "nothing", SERVER=server.url)
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1
