"""Who was given what, and what was made of it: one line of JSON for each claim, render, assembly, upload and batch.

Any number of processes append to one file: a line is one write, and what was written outlives a kill. The file is
private: it holds names.
"""

from __future__ import annotations

import json
import logging
import os
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

from pydantic import JsonValue
from structlog.contextvars import get_contextvars

log = logging.getLogger("mixdown.audit")

MAX_BYTES = 32 << 20
KEEP = 20
"""How many full files stay beside the one that is written to."""
MAX_STRING = 500


class Audit:
    """The trail ``<folder>/audit.jsonl``. Call it: ``audit("stem.rendered", label=…)``.

    Each line has ``timestamp``, ``event``, the ``request_id`` where there is a request, and the members given; long
    strings are cut. A trail that cannot be written stops no work: the log says so.
    """

    def __init__(self, folder: Path, *, max_bytes: int = MAX_BYTES, keep: int = KEEP) -> None:
        self.path = folder / "audit.jsonl"
        self._max_bytes = max_bytes
        self._keep = keep
        self._turn = threading.Lock()
        self._file: int | None = None

    def __call__(self, event: str, **members: JsonValue) -> None:
        request_id = get_contextvars().get("request_id")
        line: dict[str, JsonValue] = {"timestamp": datetime.now(UTC).isoformat(), "event": event}
        line |= {"request_id": request_id} if request_id else {}
        line |= {name: _short(value) for name, value in members.items()}
        data = json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace") + b"\n"
        with self._turn:
            try:
                os.write(self._current(), data)
            except OSError as error:
                log.error("the audit trail cannot be written: %s", error.strerror)

    def close(self) -> None:
        """The next line opens the file again."""
        with self._turn:
            self._let_go()

    def _let_go(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _current(self) -> int:
        """The file to write to: another process may have put the one that was open aside."""
        if self._file is not None and not self._is_still_there(self._file):
            self._let_go()
        if self._file is None:
            self._file = self._open()
        if os.fstat(self._file).st_size >= self._max_bytes:
            self._let_go()
            self._put_aside()
            self._file = self._open()
        return self._file

    def _open(self) -> int:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def _is_still_there(self, file: int) -> bool:
        try:
            return os.path.samestat(os.fstat(file), os.stat(self.path))
        except FileNotFoundError:
            return False

    def _put_aside(self) -> None:
        # Two processes may come here at once; the second then puts aside a short file, and no line is lost.
        os.replace(self.path, self.path.with_name(f"audit-{time.time_ns()}-{os.getpid()}.jsonl"))
        full = sorted(self.path.parent.glob("audit-*.jsonl"), key=lambda path: int(path.name.split("-")[1]))
        for path in full[: -self._keep]:
            path.unlink(missing_ok=True)


def _short(value: JsonValue) -> JsonValue:
    if isinstance(value, str) and len(value) > MAX_STRING:
        return f"{value[:MAX_STRING]}…"
    if isinstance(value, list):
        return [_short(one) for one in value]
    if isinstance(value, dict):
        return {name: _short(one) for name, one in value.items()}
    return value
