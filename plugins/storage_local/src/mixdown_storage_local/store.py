"""The backend ``local``: objects in ``<root>/objects``, files being written in ``<root>/incoming``."""

from __future__ import annotations

import asyncio
import errno
import shutil
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import ParamSpec, TypeVar

from mixdown_kernel import Health, Kind, Problem, StoredObject, invalid
from mixdown_kernel.backends import Logger
from mixdown_storage_local.container import Reader, check_metadata, describe_file
from mixdown_storage_local.incoming import Incoming, sweep, sync_folder
from mixdown_storage_local.keys import check_key, check_prefix
from mixdown_storage_local.listing import walk

P = ParamSpec("P")
T = TypeVar("T")

BLOCK = 256 * 1024
"""Bytes that cross between the event loop and a thread at a time."""
THREADS = 8
"""They wait for the disk, so there may be more of them than processors."""
LISTED_AT_ONCE = 64


class LocalStorage:
    """Meets `StorageBackend` and `ReportsHealth`. Every file operation runs in threads of its own."""

    def __init__(self, root: Path, executor: ThreadPoolExecutor) -> None:
        self._objects = root / "objects"
        self._incoming = root / "incoming"
        self._executor = executor

    @classmethod
    @asynccontextmanager
    async def opened(cls, root: Path, logger: Logger) -> AsyncIterator[LocalStorage]:
        """The store in ``root``, which is made if need be, freed of what killed writers left behind."""
        executor = ThreadPoolExecutor(THREADS, thread_name_prefix="storage-local")
        try:
            storage = cls(root, executor)
            swept = await storage._run(storage._prepare)
            if swept:
                logger.info("swept %d unfinished files of earlier processes", swept)
            yield storage
        finally:
            await asyncio.to_thread(executor.shutdown)

    async def put(
        self,
        key: str,
        chunks: AsyncIterator[bytes],
        *,
        media_type: str,
        metadata: Mapping[str, str] | None = None,
        if_absent: bool = False,
    ) -> StoredObject:
        """As in `StorageBackend`; ``chunks`` is closed in any case, and not read where ``if_absent`` finds
        an object. Raises `Problem` ``unavailable``/``storage_full``, ``conflict``/``key_conflict`` where
        another key is a folder of this one, ``invalid``/``bad_key``, ``bad_metadata``."""
        try:
            check_key(key)
            check_metadata(media_type, metadata or {})
            if if_absent and (existing := await self.stat(key)):
                return existing
            return await self._store(key, chunks, media_type, metadata or {}, if_absent)
        finally:
            if close := getattr(chunks, "aclose", None):
                await close()

    async def get(self, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """As in `StorageBackend`; a range that reaches past the end is cut there."""
        check_key(key)
        if start < 0 or (end is not None and end < start):
            raise invalid("bad_range", "A range starts at 0 or later and ends no earlier than it starts.")
        reader = Reader(self._objects / key)
        try:
            description = await self._run(reader.open)
            if description is None:
                raise Problem(Kind.NOT_FOUND, "unknown_key", f"Nothing is stored under {key!r}.")
            end = description.size if end is None else min(end, description.size)
            for at in range(start, end, BLOCK):
                yield await self._run(reader.read, at, min(BLOCK, end - at))
        finally:
            await self._run(reader.close)

    async def stat(self, key: str) -> StoredObject | None:
        check_key(key)
        description = await self._run(describe_file, self._objects / key)
        return description.of(key) if description else None

    async def list(self, prefix: str = "") -> AsyncIterator[StoredObject]:
        found = walk(self._objects, check_prefix(prefix))
        while batch := await self._run(_take, found):
            for stored in batch:
                yield stored

    async def delete(self, key: str) -> bool:
        check_key(key)
        return await self._run(self._delete, key)

    async def health(self) -> Health:
        usage = await self._run(shutil.disk_usage, self._objects)
        return Health(ok=True, figures={"free_bytes": usage.free, "total_bytes": usage.total})

    async def _store(
        self,
        key: str,
        chunks: AsyncIterator[bytes],
        media_type: str,
        metadata: Mapping[str, str],
        if_absent: bool,
    ) -> StoredObject:
        incoming = Incoming(self._incoming)
        try:
            await self._run(incoming.open)
            async for block in _blocks(chunks):
                await self._run(incoming.write, block)
            target = self._objects / key
            description = await self._run(
                incoming.commit, target, self._objects, media_type, metadata, if_absent=if_absent
            )
        except BaseException:
            await self._run(incoming.discard)
            raise
        if description:
            return description.of(key)
        if existing := await self.stat(key):
            return existing
        raise _key_conflict()

    def _prepare(self) -> int:
        self._objects.mkdir(parents=True, exist_ok=True)
        self._incoming.mkdir(exist_ok=True)
        return sweep(self._incoming)

    def _delete(self, key: str) -> bool:
        path = self._objects / key
        try:
            path.unlink()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return False
        sync_folder(path.parent)
        with suppress(OSError):  # the first folder that is not empty, or gone already, ends the pruning
            for folder in path.relative_to(self._objects).parents[:-1]:
                (self._objects / folder).rmdir()
        return True

    async def _run(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """In a thread, errors as `Problem`. A cancellation is passed on only when the call has ended, so that
        nothing is cleaned up under a running one."""
        future = asyncio.get_running_loop().run_in_executor(self._executor, lambda: call(*args, **kwargs))
        try:
            return await asyncio.shield(future)
        except OSError as error:
            raise _problem(error) from error
        except asyncio.CancelledError:
            while not future.done():
                with suppress(asyncio.CancelledError):
                    await asyncio.wait([future])
            future.exception()  # seen: asyncio shall not report it as forgotten
            raise


async def _blocks(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same bytes in pieces worth a change of thread."""
    block = bytearray()
    async for chunk in chunks:
        block += chunk
        if len(block) >= BLOCK:
            yield bytes(block)
            block.clear()
    yield bytes(block)


def _take(found: Iterator[StoredObject]) -> list[StoredObject]:
    return list(islice(found, LISTED_AT_ONCE))


def _problem(error: OSError) -> Problem:
    """Never with a path of ours."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return Problem(
            Kind.UNAVAILABLE,
            "storage_full",
            "The storage has no room for this file; nothing of it was kept.",
            hint="Delete outputs that are no longer needed, or give the storage a larger disk.",
        )
    if error.errno in {errno.EEXIST, errno.EISDIR, errno.ENOTDIR, errno.ENOTEMPTY}:
        return _key_conflict()
    name = errno.errorcode.get(error.errno or 0, "unknown error")
    return Problem(Kind.UNAVAILABLE, "storage_failed", f"The storage could not be used ({name}).")


def _key_conflict() -> Problem:
    return Problem(
        Kind.CONFLICT,
        "key_conflict",
        "In this storage a key cannot be both a file and a folder of other keys.",
        field="key",
        hint="Store it under another key.",
    )
