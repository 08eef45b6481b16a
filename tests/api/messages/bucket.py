"""A storage backend that is a bucket: the local one, with URIs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from mixdown_kernel import Backend, PluginSettings, StorageBackend, hookimpl
from mixdown_storage_local import LocalSettings, open_local


class InBucket:
    """Meets `StorageBackend` and `Bucket`."""

    bucket = "voices"

    def __init__(self, inner: StorageBackend) -> None:
        self.put, self.get, self.stat = inner.put, inner.get, inner.stat
        self.list, self.delete = inner.list, inner.delete

    def uri(self, key: str) -> str:
        return f"gs://{self.bucket}/{key}"


class Buckets:
    """A plugin with the storage ``bucket``; ``storage`` is it, once it is open."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.storage: Any = None

    @hookimpl
    def storage_backends(self) -> Iterable[Backend[StorageBackend]]:
        @asynccontextmanager
        async def open_(_settings: PluginSettings, context: Any) -> AsyncIterator[Any]:
            async with open_local(LocalSettings(root=self._folder), context) as inner:
                self.storage = InBucket(inner)
                yield self.storage

        yield Backend(name="bucket", open=open_)
