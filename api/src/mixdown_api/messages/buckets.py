"""The bucket that stems and messages are mirrored to, where one of the storage backends is a bucket.

Source: contracts/hybrid-audio.md, "Storage modes". Without one, whatever needs it is answered 503.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import cast

from mixdown_api.service import Service
from mixdown_api.state.files import File
from mixdown_kernel import Bucket, Kind, Problem, StorageBackend, StoredObject


@dataclass(frozen=True, slots=True)
class Mirror:
    """A bucket by the contract's names: ``stems/…`` and ``output/…``."""

    name: str
    _storage: StorageBackend
    _uris: Bucket

    def uri(self, blob_name: str) -> str:
        return self._uris.uri(blob_name)

    async def stat(self, blob_name: str) -> StoredObject | None:
        return await self._storage.stat(blob_name)

    async def exists(self, blob_name: str) -> bool:
        return await self._storage.stat(blob_name) is not None

    def get(self, blob_name: str) -> AsyncIterator[bytes]:
        return self._storage.get(blob_name)

    async def upload(self, service: Service, file: File, blob_name: str) -> dict[str, str]:
        """A kept file, under its contract name and with its signature; where it lies."""
        metadata = {"contract_signature": file.signature or "", "sha256": file.sha256}
        data = service.renders.storage.get(file.key)
        await self._storage.put(blob_name, data, media_type=file.media_type, metadata=metadata)
        return {"gcs_uri": self.uri(blob_name), "blob_name": blob_name, "bucket": self.name}

    async def list(self, prefix: str, limit: int | None = None) -> list[StoredObject]:
        """Objects by name; ``limit`` of them at most."""
        found: list[StoredObject] = []
        async for stored in self._storage.list(prefix):
            found.append(stored)
            if len(found) == limit:
                break
        return found


def mirror_of(service: Service) -> Mirror | None:
    """The first working storage backend that is a bucket."""
    for running in service.kernel.backends.of("storage"):
        if running.state == "open" and isinstance(running.instance, Bucket):
            storage = cast(StorageBackend, running.instance)
            return Mirror(running.instance.bucket, storage, running.instance)
    return None


def need_mirror(service: Service) -> Mirror:
    """Raises `Problem` ``unavailable``/``no_bucket``."""
    mirror = mirror_of(service)
    if mirror is None:
        raise Problem(
            Kind.UNAVAILABLE,
            "no_bucket",
            "No bucket is configured here: stems and messages are kept by this server alone.",
            hint="Name a storage backend that is a bucket in [backends] storage; all other routes work without.",
            details={"mode": "local"},
        )
    return mirror


def mode_of(service: Service) -> str:
    """``gcs`` with a bucket, ``local`` without."""
    return "local" if mirror_of(service) is None else "gcs"


def wants_upload(service: Service, asked: bool) -> Mirror | None:
    """Where to upload what a request makes: where it asks, or where everything is. Raises ``no_bucket``."""
    if asked:
        return need_mirror(service)
    return mirror_of(service) if service.settings.gcs_mode == "gcs" else None


def gcs_path(mirror: Mirror | None, blob_name: str) -> str | None:
    return None if mirror is None else mirror.uri(blob_name)


def summary(mirror: Mirror | None) -> Mapping[str, str | None]:
    return {"mode": "local" if mirror is None else "gcs", "bucket": None if mirror is None else mirror.name}
