"""A unit of work: files are encoded, stored and described one by one, and listed all at once or not at all."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from pydantic import JsonValue

from mixdown_api.state import State, files
from mixdown_api.state.files import File
from mixdown_api.state.ids import new_id
from mixdown_api.state.whole import whole
from mixdown_kernel import Audio, Encoding, Format, Kernel, StorageBackend
from mixdown_kernel.streams import closing

BLOCK_BYTES = 1 << 18
Inspect = Callable[[Path], Awaitable[Mapping[str, JsonValue]]]
"""Looks at a finished file before it is stored: what it returns joins the file's metadata, what it raises keeps the
file out."""


class Batch:
    """Files that belong together: ``async with renders.keeping() as batch``, with `commit` as the last step.

    Left without a commit, by an error or a cancellation, nothing of it stays: no row, no object, no spool file.
    """

    def __init__(
        self, kernel: Kernel, state: State, *, project: str | None, expires_at: float | None
    ) -> None:
        self._kernel = kernel
        self._state = state
        self._project = project
        self._expires_at = expires_at
        self._files: dict[str, File] = {}
        self._keys: list[str] = []
        self._committed = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._committed:
            await whole(self._discard())

    async def encode(
        self,
        blocks: AsyncIterator[Audio],
        encoding: Encoding,
        rate: int,
        channels: int,
        *,
        name: str,
        kind: str = "render",
        signature: str | None = None,
        metadata: Mapping[str, JsonValue] | None = None,
        inspect: Inspect | None = None,
    ) -> File:
        """Blocks as a finished file; ``signature`` where its own is known already."""
        format_ = self._kernel.format(encoding)
        id_ = new_id()
        counted = _Counted(blocks)
        with _Spooled(self._kernel.spool / f"{id_}.{format_.extension}") as part:
            made = await self._kernel.encode_file(aiter(counted), encoding, rate, channels, part)
            seen = await inspect(part) if inspect else {}
            file = self._file(kind, id_, made.sha256, made.size, format_, name)
            file = replace(
                file,
                duration_ms=round(counted.frames * 1000 / rate),
                signature=signature,
                metadata={**file.metadata, **(metadata or {}), **seen},
            )
            return await self._put(file, _read(part))

    async def record(
        self, chunks: AsyncIterator[bytes], format_: Format, *, name: str, id_: str
    ) -> AsyncGenerator[bytes, None]:
        """Pass an encoded stream on, and keep just these bytes once it has come to its end."""
        digest, size = hashlib.sha256(), 0
        with _Spooled(self._kernel.spool / f"{id_}.{format_.extension}") as part:
            with await asyncio.to_thread(part.open, "wb") as spool:
                async with closing(chunks):
                    async for chunk in chunks:
                        digest.update(chunk)
                        size += await asyncio.to_thread(spool.write, chunk)
                        yield chunk
            await self._put(self._file("render", id_, digest.hexdigest(), size, format_, name), _read(part))

    async def attach(self, data: bytes, media_type: str, name: str, *, id_: str | None = None) -> File:
        """Something small beside the renders: captions, timings."""
        format_ = Format(name, media_type, name.rpartition(".")[2])
        digest = hashlib.sha256(data).hexdigest()
        file = self._file("attachment", id_ or new_id(), digest, len(data), format_, name.rpartition(".")[0])
        return await self._put(file, _once(data))

    async def describe(
        self,
        id_: str,
        document: bytes,
        *,
        signature: str | None = None,
        duration_ms: int | None = None,
    ) -> None:
        """Sign one of the files, and lay beside it in the storage what is known of it, as JSON."""
        file = self._files[id_]
        await self._store(document_key(file), _once(document), "application/json")
        known = file.duration_ms if duration_ms is None else duration_ms
        self._files[id_] = replace(file, signature=signature, duration_ms=known)

    async def commit(self) -> None:
        """List every file, in one transaction."""
        await whole(self._list())

    async def _list(self) -> None:
        async with self._state.begin() as connection:
            for file in self._files.values():
                await files.add(connection, file)
        self._committed = True

    async def _discard(self) -> None:
        for key in self._keys:
            await self._storage.delete(key)

    @property
    def _storage(self) -> StorageBackend:
        storage: StorageBackend = self._kernel.backend("storage")
        return storage

    def _file(self, kind: str, id_: str, sha256: str, size: int, format_: Format, name: str) -> File:
        metadata: dict[str, JsonValue] = {"name": f"{name}.{format_.extension}"}
        return File(
            id=id_,
            kind=kind,
            key=f"renders/{id_[:2]}/{id_}.{format_.extension}",
            media_type=format_.media_type,
            size=size,
            sha256=sha256,
            metadata=metadata,
            project=self._project,
            expires_at=self._expires_at,
        )

    async def _put(self, file: File, data: AsyncIterator[bytes]) -> File:
        await self._store(file.key, data, file.media_type)
        self._files[file.id] = file
        return file

    async def _store(self, key: str, data: AsyncIterator[bytes], media_type: str) -> None:
        self._keys.append(key)  # before: a put that is cancelled may have come to its end
        await self._storage.put(key, data, media_type=media_type)


def document_key(file: File) -> str:
    """Where the document lies that describes a file."""
    return f"{file.key}.json"


class _Spooled:
    """A path for a file on its way, which is gone afterwards. Synchronous: a cancelled task must not await."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> Path:
        return self._path

    def __exit__(self, *_: object) -> None:
        self._path.unlink(missing_ok=True)


class _Counted:
    """Counts the frames that pass."""

    def __init__(self, blocks: AsyncIterator[Audio]) -> None:
        self.frames = 0
        self._blocks = blocks

    async def __aiter__(self) -> AsyncIterator[Audio]:
        async with closing(self._blocks) as blocks:
            async for block in blocks:
                self.frames += block.frames
                yield block


async def _read(path: Path) -> AsyncIterator[bytes]:
    with await asyncio.to_thread(path.open, "rb") as file:
        while data := await asyncio.to_thread(file.read, BLOCK_BYTES):
            yield data


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data
