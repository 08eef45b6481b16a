"""Finished files: bytes in the storage, a row in the ``files`` table. Rows come last, so whatever is listed is whole.

Ids are opaque; the URL's host comes from a setting.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from mixdown_api.edge import ApiSettings
from mixdown_api.renders.keeping import Batch, document_key
from mixdown_api.state import State, files
from mixdown_api.state.files import File
from mixdown_kernel import Kernel, StorageBackend

SWEEP_SECONDS = 600.0
VOICE = "voice"
"""The kind of the recordings that voices are cloned from; they are no renders."""


class Renders:
    """Keeps and finds renders."""

    def __init__(self, kernel: Kernel, state: State, settings: ApiSettings) -> None:
        self._kernel = kernel
        self._state = state
        self._public_url = settings.public_url.rstrip("/")
        self._lifetime = settings.render_lifetime_seconds if settings.keys else None

    @property
    def storage(self) -> StorageBackend:
        storage: StorageBackend = self._kernel.backend("storage")
        return storage

    def url(self, id_: str) -> str:
        """Absolute; good for as long as the file is kept."""
        return f"{self._public_url}/v1/renders/{id_}"

    def keeping(self, project: str | None = None, *, lifetime: float | None = None) -> Batch:
        """A unit of work, in whose end new files are listed together. ``lifetime`` in seconds is their own; else it is
        that of every render."""
        seconds = lifetime or self._lifetime
        expires_at = None if seconds is None else time.time() + seconds
        return Batch(self._kernel, self._state, project=project, expires_at=expires_at)

    async def find(self, id_: str) -> File | None:
        """None also for somebody's voice: its id can be guessed."""
        async with self._state.reading() as connection:
            file = await files.get(connection, id_)
        return None if file is not None and file.kind == VOICE else file

    async def exists(self, id_: str) -> bool:
        """Whether a file is listed and its bytes are there."""
        file = await self.find(id_)
        return file is not None and await self.storage.stat(file.key) is not None

    async def of_signature(self, signature: str) -> Sequence[File]:
        """The renders of a file signature that stay for at least half of their lifetime, the newest first."""
        async with self._state.reading() as connection:
            found = await files.of_signature(connection, signature, kind="render")
        return [file for file in found if _stays(file)]

    async def document(self, file: File) -> bytes | None:
        """The JSON that `Batch.describe` laid beside a render; None where it is gone."""
        key = document_key(file)
        if await self.storage.stat(key) is None:
            return None
        return b"".join([data async for data in self.storage.get(key)])

    async def sweep(self) -> int:
        """Remove files whose time is over; how many."""
        async with self._state.reading() as connection:
            dead = await files.expired(connection)
        for file in dead:
            await self.storage.delete(file.key)
            await self.storage.delete(document_key(file))
            async with self._state.begin() as connection:
                await files.remove(connection, file.id)
        return len(dead)

    async def sweep_for_ever(self) -> None:
        while True:
            while await self.sweep():
                pass
            await asyncio.sleep(SWEEP_SECONDS)


def _stays(file: File) -> bool:
    return file.expires_at is None or time.time() < (file.created_at + file.expires_at) / 2
