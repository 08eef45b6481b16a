"""When the next block is due, and when a client says too much."""

from __future__ import annotations

import time

CATCHING_UP = 4
"""Blocks that are late follow each other so many times as fast as they last: sources have to keep up with them."""


HELD_UP_SECONDS = 0.25
"""A socket that takes a message at once may still take this long where the machine is busy; that is caught up."""


class Clock:
    """Deadlines on one line: block ``n`` is due ``n`` blocks after the first, however late the one before it was.

    Where the reader holds a block up, the line is moved by as much: the sound waits for him, instead of running after
    the time that was lost.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._due: float | None = None
        self._sent = 0.0
        self.late = 0
        """Blocks that left more than a block after they were due, through no fault of the reader."""

    def stop(self) -> None:
        """Nothing is to be heard; time begins again with the next block."""
        self._due = None

    def left(self) -> float:
        """Seconds until the next block shall leave, 0 or less where it is time."""
        now = time.monotonic()
        if self._due is None:
            self._due = now
        return max(self._due, self._sent + self._seconds / CATCHING_UP) - now

    def sent(self, held_up: float) -> float:
        """A block has left, after the socket held it up for so many seconds. How long the sound stood still."""
        assert self._due is not None  # noqa: S101 - asked for by `left` before
        self._sent = time.monotonic()
        paused = held_up if held_up > max(HELD_UP_SECONDS, self._seconds) else 0.0
        self.late += self._sent - paused - self._due > self._seconds
        self._due += self._seconds + paused
        return paused


class Allowance:
    """So many messages a second, and a few more at once (a token bucket). What comes beyond it is counted."""

    def __init__(self, per_second: float, at_once: float) -> None:
        self._per_second = per_second
        self._at_once = self._tokens = at_once
        self._seen = time.monotonic()
        self.refused = 0

    def take(self) -> bool:
        """Whether one more message is within it."""
        now = time.monotonic()
        self._tokens = min(self._at_once, self._tokens + (now - self._seen) * self._per_second)
        self._seen = now
        if self._tokens < 1:
            self.refused += 1
            return False
        self._tokens -= 1
        return True
