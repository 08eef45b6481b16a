"""The kernel's contract of the role, met by this backend."""

import pytest

from mixdown_kernel import Backend, StorageBackend
from mixdown_kernel.testing import StorageContract
from mixdown_storage_local import storage_backends


class TestLocal(StorageContract):
    @pytest.fixture
    def backend(self) -> Backend[StorageBackend]:
        [backend] = storage_backends()
        return backend
