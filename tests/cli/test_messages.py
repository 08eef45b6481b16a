"""``mixdown messages``: every verb of the contract, asked as an operator asks."""

from __future__ import annotations

import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from mixdown_cli.main import main

from ..client.serving import Served, environment, serve
from .conftest import Run

KEY = "an-internal-key"
Ask = Callable[..., Result]
LABEL = "stem.name.jose"
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def private(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """As the original was run: in production, behind its internal key."""
    with serve(tmp_path_factory.mktemp("private"), MODE="PROD", INTERNAL_API_KEY=KEY) as served:
        yield served


@pytest.fixture
def ask(private: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """By the original's names in the environment; others as keyword arguments."""
    monkeypatch.chdir(tmp_path)
    for name in ("MIXDOWN_SERVER", "MIXDOWN_API_KEY"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: str | Path, **environment: str) -> Result:
        settings = {"HYBRID_AUDIO_API_URL": private.url, "INTERNAL_API_KEY": KEY} | environment
        return CliRunner().invoke(main, ["messages", *map(str, arguments)], env=settings)

    return run


@pytest.fixture
def answer(ask: Ask) -> Callable[..., Any]:
    """What ``--json`` prints."""

    def run(*arguments: str | Path) -> Any:
        done = ask(*arguments, "--json")
        assert done.exit_code == 0, done.output
        assert done.stderr == ""
        return json.loads(done.stdout)

    return run


def test_generate(answer: Callable[..., Any]) -> None:
    assert answer("generate", "name", "  JOSE ", "--extended")["cache_entry"]["text"] == "Jose"
    assert answer("generate", "developer", "Hilton")["label"] == "stem.developer.hilton"
    both = answer("generate", "combined", "Jose", "Hilton")
    assert (both["name"]["status"], both["developer"]["status"]) == ("cached", "cached")
    spoken = answer("generate", "stem", "Good day.", "--speed", "0.8", "--category", "script", "--extended")
    assert spoken["cache_entry"]["generation_config"]["speed"] == 0.8


def test_assemble(answer: Callable[..., Any]) -> None:
    made = answer(
        *("assemble", "template", "Jose", "Hilton", "--template", "double_anchor_hybrid.json"),
        *("--variant", "soft_warm", "--clean", "--extended"),
    )
    assert made["segments"] == len(made["stem_details"]) == 4
    answer("generate", "name", "Jose")
    joined = answer(
        "assemble", "segments", LABEL, "Call us back.", "--gap-ms", "80", "--crossfade-ms", "0", "--extended"
    )
    assert joined["timing_map"][0]["gap_ms"] == 80
    assert answer("assemble", "output-location")["latest_output"] == joined["output_file"]
    assert answer("assemble", "outputs", "--limit", "1")["outputs"][0]["url"] == joined["url"]
    assert "double_anchor_hybrid" in json.dumps(answer("assemble", "templates"))


def test_rotation(answer: Callable[..., Any]) -> None:
    coming = answer("rotation", "stream", "--limit", "3")
    taken = [answer("rotation", *verb) for verb in (["next"], ["next-pair"])]
    assert [one["name"] for one in coming[:2]] == [one["name"] for one in taken]
    assert set(answer("rotation", "generate-pair")["stems"]) == {"name", "developer"}
    for verb, dataset in (
        ("next-name", "names"),
        ("next-developer", "developers"),
        ("next-script", "scripts"),
    ):
        assert answer("rotation", "peek", dataset, "--limit", "1") == [answer("rotation", verb)]
    assert answer("rotation", "scripts-stream", "--limit", "1") == [
        answer("rotation", "next", "--dataset", "scripts")
    ]
    assert answer("rotation", "generate-script")["stem"]["label"].startswith("stem.script.")
    claim = answer("rotation", "claim", "names", "--key", "mail-1")
    assert answer("rotation", "claim", "names", "--key", "mail-1") == claim
    assert answer("rotation", "release", "mail-1")["item"] == claim["item"]
    assert answer("rotation", "disable", "names", claim["item"])["changed"] == 1
    assert answer("rotation", "enable", "names", claim["item"])["changed"] == 1
    assert answer("rotation", "stats")["pairs"]["dealt"] == 3
    assert list(answer("rotation", "stats", "--dataset", "scripts")["datasets"]) == ["scripts"]


def test_cache(answer: Callable[..., Any], ask: Ask) -> None:
    answer("generate", "name", "Jose")
    assert LABEL in answer("cache", "list", "--extended")["stems"]
    assert answer("cache", "list", "--limit", "1", "--after", "stem.name.j")["stems"]
    assert (
        answer("cache", "check-many", f"{LABEL},stem.name.none", "stem.name.other")["summary"]["total"] == 3
    )
    assert answer("cache", "consistency-report", "--extended")["traffic"] == "green"
    assert answer("cache", "verify-and-repair")["summary"]["total_missing"] == 0
    for what in ("stems", "stems-index", "outputs"):
        assert answer("cache", "integrity", what)["status"] == "ok"
    assert answer("cache", "invalidate", LABEL)["status"] == "ok"
    again = ask("cache", "invalidate", LABEL, "--json")
    assert (again.exit_code, json.loads(again.stdout)["status"]) == (1, "not_found")


@pytest.mark.parametrize(
    "verb",
    [
        ["cache", "check-in-bucket", LABEL],
        ["cache", "bucket-list", "--prefix", "stems/"],
        ["rotation", "check-bucket", LABEL],
        ["generate", "combined", "Jose", "Hilton", "--upload"],
        ["assemble", "segments", "Hello.", "--upload"],
    ],
    ids=" ".join,
)
def test_what_needs_a_bucket_says_so(ask: Ask, verb: list[str]) -> None:
    done = ask(*verb)
    assert (done.exit_code, done.stdout) == (1, "")
    assert "No bucket is configured" in done.stderr


def test_datasets_and_a_batch(answer: Callable[..., Any], ask: Ask, tmp_path: Path) -> None:
    names = tmp_path / "names.csv"
    names.write_text("﻿id,first name\n1,Ada\n2,Bea\n3,Ada\n", encoding="utf-8")
    (tmp_path / "makers.json").write_text('{"items": ["Hilton", "Skyline Homes"]}')
    assert answer("external", "preview", names)["sample"] == ["Ada", "Bea"]
    stored = answer("external", "upload_base", names, "--target", "names", "--name", "guests")
    assert (stored["saved_as"], stored["duplicates"]) == ("guests.json", 1)
    answer("external", "upload-base", tmp_path / "makers.json", "--target", "developers", "--name", "makers")
    which = ("--names", "guests", "--developers", "makers")
    checked = answer("batch", "validate", *which)
    assert (checked["state"], checked["result"]["messages"], checked["result"]["failed"]) == (
        "succeeded",
        4,
        0,
    )
    made = answer("batch", "template", *which)
    assert made["result"]["made"] == checked["result"]["to_make"] > 0
    assert made["progress"]["done"] == made["progress"]["total"] == 4
    told = ask("batch", "template", *which, "--limit", "3").stdout
    assert "state: succeeded\n" in told
    assert "result.messages: 3\n" in told
    assert answer("batch", "rotations", "--count", "2", "--of", "scripts")["result"]["tasks"] == 2
    assert answer("batch", "rotations", "--count", "1", "--no-wait")["state"] in (
        "queued",
        "running",
        "succeeded",
    )
    assert answer("cache", "bulk", *which)["result"]["failed"] == 0
    assert "guests.json" in [one["file"] for one in answer("external", "list")]
    assert answer("external", "delete", "guests.json")["status"] == "ok"
    refused = ask("external", "delete", "common_names.json")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "core dataset" in refused.stderr


def test_a_batch_with_failures_is_told_in_whole_and_exits_with_1(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "odd.json").write_text(json.dumps(["Ada", "No name is as long as this. " * 10]))
    assert ask("external", "upload_base", "odd.json", "--target", "custom", "--name", "odd").exit_code == 0
    done = ask("batch", "validate", "--names", "odd", "--limit", "2", "--json")
    result = json.loads(done.stdout)["result"]
    assert (done.exit_code, result["status"], result["messages"], result["failed"]) == (1, "partial", 1, 1)
    assert result["failures"][0]["task"].startswith("No name is as long")


def test_lines_are_for_eyes_and_for_grep(ask: Ask) -> None:
    told = ask("generate", "name", "Jose").stdout.splitlines()
    assert f"label: {LABEL}" in told
    assert "text: Jose" in told
    peeked = ask("rotation", "peek", "names", "--limit", "2").stdout.splitlines()
    assert len(peeked) == 2
    assert "pairs.total: " in ask("rotation", "stats").stdout


@pytest.mark.parametrize(("key", "status"), [("", "key"), ("wrong", "key")])
def test_without_the_right_key_nothing_is_told(ask: Ask, key: str, status: str) -> None:
    done = ask("cache", "list", INTERNAL_API_KEY=key)
    assert (done.exit_code, done.stdout) == (1, "")
    assert status in done.stderr.lower()
    assert len(done.stderr.splitlines()) == 1
    assert KEY not in done.output


def test_our_own_names_in_the_environment_win(ask: Ask, private: Served) -> None:
    done = ask(
        *("rotation", "stats"),
        MIXDOWN_SERVER=private.url,
        HYBRID_AUDIO_API_URL="http://127.0.0.1:9",
        MIXDOWN_API_KEY=KEY,
        INTERNAL_API_KEY="wrong",
    )
    assert done.exit_code == 0, done.output


def test_a_server_that_is_not_there(ask: Ask) -> None:
    done = ask("rotation", "next", "--server", "http://127.0.0.1:1")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "Nothing answers" in done.stderr


def test_a_server_that_says_nothing_is_left_after_the_timeout(ask: Ask) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        done = ask("generate", "name", "Jose", "--server", url, "--timeout", "0.2")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "did not answer in time" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["generate", "name"],
        ["assemble", "template", "Jose", "Hilton", "--value", "colour"],
        ["rotation", "stream", "--limit", "0"],
        ["external", "upload_base", "nowhere.csv", "--target", "names"],
        ["batch", "rotations", "--of", "cats"],
        ["batch", "rotations", "--count", "0"],
        ["cache", "list", "--server", "not a url"],
    ],
    ids=" ".join,
)
def test_what_cannot_be_meant_exits_with_2(ask: Ask, arguments: list[str]) -> None:
    done = ask(*arguments)
    assert (done.exit_code, done.stdout) == (2, "")


@pytest.mark.parametrize(
    "arguments",
    [
        ["generate", "name", "😀"],
        ["assemble", "template", "Jose", "Hilton", "--template", "none"],
        ["assemble", "template", "Jose", "Hilton", "--variant", "none"],
        ["assemble", "segments", "stem.name.nobody"],
        ["rotation", "release", "nothing"],
        ["batch", "template", "--rotate"],
        ["batch", "template", "--names", "../../etc/passwd"],
    ],
    ids=" ".join,
)
def test_what_the_server_refuses_is_one_line_and_exits_with_1(ask: Ask, arguments: list[str]) -> None:
    done = ask(*arguments)
    assert (done.exit_code, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1


def test_without_a_server_it_works_in_this_process(mixdown: Run, tmp_path: Path) -> None:
    (tmp_path / "names.json").write_text('["Ada", "Bea"]')
    done = mixdown("messages", "external", "upload_base", "names.json", "--target", "names", "--json")
    assert done.returncode == 0, done.stderr
    done = mixdown("messages", "batch", "template", "--limit", "2", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["result"]["messages"] == 2
    with sqlite3.connect(tmp_path / "var" / "mixdown.db") as database:
        assert database.execute("SELECT count(*) FROM stems").fetchone()[0] == 5


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
@pytest.mark.parametrize(
    ("target", "arguments", "told"),
    [
        ("batch-rotations", None, "result.tasks: 10"),
        ("batch-template", "--limit 2", "result.messages: 2"),
        ("batch-validate", "--limit 2", "faulty: 0"),
        ("cli", "generate name Jose", f"label: {LABEL}"),
        ("cli-assemble", "template Jose Hilton --template double_anchor.json", "segments: 4"),
    ],
)
def test_make_targets_by_the_sources_names(
    private: Served, target: str, arguments: str | None, told: str
) -> None:
    given = [] if arguments is None else [f"ARGS={arguments}"]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["make", "-s", "-o", "setup", "RUN=", target, *given],
        cwd=ROOT,
        env=environment() | {"HYBRID_AUDIO_API_URL": private.url, "INTERNAL_API_KEY": KEY, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert told in done.stdout.splitlines()
