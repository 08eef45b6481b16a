"""Pulling models: whole, checked, continued; and what is said when it cannot be."""

from __future__ import annotations

import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from huggingface_hub import constants

from mixdown_kernel import Kind, Problem
from mixdown_tts_onnx.models import hub as hub_module
from mixdown_tts_onnx.models.catalogue import Entry, find_entry
from mixdown_tts_onnx.models.hub import pull
from mixdown_tts_onnx.models.store import MANIFEST, Store

from .hub_stand_in import COMMIT, Hub, Repository, git_hash, serving

CHUNK = 50_000
WEIGHTS = random.Random(1).randbytes(700_000)
VOICE = random.Random(2).randbytes(5_000)
ENTRY = Entry(
    name="kokoro",
    family="kokoro",
    title="A model",
    repository="someone/kokoro",
    files=("onnx/model.onnx", "voices/*.bin", "config.json"),
    size=700_000,
    licence="Apache-2.0",
    languages=("en",),
)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
    monkeypatch.setattr(constants, "DOWNLOAD_CHUNK_SIZE", CHUNK)  # what is lost of an answer that breaks off
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hf"))
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)  # the client's between two tries
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "token"))
    with serving() as hub:
        hub.repositories[ENTRY.repository] = Repository(
            files={
                "onnx/model.onnx": WEIGHTS,
                "onnx/other.onnx": b"not wanted",
                "voices/one.bin": VOICE,
                "voices/two.bin": VOICE[::-1],
                "config.json": b"{}",
                "README.md": b"# Kokoro",
            },
            large=frozenset({"onnx/model.onnx", "voices/one.bin"}),
        )
        yield hub


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "models")


def bring(store: Store, hub: Hub, entry: Entry = ENTRY) -> list[tuple[int, int]]:
    shown: list[tuple[int, int]] = []
    pull(entry, store, endpoint=hub.url, show=lambda done, total: shown.append((done, total)))
    return shown


def refused(store: Store, hub: Hub, entry: Entry = ENTRY) -> Problem:
    with pytest.raises(Problem) as caught:
        bring(store, hub, entry)
    return caught.value


def files(store: Store) -> dict[str, bytes]:
    folder = store.root / "kokoro"
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != MANIFEST
    }


# ---------------------------------------------------------------- whole


def test_a_model_comes_with_what_belongs_to_it_and_nothing_else(hub: Hub, store: Store) -> None:
    bring(store, hub)
    assert files(store) == {
        "onnx/model.onnx": WEIGHTS,
        "voices/one.bin": VOICE,
        "voices/two.bin": VOICE[::-1],
        "config.json": b"{}",
        "README.md": b"# Kokoro",
    }


def test_its_manifest_says_where_it_came_from(hub: Hub, store: Store) -> None:
    bring(store, hub)
    found = store.find("kokoro")
    assert found
    assert found.manifest
    assert (found.manifest.repository, found.manifest.revision) == ("someone/kokoro", COMMIT)
    assert found.manifest.files["onnx/model.onnx"].sha256 == hashlib.sha256(WEIGHTS).hexdigest()
    assert [*store.verify(found)] == []


def test_progress_ends_at_the_whole(hub: Hub, store: Store) -> None:
    shown = bring(store, hub)
    total = len(WEIGHTS) + 2 * len(VOICE) + 2 + 8
    assert shown[-1] == (total, total)
    assert [done for done, _ in shown] == sorted(done for done, _ in shown)


def test_all_files_are_of_one_commit(hub: Hub, store: Store) -> None:
    bring(store, hub)
    assert all(COMMIT in one.path for one in hub.asked if "/resolve/" in one.path)


def test_what_is_here_already_is_not_fetched_again(hub: Hub, store: Store) -> None:
    bring(store, hub)
    before = len(hub.asked)
    bring(store, hub)
    assert [one.path for one in hub.asked[before:]] == ["/api/models/someone/kokoro/revision/main?blobs=true"]


def test_a_damaged_model_is_mended(hub: Hub, store: Store) -> None:
    bring(store, hub)
    (store.root / "kokoro/onnx/model.onnx").write_bytes(b"oops")
    bring(store, hub)
    assert files(store)["onnx/model.onnx"] == WEIGHTS


def test_a_folder_of_one_s_own_is_refused_before_anything_comes(hub: Hub, store: Store) -> None:
    own = store.root / "kokoro" / "onnx" / "model.onnx"
    own.parent.mkdir(parents=True)
    own.write_bytes(b"mine")
    problem = refused(store, hub)
    assert (problem.kind, problem.code) == (Kind.CONFLICT, "not_pulled")
    assert own.read_bytes() == b"mine"
    assert not any((store.root / ".partial" / "kokoro").rglob("*.part"))


def test_a_new_version_takes_the_place_of_the_old(hub: Hub, store: Store) -> None:
    bring(store, hub)
    repository = hub.repositories[ENTRY.repository]
    repository.commit = "b" * 40
    repository.files["onnx/model.onnx"] = WEIGHTS[::-1]
    del repository.files["voices/two.bin"]
    bring(store, hub)
    assert files(store)["onnx/model.onnx"] == WEIGHTS[::-1]
    assert "voices/two.bin" not in files(store)


def test_a_piper_voice_lies_flat(hub: Hub, store: Store) -> None:
    entry = find_entry("en_GB-alan-medium")
    folder = "en/en_GB/alan/medium/"
    hub.repositories["rhasspy/piper-voices"] = Repository(
        {
            folder + "en_GB-alan-medium.onnx": WEIGHTS,
            folder + "en_GB-alan-medium.onnx.json": b"{}",
            folder + "MODEL_CARD": b"License: CC0",
            "en/en_GB/alan/low/en_GB-alan-low.onnx": b"",
        }
    )
    bring(store, hub, entry)
    folder_here = store.root / "piper-en_GB-alan-medium"
    assert {path.name for path in folder_here.iterdir()} == {
        "en_GB-alan-medium.onnx",
        "en_GB-alan-medium.onnx.json",
        "MODEL_CARD",
        MANIFEST,
    }


# ---------------------------------------------------------------- broken off


def test_a_connection_that_breaks_is_continued_where_it_was(hub: Hub, store: Store) -> None:
    hub.cut_after["onnx/model.onnx"] = [300_000]
    bring(store, hub)
    assert files(store)["onnx/model.onnx"] == WEIGHTS
    assert [one.begin for one in hub.fetched("onnx/model.onnx")] == [0, 300_000]


def test_one_that_breaks_for_good_keeps_what_came(hub: Hub, store: Store) -> None:
    hub.cut_after["onnx/model.onnx"] = [300_000, *[0] * 6]
    problem = refused(store, hub)
    assert (problem.kind, problem.code) == (Kind.UNAVAILABLE, "hub_unreachable")
    assert "Run it again" in (problem.hint or "")
    assert store.installed() == []
    assert store.has_partial("kokoro")
    hub.cut_after.clear()
    before = len(hub.asked)
    shown = bring(store, hub)
    assert [one.begin for one in hub.asked[before:] if one.path.endswith("model.onnx")] == [300_000]
    assert shown[0][0] == 300_000
    assert files(store)["onnx/model.onnx"] == WEIGHTS
    assert not store.has_partial("kokoro")


def test_a_pull_that_was_killed_goes_on_where_it_was(hub: Hub, store: Store) -> None:
    """By SIGKILL, in the middle of a file, in a process of its own that is told of the mirror by HF_ENDPOINT."""
    weights = random.Random(3).randbytes(8 << 20)
    hub.repositories[ENTRY.repository].files["onnx/model.onnx"] = weights
    program = (
        "import os, signal, sys\n"
        "from huggingface_hub import constants\n"
        "from pathlib import Path\n"
        "from mixdown_tts_onnx.models.catalogue import Entry\n"
        "from mixdown_tts_onnx.models.hub import pull\n"
        "from mixdown_tts_onnx.models.store import Store\n"
        f"constants.DOWNLOAD_CHUNK_SIZE = {CHUNK}\n"
        "def show(done, total):\n"
        "    if done > 3_000_000:\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "entry = Entry.model_validate_json(sys.argv[1])\n"
        "pull(entry, Store(Path(sys.argv[2])), show=show)\n"
    )
    killed = subprocess.run(
        [sys.executable, "-c", program, ENTRY.model_dump_json(), str(store.root)],
        env={**os.environ, "HF_ENDPOINT": hub.url},
        check=False,
        timeout=60,
    )
    assert killed.returncode == -signal.SIGKILL
    assert len([*(store.root / ".partial").rglob("*.part")]) == 1
    before = len(hub.asked)
    bring(store, hub)
    assert files(store)["onnx/model.onnx"] == weights
    again = [one.begin for one in hub.asked[before:] if one.path.endswith("model.onnx")]
    assert len(again) == 1
    assert again[0] > 2_900_000


def test_two_pulls_of_one_model_do_not_meet(hub: Hub, store: Store) -> None:
    with store.alone("kokoro"):
        problem = refused(store, hub)
    assert (problem.kind, problem.code) == (Kind.CONFLICT, "pull_running")
    assert hub.asked == []
    bring(store, hub)


def test_a_server_without_ranges_sends_all_of_it_again(hub: Hub, store: Store) -> None:
    hub.cut_after["onnx/model.onnx"] = [300_000]
    hub.ignores_ranges = True
    shown = bring(store, hub)
    assert files(store)["onnx/model.onnx"] == WEIGHTS
    assert shown[-1][0] == shown[-1][1]


def test_content_that_is_wrong_is_fetched_once_more(hub: Hub, store: Store) -> None:
    hub.spoiled["onnx/model.onnx"] = [WEIGHTS[:-1] + b"!"]
    bring(store, hub)
    assert files(store)["onnx/model.onnx"] == WEIGHTS


def test_content_that_stays_wrong_is_not_believed(hub: Hub, store: Store) -> None:
    hub.spoiled["config.json"] = [b"[]"] * 2
    problem = refused(store, hub)
    assert (problem.kind, problem.code) == (Kind.UPSTREAM, "wrong_checksum")
    assert store.installed() == []


def test_a_partial_file_of_another_version_is_not_continued(hub: Hub, store: Store) -> None:
    hub.cut_after["onnx/model.onnx"] = [300_000, *[0] * 6]
    refused(store, hub)
    hub.repositories[ENTRY.repository].files["onnx/model.onnx"] = WEIGHTS[::-1]
    bring(store, hub)
    assert files(store)["onnx/model.onnx"] == WEIGHTS[::-1]
    assert not [*store.root.rglob("*.part")]


# ---------------------------------------------------------------- not allowed, not there


def test_a_gated_model_says_where_its_licence_is_accepted(hub: Hub, store: Store) -> None:
    hub.repositories[ENTRY.repository].token = "hf_secret"
    hub.repositories[ENTRY.repository].gated = True
    problem = refused(store, hub)
    assert (problem.kind, problem.code) == (Kind.FORBIDDEN, "gated_model")
    assert "https://huggingface.co/someone/kokoro" in (problem.hint or "")
    assert "HF_TOKEN" in (problem.hint or "")


def test_a_token_opens_it_and_is_never_told(hub: Hub, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.repositories[ENTRY.repository].token = "hf_secret"
    hub.repositories[ENTRY.repository].gated = True
    monkeypatch.setenv("HF_TOKEN", "hf_wrong")
    problem = refused(store, hub)
    assert "hf_wrong" not in f"{problem.message}{problem.hint}"
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    bring(store, hub)
    assert {one.token for one in hub.fetched("model.onnx")} == {"hf_wrong", "hf_secret"}
    assert "hf_secret" not in (store.root / "kokoro" / MANIFEST).read_text()


def test_a_repository_that_is_not_there(hub: Hub, store: Store) -> None:
    problem = refused(store, hub, ENTRY.model_copy(update={"repository": "someone/else"}))
    assert (problem.kind, problem.code) == (Kind.NOT_FOUND, "no_repository")


def test_a_file_that_is_gone(hub: Hub, store: Store) -> None:
    problem = refused(store, hub, ENTRY.model_copy(update={"files": ("gone.onnx",)}))
    assert (problem.kind, problem.code) == (Kind.UPSTREAM, "changed_repository")
    assert "gone.onnx" in problem.message


def test_a_hub_that_is_down(hub: Hub, store: Store) -> None:
    hub.status = 502
    problem = refused(store, hub)
    assert (problem.kind, problem.code) == (Kind.UPSTREAM, "hub_failed")
    assert "502" in problem.message


def test_a_hub_that_nobody_answers_for(hub: Hub, store: Store) -> None:
    with pytest.raises(Problem) as caught:
        pull(ENTRY, store, endpoint="http://127.0.0.1:1", show=lambda *_: None)
    assert (caught.value.kind, caught.value.code) == (Kind.UNAVAILABLE, "hub_unreachable")
    assert "HF_ENDPOINT" in (caught.value.hint or "")


def test_too_little_room(hub: Hub, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "SPARE_BYTES", 1 << 60)
    problem = refused(store, hub)
    assert problem.code == "disk_full"
    assert not hub.fetched("model.onnx")


@pytest.mark.parametrize("path", ["../outside.onnx", "/etc/outside.onnx"])
def test_a_listing_cannot_write_elsewhere(hub: Hub, store: Store, path: str) -> None:
    hub.repositories[ENTRY.repository].files[path] = b"boo"
    problem = refused(store, hub, ENTRY.model_copy(update={"files": ("*outside.onnx",)}))
    assert problem.code == "bad_listing"
    assert not [*store.root.rglob("outside.onnx")]


# ---------------------------------------------------------------- offline


def fill_cache(folder: Path, *, spoil: bool = False) -> None:
    """As `huggingface_hub` lays its cache out: blobs by hash, snapshots of links."""
    repository = folder / "models--someone--kokoro"
    for path, content in {"onnx/model.onnx": WEIGHTS, "voices/one.bin": VOICE, "config.json": b"{}"}.items():
        large = path.endswith(".onnx")
        etag = hashlib.sha256(content).hexdigest() if large else git_hash(content)
        blob = repository / "blobs" / etag
        blob.parent.mkdir(parents=True, exist_ok=True)
        blob.write_bytes(content[:-1] + b"!" if spoil and large else content)
        link = repository / "snapshots" / COMMIT / path
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(blob)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(COMMIT)


def test_offline_models_come_from_the_hub_s_cache(hub: Hub, store: Store, tmp_path: Path) -> None:
    fill_cache(tmp_path / "hf")
    pull(ENTRY, store, offline=True, show=lambda *_: None)
    assert files(store)["onnx/model.onnx"] == WEIGHTS
    assert not (store.root / "kokoro/onnx/model.onnx").is_symlink()
    assert hub.asked == []


def test_offline_a_damaged_cache_is_not_believed(hub: Hub, store: Store, tmp_path: Path) -> None:
    fill_cache(tmp_path / "hf", spoil=True)
    with pytest.raises(Problem) as caught:
        pull(ENTRY, store, offline=True, show=lambda *_: None)
    assert caught.value.code == "wrong_checksum"


def test_offline_without_a_cache_says_what_to_do(
    hub: Hub, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    problem = refused(store, hub)
    assert (problem.kind, problem.code) == (Kind.UNAVAILABLE, "not_cached")
    assert hub.asked == []
