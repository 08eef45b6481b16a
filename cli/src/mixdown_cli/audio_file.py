"""The file that a command writes: its path, and the format that follows from it."""

from __future__ import annotations

import sys
from pathlib import Path

import click

FORMATS = ("mp3", "wav", "pcm", "flac", "opus", "aac")
SUFFIXES = {f".{name}": name for name in FORMATS} | {".ogg": "opus", ".raw": "pcm"}
STDOUT = Path("-")


def format_of(path: Path, asked: str | None) -> str:
    """The format that was asked for, else the one that the suffix names; mp3 on standard output."""
    if asked or path == STDOUT:
        return asked or "mp3"
    try:
        return SUFFIXES[path.suffix.lower()]
    except KeyError:
        known = ", ".join(SUFFIXES)
        raise click.UsageError(
            f"{path.name!r} has none of the suffixes {known}; name the format with --format."
        ) from None


def check_folder(path: Path) -> None:
    """Refuse a file that could not be written before any work is done."""
    if path != STDOUT and not path.parent.is_dir():
        raise click.UsageError(f"There is no folder {str(path.parent)!r} to write {path.name!r} into.")
    if path.is_dir():
        raise click.UsageError(f"{str(path)!r} is a folder, not a file.")


def read_text(argument: str, what: str) -> str:
    """An argument as it is, or standard input for ``-``; whitespace around it does not count."""
    try:
        if argument == "-":
            argument = sys.stdin.buffer.read().decode()
        argument.encode()
    except UnicodeError:
        raise click.UsageError(f"{what} is not valid UTF-8.") from None
    return argument.strip()
