"""``mixdown say``: into files, on a server and without one."""

from __future__ import annotations

import json
import os
import pty
import signal
import sqlite3
import subprocess
import sys
import time
import wave
from pathlib import Path

import pytest

from ..client.serving import Served, environment
from .conftest import Invoke, Run

TEXT = "It's a rainy day."
LONG = "This is a sentence, and it says nothing much. " * 2000


def duration(path: Path) -> float:
    """Seconds; of the float WAVs by their size, as the standard library does not read those."""
    try:
        with wave.open(str(path)) as file:
            return file.getnframes() / file.getframerate()
    except wave.Error:
        return path.stat().st_size / (48_000 * 2 * 4)


def test_everything_asked_for_is_written_and_a_server_gives_the_same(
    mixdown: Run, invoke: Invoke, server: Served, tmp_path: Path
) -> None:
    asked = ("say", TEXT, "--background", "rain", "--music", "lofi", "--bpm", "80", "--seed", "7")
    done = mixdown(
        *(*asked, "-o", "rainy.wav"),
        *("--captions", "rainy.srt", "--separate-tracks", "tracks", "--stems", "stems", "--json"),
        *("--midi", "rainy.mid", "--pronounce", "day=/naɪt/", "--background-distance", "80"),
        BACKENDS__SYNTHESIS='["espeak"]',  # as the server's
    )
    assert done.returncode == 0, done.stderr
    made = json.loads(done.stdout)
    assert duration(tmp_path / "rainy.wav") == pytest.approx(made["duration_ms"] / 1000, abs=0.002)
    assert made["receipt"]["seed"] == 7
    assert "It's a rainy day." in (tmp_path / "rainy.srt").read_text()
    assert {path.name for path in (tmp_path / "tracks").iterdir()} == {
        "voice.wav",
        "background.wav",
        "music.wav",
    }
    assert len(list((tmp_path / "stems").iterdir())) == len(made["components"]["music"]["stems"])
    assert (tmp_path / "rainy.mid").read_bytes().startswith(b"MThd")
    assert all(
        (tmp_path / name).stat().st_size > 1000 for name in made["files"] if name[-4:] in (".wav", ".mp3")
    )
    assert (tmp_path / "var" / "mixdown.db").exists()
    assert done.stderr == ""
    how = ("--pronounce", "day=/naɪt/", "--background-distance", "80")
    served = invoke(*asked, *how, "-o", "served.wav", server=server)
    assert (tmp_path / "served.wav").read_bytes() == (tmp_path / "rainy.wav").read_bytes()
    assert (served.exit_code, served.stdout) == (0, "")
    assert "served.wav: " in served.stderr


def test_the_audio_may_go_down_a_pipe_and_the_text_come_up_one(server: Served) -> None:
    command = [
        sys.executable,
        "-m",
        "mixdown_cli",
        "say",
        "-",
        "-o",
        "-",
        "--format",
        "flac",
        "--server",
        server.url,
    ]
    done = subprocess.run(command, input=TEXT.encode(), env=environment(), capture_output=True, check=True)
    assert done.stdout.startswith(b"fLaC")
    assert b"standard output: " in done.stderr


def test_a_dry_run_tells_what_it_would_do(invoke: Invoke, server: Served, tmp_path: Path) -> None:
    done = invoke("say", TEXT, "--music", "jazz", "--seed", "5", "--dry-run", "--json", server=server)
    plan = json.loads(done.stdout)
    assert plan["seed"] == 5
    assert [layer["id"] for layer in plan["layers"]] == ["voice", "music"]
    told = invoke("say", TEXT, "--dry-run", server=server)
    assert told.stdout.startswith("voice\tespeak")
    assert "no sound was made" in told.stderr
    assert list(tmp_path.iterdir()) == []


def test_on_a_terminal_the_progress_shows(server: Served, tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "mixdown_cli", "say", TEXT, "-o", "a.mp3", "--server", server.url]
    process = subprocess.Popen(
        command, cwd=tmp_path, env=environment() | {"TERM": "xterm"}, stdout=subprocess.PIPE, stderr=theirs
    )
    os.close(theirs)
    shown = b"".join(iter(lambda: _read(ours), b""))
    assert process.communicate()[0] == b""
    assert b"Rendering" in shown
    assert b"%" in shown


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux says so at the end
        return b""


def test_ctrl_c_ends_the_work_and_leaves_nothing(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "mixdown_cli", "say", "-", "-o", "long.mp3"],
        cwd=tmp_path,
        env=environment(),
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=_heeds_ctrl_c,
    )
    assert process.stdin
    process.stdin.write(LONG)
    process.stdin.close()
    deadline = time.monotonic() + 60
    while states(tmp_path) != ["running"]:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 130
    assert process.stderr
    assert "Traceback" not in process.stderr.read()
    assert states(tmp_path) == ["cancelled"]
    assert [path.name for path in tmp_path.iterdir()] == ["var"]


def _heeds_ctrl_c() -> None:
    """Whatever a shell starts in the background ignores it, and so do its children: such as these tests there."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def states(folder: Path) -> list[str]:
    """Of the jobs that the database knows."""
    try:
        with sqlite3.connect(f"file:{folder}/var/mixdown.db?mode=ro", uri=True) as database:
            return [row[0] for row in database.execute("SELECT state FROM jobs")]
    except sqlite3.OperationalError:  # not there yet
        return []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([TEXT], "-o out.mp3"),
        (["  ", "-o", "a.mp3"], "no text"),
        ([TEXT, "-o", "a.txt"], "--format"),
        ([TEXT, "-o", "nowhere/a.mp3"], "no folder"),
        ([TEXT, "-o", "."], "is a folder"),
        ([TEXT, "-o", "a.mp3", "--bpm", "80"], "--bpm needs --music"),
        ([TEXT, "-o", "a.mp3", "--stems", "s"], "--stems needs --music"),
        ([TEXT, "-o", "a.mp3", "--midi", "a.mid"], "--midi needs --music"),
        ([TEXT, "-o", "a.mp3", "--pronounce", "gif"], "WORD=SOUND"),
        ([TEXT, "-o", "a.mp3", "--background-distance", "8"], "needs a --background"),
        ([TEXT, "-o", "a.mp3", "--background-volume", "8"], "needs a --background"),
        ([TEXT, "-o", "a.mp3", "--captions", "a.txt"], ".srt or .vtt"),
        ([TEXT, "-o", "-", "--json"], "not both"),
        ([TEXT, "-o", "a.mp3", "--server", "here"], "no URL"),
        ([TEXT, "-o", "a.mp3", "--format", "midi"], "midi"),
        ([os.fsdecode(b"\xff"), "-o", "a.mp3"], "UTF-8"),
    ],
)
def test_a_command_line_that_cannot_be_meant(
    invoke: Invoke, arguments: list[str], said: str, tmp_path: Path
) -> None:
    result = invoke("say", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--voice", "nobody"], "no voice 'nobody'"),
        (["--music", "lofi", "--bpm", "999"], "in music.bpm; allowed: 60, 200"),
        (["--music", "polka"], "in music.genre"),
        (["--speed", "9"], "in speed; allowed: 0.25, 4"),
    ],
)
def test_what_is_refused_is_told_in_a_line(
    invoke: Invoke, server: Served, arguments: list[str], said: str, tmp_path: Path
) -> None:
    result = invoke("say", TEXT, "-o", "a.mp3", *arguments, server=server)
    assert result.exit_code == 1
    assert said in result.stderr
    assert (result.stdout, len(result.stderr.splitlines())) == ("", 1)
    assert list(tmp_path.iterdir()) == []
