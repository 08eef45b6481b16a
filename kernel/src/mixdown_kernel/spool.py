"""A folder for files on their way, that goes with the kernel whose it is, however that ends."""

from __future__ import annotations

import fcntl
import secrets
import shutil
from pathlib import Path
from typing import BinaryIO


class Spool:
    """One kernel's own folder under a common one.

    Its lock file is held for as long as the kernel runs. Whoever starts next removes every folder whose lock nobody
    holds: that is true of killed processes in any container that shares the disk, where process numbers say nothing.
    """

    def __init__(self, folder: Path) -> None:
        self._parent = folder
        self._name = secrets.token_hex(8)
        self._lock: BinaryIO | None = None

    @property
    def path(self) -> Path:
        return self._parent / self._name

    def open(self) -> None:
        """Make the folder and sweep what the dead have left. Blocking."""
        self._parent.mkdir(parents=True, exist_ok=True)
        self._lock = _locked(self._lock_path(self._name))
        self.path.mkdir(exist_ok=True)
        for folder in self._parent.iterdir():
            if folder.is_dir() and folder != self.path:
                self._sweep(folder)

    def _sweep(self, folder: Path) -> None:
        lock = _locked(self._lock_path(folder.name))
        if lock is not None:
            with lock:
                shutil.rmtree(folder, ignore_errors=True)
                self._lock_path(folder.name).unlink(missing_ok=True)

    def close(self) -> None:
        """Remove the folder with whatever is in it. Blocking."""
        shutil.rmtree(self.path, ignore_errors=True)
        if self._lock is not None:
            self._lock_path(self._name).unlink(missing_ok=True)
            self._lock.close()
            self._lock = None

    def _lock_path(self, name: str) -> Path:
        return self._parent / f"{name}.lock"


def _locked(path: Path) -> BinaryIO | None:
    """The file, locked until it is closed; None if somebody else holds it."""
    file = path.open("wb")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return None
    return file
