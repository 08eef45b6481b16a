"""What readers in the child share: how a file is refused, and how its sound is sent. Standard library only."""

from __future__ import annotations

import os
import struct

BLOCK_BYTES = 1 << 18
"""Samples are collected to messages of at least this size (the last excepted)."""


class Refused(Exception):
    """The file is at fault; the message is one of the parent's words."""


def send(kind: bytes, body: bytes | bytearray = b"") -> None:
    """Write a message; the parent's reading pace holds us back."""
    message = memoryview(kind + struct.pack("<I", len(body)) + body)
    while message:
        message = message[os.write(1, message) :]


class Sender:
    """Sends interleaved float32 in large blocks, as long as it is of one format and within the limit."""

    def __init__(self, max_seconds: float) -> None:
        self._max_seconds = max_seconds
        self._format: tuple[int, int] | None = None
        self._bytes_left = 0
        self._held = bytearray()

    def push(self, rate: int, channels: int, samples: bytes | memoryview) -> None:
        if self._format is None:
            self._format = rate, channels
            self._bytes_left = int(self._max_seconds * rate) * 4 * channels
            send(b"F", struct.pack("<II", rate, channels))
        if (rate, channels) != self._format:
            raise Refused("changes")
        self._bytes_left -= len(samples)
        if self._bytes_left < 0:
            raise Refused("too_long")
        self._held += samples
        if len(self._held) >= BLOCK_BYTES:
            self.flush()

    def flush(self) -> None:
        if self._held:
            send(b"S", self._held)
            self._held.clear()
