"""The objects of a folder tree in key order."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from mixdown_kernel import StoredObject
from mixdown_storage_local.container import describe_file
from mixdown_storage_local.keys import is_segment


def walk(root: Path, prefix: str) -> Iterator[StoredObject]:
    """Every whole object below ``root`` whose key starts with ``prefix``, one folder's names in memory a level."""
    start = prefix.rpartition("/")[0]
    folder = f"{start}/" if start else ""
    yield from _walk(root, folder, prefix)


def _walk(root: Path, folder: str, prefix: str) -> Iterator[StoredObject]:
    for key in _names(root, folder):
        if key.endswith("/"):
            if key.startswith(prefix) or prefix.startswith(key):
                yield from _walk(root, key, prefix)
        elif key.startswith(prefix) and (description := describe_file(root / key)):
            yield description.of(key)


def _names(root: Path, folder: str) -> list[str]:
    """The keys in a folder, a folder's with a slash at the end: so they sort like the keys below them."""
    try:
        with os.scandir(root / folder) as entries:
            return sorted(
                f"{folder}{entry.name}" + ("/" if entry.is_dir() else "")
                for entry in entries
                if is_segment(entry.name)
            )
    except (FileNotFoundError, NotADirectoryError):
        return []
