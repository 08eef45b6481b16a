"""Files that are whole or not there."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from mixdown_client.files import replacing


def test_a_file_appears_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "audio.mp3"
    with replacing(path) as file:
        file.write(b"sound")
        assert not path.exists()
    assert path.read_bytes() == b"sound"


def test_what_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "audio.mp3"
    path.write_bytes(b"old")
    with pytest.raises(TypeError), replacing(path) as file:
        file.writelines([b"half", "not bytes"])  # type: ignore[list-item]
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_keeps_pointing(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    link.symlink_to(target)
    with replacing(link) as file:
        file.write(b"sound")
    assert link.is_symlink()
    assert target.read_bytes() == b"sound"


def test_a_pipe_is_written_and_not_replaced(tmp_path: Path) -> None:
    pipe, read = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    with replacing(pipe) as file:
        file.write(b"sound")
    reader.join()
    assert read == [b"sound"]
    assert pipe.is_fifo()


def test_the_modes_are_those_of_any_new_file(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.touch()
    with replacing(tmp_path / "audio") as file:
        file.write(b"sound")
    assert (tmp_path / "audio").stat().st_mode == other.stat().st_mode
