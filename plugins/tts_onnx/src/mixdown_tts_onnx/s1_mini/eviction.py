"""Folders of files that can be made again stay below a limit."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


def evict(files: Iterable[Path], limit: int) -> None:
    """Delete the least recently used until the rest has at most ``limit`` bytes; the last one used stays. Blocking."""
    found = []
    for path in files:
        try:
            state = path.stat()
        except FileNotFoundError:  # another process evicts, too
            continue
        found.append((state.st_mtime_ns, state.st_size, path))
    found.sort(reverse=True)
    total = 0
    for place, (_, size, path) in enumerate(found):
        total += size
        if total > limit and place:
            path.unlink(missing_ok=True)
