"""Finished files: encoded beside the spool, moved into storage, remembered in the ``files`` table.

A row is written last, so whatever is listed is whole. Ids are opaque; the URL's host comes from a setting.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from mixdown_api.edge import ApiSettings
from mixdown_api.state import State, files
from mixdown_api.state.files import File
from mixdown_api.state.ids import new_id
from mixdown_kernel import Audio, Encoding, Kernel, StorageBackend

BLOCK_BYTES = 1 << 18
SWEEP_SECONDS = 600.0


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

    def url(self, file: File) -> str:
        """Absolute; good for as long as the file is kept."""
        return f"{self._public_url}/v1/renders/{file.id}"

    async def keep(
        self,
        blocks: AsyncIterator[Audio],
        encoding: Encoding,
        rate: int,
        channels: int,
        *,
        name: str,
        signature: str | None = None,
        project: str | None = None,
    ) -> File:
        """Encode blocks into a file of their own and keep it. Nothing is left of one that fails."""
        format_ = self._kernel.format(encoding)
        id_ = new_id()
        part = self._kernel.spool / f"{id_}.{format_.extension}"
        frames = _Counted(blocks)
        try:
            made = await self._kernel.encode_file(aiter(frames), encoding, rate, channels, part)
            key = f"renders/{id_[:2]}/{id_}.{format_.extension}"
            stored = await self.storage.put(key, _read(part), media_type=made.media_type)
        finally:
            await asyncio.to_thread(part.unlink, missing_ok=True)
        return await self.remember(
            File(
                id=id_,
                kind="render",
                key=key,
                media_type=made.media_type,
                size=stored.size,
                sha256=made.sha256,
                signature=signature,
                duration_ms=round(frames.frames * 1000 / rate),
                metadata={"name": f"{name}.{format_.extension}"},
                project=project,
                expires_at=self._expiry(),
            )
        )

    async def keep_file(self, path: Path, id_: str, extension: str, project: str | None) -> File:
        """Keep a finished file that somebody else wrote, under an id that is already known."""
        media_type = next(f.media_type for f in self._kernel.formats().values() if f.extension == extension)
        return await self._put(_read(path), media_type, f"{id_}.{extension}", "render", id_, project)

    async def keep_bytes(
        self, data: bytes, media_type: str, name: str, *, id_: str | None = None, project: str | None = None
    ) -> File:
        """Keep something small beside the renders: captions, timings."""
        return await self._put(_once(data), media_type, name, "attachment", id_ or new_id(), project)

    async def _put(
        self, data: AsyncIterator[bytes], media_type: str, name: str, kind: str, id_: str, project: str | None
    ) -> File:
        key = f"renders/{id_[:2]}/{id_}.{name.rpartition('.')[2]}"
        stored = await self.storage.put(key, data, media_type=media_type)
        return await self.remember(
            File(
                id=id_,
                kind=kind,
                key=key,
                media_type=media_type,
                size=stored.size,
                sha256=stored.etag,
                metadata={"name": name},
                project=project,
                expires_at=self._expiry(),
            )
        )

    async def remember(self, file: File) -> File:
        async with self._state.begin() as connection:
            return await files.add(connection, file)

    async def receipt(self, file: File, document: Mapping[str, Any]) -> None:
        """Lay a render's answer and receipt beside it in the storage, and with its row."""
        data = json.dumps(document, ensure_ascii=False).encode()
        await self.storage.put(f"{file.key}.json", _once(data), media_type="application/json")

    async def document(self, file: File) -> dict[str, JsonValue] | None:
        """What `receipt` laid beside a render; None where it is gone."""
        if await self.storage.stat(f"{file.key}.json") is None:
            return None
        data = b"".join([block async for block in self.storage.get(f"{file.key}.json")])
        document: dict[str, JsonValue] = json.loads(data)
        return document

    async def find(self, id_: str) -> File | None:
        async with self._state.begin() as connection:
            return await files.get(connection, id_)

    async def by_signature(self, signature: str) -> File | None:
        """A kept render of this file signature whose bytes are still there."""
        async with self._state.begin() as connection:
            file = await files.find_by_signature(connection, signature, "render")
        if file is None or await self.storage.stat(file.key) is None:
            return None
        return file

    def _expiry(self) -> float | None:
        return None if self._lifetime is None else time.time() + self._lifetime

    async def sweep(self) -> int:
        """Remove renders whose time is over; how many."""
        async with self._state.begin() as connection:
            dead = await files.expired(connection)
        for file in dead:
            await self.storage.delete(file.key)
            await self.storage.delete(f"{file.key}.json")
            async with self._state.begin() as connection:
                await files.remove(connection, file.id)
        return len(dead)

    async def sweep_for_ever(self) -> None:
        while True:
            while await self.sweep():
                pass
            await asyncio.sleep(SWEEP_SECONDS)


class _Counted:
    """Counts the frames that pass."""

    def __init__(self, blocks: AsyncIterator[Audio]) -> None:
        self.frames = 0
        self._blocks = blocks

    async def __aiter__(self) -> AsyncIterator[Audio]:
        async for block in self._blocks:
            self.frames += block.frames
            yield block


async def _read(path: Path) -> AsyncIterator[bytes]:
    with await asyncio.to_thread(path.open, "rb") as file:
        while data := await asyncio.to_thread(file.read, BLOCK_BYTES):
            yield data


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data
