"""Storage in a local folder: atomic, durable, listed, with range reads. POSIX systems."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

from mixdown_kernel import Backend, Context, PluginSettings, StorageBackend, hookimpl


class LocalSettings(PluginSettings):
    """``[plugins.local]``."""

    root: Path | None = None
    """Where the files lie; None is ``files`` in the backend's data folder."""


@asynccontextmanager
async def open_local(settings: LocalSettings, context: Context) -> AsyncIterator[StorageBackend]:
    from mixdown_storage_local.store import LocalStorage

    root = settings.root.expanduser() if settings.root else context.data_dir / "files"
    async with LocalStorage.opened(root, context.logger) as storage:
        yield storage


@hookimpl
def storage_backends() -> Iterable[Backend[StorageBackend]]:
    yield Backend(
        name="local",
        open=open_local,
        settings=LocalSettings,
        description="Files in a local folder.",
    )
