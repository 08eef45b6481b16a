"""The file format: an object's bytes first, what is known of it behind them.

    content | description (JSON, UTF-8) | length of the description (4 bytes, big-endian) | magic (8 bytes)

One file holds both, so that one rename makes them appear, or replaces them, together. The content starts at
offset 0, so ranges need no arithmetic and audio players open the file as it lies.
"""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mixdown_kernel import StoredObject, invalid

MAX_DESCRIPTION = 64 * 1024
_FOOTER = struct.Struct(">I8s")
_MAGIC = b"mixdown1"
_USUAL_TAIL = 2048


@dataclass(frozen=True, slots=True)
class Description:
    """Everything known of an object but its key."""

    size: int
    etag: str
    media_type: str
    modified: float
    metadata: Mapping[str, str]

    def of(self, key: str) -> StoredObject:
        return StoredObject(key, self.size, self.etag, self.media_type, self.modified, self.metadata)


def seal(description: Description) -> bytes:
    """The bytes that follow the content."""
    members = {name: getattr(description, name) for name in Description.__slots__}
    text = json.dumps(members | {"metadata": dict(description.metadata)}).encode()
    return text + _FOOTER.pack(len(text), _MAGIC)


def check_metadata(media_type: str, metadata: Mapping[str, str]) -> None:
    """Raises `Problem` ``invalid``/``bad_metadata`` for what no reader would accept again."""
    if len(seal(Description(2**63, "0" * 64, media_type, 0.0, metadata))) > MAX_DESCRIPTION:
        raise invalid(
            "bad_metadata",
            f"An object's metadata may take {MAX_DESCRIPTION} bytes at most.",
            field="metadata",
            hint="Store what is larger as an object of its own.",
        )


def describe(descriptor: int) -> Description | None:
    """What an open file says of itself; None for a file that is no whole object."""
    length = os.fstat(descriptor).st_size
    tail = _last(descriptor, length, _USUAL_TAIL)
    if len(tail) < _FOOTER.size:
        return None
    text_length, magic = _FOOTER.unpack(tail[-_FOOTER.size :])
    sealed = text_length + _FOOTER.size
    if magic != _MAGIC or sealed > min(length, MAX_DESCRIPTION):
        return None
    if sealed > len(tail):
        tail = _last(descriptor, length, sealed)
    return _parse(tail[-sealed : -_FOOTER.size], length - sealed)


def describe_file(path: Path) -> Description | None:
    """The same of the file at ``path``; None also where none is."""
    reader = Reader(path)
    try:
        return reader.open()
    finally:
        reader.close()


class Reader:
    """One open object. What it reads stays as it was when it was opened, even if the object is replaced."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = -1

    def open(self) -> Description | None:
        """Its description; None if there is no object."""
        try:
            self._descriptor = os.open(self._path, os.O_RDONLY)
            return describe(self._descriptor)
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None

    def read(self, start: int, count: int) -> bytes:
        return os.pread(self._descriptor, count, start)

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)


def _last(descriptor: int, length: int, count: int) -> bytes:
    return os.pread(descriptor, count, max(0, length - count))


def _parse(text: bytes, size: int) -> Description | None:
    try:
        description = Description(**json.loads(text))
    except (ValueError, TypeError):
        return None
    return description if description.size == size else None
