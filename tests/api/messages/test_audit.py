"""The audit trail: whole lines, whoever writes and whatever happens to the file."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from structlog.contextvars import bound_contextvars

from mixdown_api.messages.audit import Audit


def lines(folder: Path) -> list[dict[str, Any]]:
    """Of every file, the put aside ones first."""
    full = sorted(folder.glob("audit-*.jsonl"), key=lambda path: int(path.name.split("-")[1]))
    texts = [path.read_text() for path in [*full, folder / "audit.jsonl"]]
    return [json.loads(line) for text in texts for line in text.splitlines()]


def test_a_line_says_when_what_and_for_which_request(tmp_path: Path) -> None:
    audit = Audit(tmp_path / "audit")
    with bound_contextvars(request_id="r-1"):
        audit("rotation.claimed", dataset="common_names", item="José \u202e😀", count=2)
    audit("batch.ended", made=None)
    first, second = lines(tmp_path / "audit")
    assert first.pop("timestamp").endswith("+00:00")
    assert first == {
        "event": "rotation.claimed",
        "request_id": "r-1",
        "dataset": "common_names",
        "item": "José \u202e😀",
        "count": 2,
    }
    assert "request_id" not in second
    assert second["made"] is None


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    audit = Audit(tmp_path)
    audit("anything")
    assert stat.S_IMODE(os.stat(audit.path).st_mode) == 0o600


def test_line_breaks_long_texts_and_half_characters_leave_one_line_each(tmp_path: Path) -> None:
    audit = Audit(tmp_path)
    audit("a", text="one\ntwo\u2028three")
    audit("b", text="x" * 10_000, inner={"list": ["y" * 10_000]})
    audit("c", text="\ud800")
    found = (tmp_path / "audit.jsonl").read_bytes().split(b"\n")
    a, b, c, rest = found
    assert json.loads(a)["text"] == "one\ntwo\u2028three"
    assert len(b) < 1200
    assert json.loads(c)["event"] == "c"
    assert rest == b""


def test_full_files_are_put_aside_and_the_oldest_go(tmp_path: Path) -> None:
    audit = Audit(tmp_path, max_bytes=500, keep=3)
    for number in range(100):
        audit("numbered", number=number)
    files = list(tmp_path.glob("*.jsonl"))
    assert len(files) == 4
    assert all(path.stat().st_size <= 600 for path in files)
    numbers = [line["number"] for line in lines(tmp_path)]
    assert numbers == list(range(100 - len(numbers), 100))


def test_a_file_that_somebody_moved_is_begun_anew(tmp_path: Path) -> None:
    audit = Audit(tmp_path)
    audit("before")
    os.rename(audit.path, tmp_path / "taken.jsonl")
    audit("after")
    assert [line["event"] for line in lines(tmp_path)] == ["after"]


CHILD = """
import sys
from pathlib import Path
from mixdown_api.messages.audit import Audit
audit = Audit(Path(sys.argv[1]), max_bytes=2000, keep=1000)
for number in range(200):
    audit("written", who=sys.argv[2], number=number)
"""


def test_processes_and_threads_write_whole_lines_and_lose_none(tmp_path: Path) -> None:
    children = [subprocess.Popen([sys.executable, "-c", CHILD, tmp_path, str(who)]) for who in range(4)]
    audit = Audit(tmp_path, max_bytes=2000, keep=1000)

    def write(who: str) -> None:
        for number in range(200):
            audit("written", who=who, number=number)

    threads = [threading.Thread(target=write, args=(f"thread {who}",)) for who in range(4)]
    for thread in threads:
        thread.start()
    for one in threads:
        one.join()
    assert [child.wait() for child in children] == [0, 0, 0, 0]
    written = [(line["who"], line["number"]) for line in lines(tmp_path)]
    assert len(written) == len(set(written)) == 8 * 200
    assert len(list(tmp_path.glob("audit-*.jsonl"))) > 10


def test_a_trail_that_cannot_be_written_stops_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    Audit(tmp_path / "file")("anything", name="private")
    assert "audit trail cannot be written" in caplog.text
    assert "private" not in caplog.text


def test_closing_is_no_end(tmp_path: Path) -> None:
    audit = Audit(tmp_path)
    audit("one")
    audit.close()
    audit("two")
    assert [line["event"] for line in lines(tmp_path)] == ["one", "two"]
