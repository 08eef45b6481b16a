"""An object on its way in: a locked temporary file that becomes the object by one rename or link.

Order of `Incoming.commit`: content and description, fsync of the file, rename (or link), fsync of the folder.
Killed before the rename, it leaves an unlocked temporary file and no object; after it, the whole object.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from mixdown_storage_local.container import Description, seal


class Incoming:
    """Synchronous, for one thread at a time: `open`, `write` as often as need be, `commit`; or `discard` at
    any moment before the commit has returned."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / uuid4().hex
        self._descriptor = -1
        self._hash = hashlib.sha256()
        self._size = 0

    def open(self) -> None:
        self._descriptor = _create_locked(self._path)

    def write(self, block: bytes | bytearray) -> None:
        self._hash.update(block)
        self._size += len(block)
        _write_all(self._descriptor, block)

    def commit(
        self, target: Path, root: Path, media_type: str, metadata: Mapping[str, str], *, if_absent: bool
    ) -> Description | None:
        """Make the object appear at ``target``; None, and nothing changed, if ``if_absent`` came too late."""
        description = Description(self._size, self._hash.hexdigest(), media_type, time.time(), dict(metadata))
        _write_all(self._descriptor, seal(description))
        os.fsync(self._descriptor)
        try:
            _place(self._path, target, root, if_absent)
        except FileExistsError:
            self.discard()
            return None
        sync_folder(target.parent)
        self._close()
        return description

    def discard(self) -> None:
        """Leave nothing behind; without effect after a commit."""
        if self._descriptor >= 0:
            self._path.unlink(missing_ok=True)
            self._close()

    def _close(self) -> None:
        os.close(self._descriptor)
        self._descriptor = -1


def _place(path: Path, target: Path, root: Path, if_absent: bool) -> None:
    while True:
        try:
            _make_folders(target.parent, root)
            # An empty folder at the key is what a delete or a put that was killed has left.
            with suppress(FileNotFoundError, NotADirectoryError):
                target.rmdir()
            if if_absent:
                # A link is the one rename that refuses to overwrite, whoever else is writing.
                os.link(path, target)
                path.unlink()
            else:
                path.replace(target)
            return
        except FileNotFoundError:
            # A delete pruned the folder between two of our steps; without the file there is nothing to try again.
            if not path.exists():
                raise


def sweep(folder: Path) -> int:
    """Remove what killed writers left behind; the lock of a living writer protects its file. How many went."""
    removed = 0
    for path in folder.iterdir():
        with suppress(FileNotFoundError, BlockingIOError):
            descriptor = os.open(path, os.O_RDWR)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink()
                removed += 1
            finally:
                os.close(descriptor)
    return removed


def sync_folder(folder: Path) -> None:
    """Make the folder's entries durable. A folder that has been pruned meanwhile has none."""
    with suppress(FileNotFoundError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _create_locked(path: Path) -> int:
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        # A sweep may have come between the two calls above and taken the file for an orphan.
        if os.fstat(descriptor).st_nlink:
            return descriptor
        os.close(descriptor)


def _write_all(descriptor: int, block: bytes | bytearray) -> None:
    rest = memoryview(block)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _make_folders(folder: Path, root: Path) -> None:
    """Like mkdir -p below ``root``, each new entry made durable."""
    if folder == root or folder.is_dir():
        return
    _make_folders(folder.parent, root)
    with suppress(FileExistsError):
        folder.mkdir()
        sync_folder(folder.parent)
