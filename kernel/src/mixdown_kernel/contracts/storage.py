"""Where files are kept."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class StoredObject:
    """What is known of a stored object. ``key`` is a relative POSIX path."""

    key: str
    size: int
    etag: str
    """Strong: equal bytes have equal etags."""
    media_type: str
    modified: float
    """Seconds since the epoch."""
    metadata: Mapping[str, str] = field(default_factory=dict)


class StorageBackend(Protocol):
    """Role ``storage``. Keys are relative POSIX paths of ``[A-Za-z0-9._-]`` segments; anything else, and any
    way out of the store, is `Problem` ``invalid``/``bad_key``."""

    async def put(
        self,
        key: str,
        chunks: AsyncIterator[bytes],
        *,
        media_type: str,
        metadata: Mapping[str, str] | None = None,
        if_absent: bool = False,
    ) -> StoredObject:
        """Store atomically and durably: a reader sees all of it or none, whatever is killed when.

        With ``if_absent`` an existing object stays as it is and is returned.
        """
        ...

    def get(self, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """Bytes ``start`` to ``end`` (exclusive). Raises `Problem` ``not_found`` before the first byte."""
        ...

    async def stat(self, key: str) -> StoredObject | None: ...

    def list(self, prefix: str = "") -> AsyncIterator[StoredObject]:
        """Objects whose key starts with ``prefix``, in key order; never a half-written one."""
        ...

    async def delete(self, key: str) -> bool:
        """True if there was something to delete."""
        ...


@runtime_checkable
class Bucket(Protocol):
    """A storage backend whose objects others reach by URIs of their own (``gs://…``)."""

    @property
    def bucket(self) -> str:
        """Its name."""
        ...

    def uri(self, key: str) -> str: ...
