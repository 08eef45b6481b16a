from __future__ import annotations

import pytest

import mixdown_storage_local
from mixdown_kernel import Backend, StorageBackend
from mixdown_kernel.testing import StorageContract


class TestStorage(StorageContract):
    @pytest.fixture
    def backend(self) -> Backend[StorageBackend]:
        return next(iter(mixdown_storage_local.storage_backends()))
