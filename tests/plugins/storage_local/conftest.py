from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from mixdown_kernel import Context, StorageBackend
from mixdown_storage_local import LocalSettings, open_local

Open = Callable[[], AbstractAsyncContextManager[StorageBackend]]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def open_storage(root: Path, tmp_path: Path) -> Open:
    async def nothing(role: str) -> Any:
        raise LookupError(role)

    def no_render(spec: Any) -> Any:
        raise LookupError(spec)

    context = Context(
        data_dir=tmp_path,
        assets_dir=tmp_path,
        threads=2,
        logger=logging.getLogger("storage"),
        backend=nothing,
        render=no_render,
    )
    return lambda: open_local(LocalSettings(root=root), context)


@pytest.fixture
async def storage(open_storage: Open) -> AsyncIterator[StorageBackend]:
    async with open_storage() as storage:
        yield storage
