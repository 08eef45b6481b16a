"""Pulling a model from the Hugging Face Hub, or from a mirror of it.

`huggingface_hub` asks, authenticates, follows redirects and repeats what failed on the way. Its own download to a folder
begins anew after a kill (2.x names each attempt's file at random), so the partial files are ours: named by the content's
hash, continued by range, and believed only when they have that hash.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, BinaryIO

from mixdown_kernel import Kind, Problem
from mixdown_tts_onnx.models.catalogue import Entry
from mixdown_tts_onnx.models.hub_failures import told
from mixdown_tts_onnx.models.store import FileRecord, Installed, Manifest, Store, sha256_of

Show = Callable[[int, int], None]
"""Told the bytes that are here and how many there will be."""
SPARE_BYTES = 64 << 20
READ_BYTES = 1 << 20
SHA256_DIGITS = 64


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file as the Hub lists it. ``etag`` is its SHA-256, or the hash that git gives a small one."""

    path: str
    size: int
    etag: str

    @property
    def sha256(self) -> str:
        """Empty where the Hub does not tell it."""
        return self.etag if len(self.etag) == SHA256_DIGITS else ""


@dataclass(frozen=True, slots=True)
class Listing:
    """What is to come, at one commit."""

    commit: str
    files: tuple[RemoteFile, ...]

    @property
    def size(self) -> int:
        return sum(file.size for file in self.files)


def pull(
    entry: Entry, store: Store, *, endpoint: str | None = None, offline: bool = False, show: Show
) -> Installed:
    """Bring a model here, whole and checked, or raise a `Problem` that says how to go on. Blocking.

    What an attempt that was interrupted left is used. ``endpoint`` is a mirror's URL (by default ``HF_ENDPOINT``, else the
    Hub). ``offline`` takes the files from the Hub's own cache on this machine, and asks nobody.
    """
    from huggingface_hub import constants

    if offline or constants.is_offline_mode():
        from mixdown_tts_onnx.models.hub_cache import copy_cached, list_cached

        with store.alone(entry.name):
            return _pull(entry, store, list_cached(entry), copy_cached(entry), show)
    endpoint = endpoint or constants.ENDPOINT
    with store.alone(entry.name), told(entry, endpoint):
        listing = list_remote(entry, endpoint)
        return _pull(entry, store, listing, _Download(entry, listing.commit, endpoint), show)


def list_remote(entry: Entry, endpoint: str) -> Listing:
    """The repository's files that belong to the model, with sizes and hashes."""
    from huggingface_hub import HfApi

    info = HfApi(endpoint=endpoint).model_info(entry.repository, revision=entry.revision, files_metadata=True)
    siblings = info.siblings or []
    known = [
        RemoteFile(one.rfilename, one.size, etag)
        for one in siblings
        if one.size is not None and (etag := one.lfs.sha256 if one.lfs else one.blob_id)
    ]
    return Listing(info.sha or entry.revision, select(entry, known))


def select(entry: Entry, files: Sequence[RemoteFile]) -> tuple[RemoteFile, ...]:
    """Those that the entry names. `Problem` where a pattern finds nothing."""
    chosen: dict[str, RemoteFile] = {}
    for pattern in (*entry.files, *entry.extras):
        found = {file.path: file for file in files if fnmatchcase(file.path, pattern)}
        if not found and pattern in entry.files:
            raise Problem(
                Kind.UPSTREAM,
                "changed_repository",
                f"{entry.repository} has no file {pattern} any more.",
                hint="The model may have moved: look at its page, or pull another one.",
            )
        chosen |= found
    return tuple(chosen.values())


Fetch = Callable[[RemoteFile, Path, Callable[[int], None]], None]
"""Makes a partial file complete, and tells of each block that comes."""


def _pull(entry: Entry, store: Store, listing: Listing, fetch: Fetch, show: Show) -> Installed:
    store.check_replaceable(entry.name)
    there = store.find(entry.name)
    if there and there.manifest and there.manifest.revision == listing.commit and not [*store.verify(there)]:
        show(listing.size, listing.size)
        return there
    folder = store.partial(entry.name)
    _check_space(folder, listing)
    done = 0

    def come(count: int) -> None:
        nonlocal done
        done += count
        show(done, listing.size)

    records: dict[str, FileRecord] = {}
    for file in listing.files:
        local = file.path.removeprefix(entry.folder)
        path = _inside(folder, local)
        _complete(file, path, fetch, come)
        records[local] = FileRecord(size=file.size, sha256=file.sha256 or sha256_of(path))
    _sweep(folder, records)
    manifest = Manifest(
        name=entry.name,
        family=entry.family,
        title=entry.title,
        licence=entry.licence,
        languages=entry.languages,
        repository=entry.repository,
        revision=listing.commit,
        files=records,
    )
    return store.install(manifest)


def _complete(file: RemoteFile, path: Path, fetch: Fetch, come: Callable[[int], None]) -> None:
    """The file at ``path`` with the content that the Hub vouches for; what has come before counts. A content that
    is wrong after a continuation is thrown away and fetched once more."""
    if path.is_file() and _matches(path, file):
        come(file.size)
        return
    partial = path.with_name(f"{path.name}.{file.etag[:16]}.part")
    partial.parent.mkdir(parents=True, exist_ok=True)
    for _ in range(2):
        before = partial.stat().st_size if partial.exists() else 0
        if before > file.size:
            partial.unlink()
            before = 0
        come(before)
        fetch(file, partial, come)
        if _matches(partial, file):
            partial.replace(path)
            return
        come(-partial.stat().st_size)
        partial.unlink()
    raise Problem(
        Kind.UPSTREAM,
        "wrong_checksum",
        f"{file.path} came with another content than the Hub's listing says.",
        hint="Try again; where a mirror is set, try without it.",
    )


class _Download:
    """Fetches by HTTP, at one commit."""

    def __init__(self, entry: Entry, commit: str, endpoint: str) -> None:
        self._repository = entry.repository
        self._commit = commit
        self._endpoint = endpoint

    def __call__(self, file: RemoteFile, partial: Path, come: Callable[[int], None]) -> None:
        from huggingface_hub import hf_hub_url
        from huggingface_hub.file_download import http_get
        from huggingface_hub.utils import (  # type: ignore[attr-defined]
            are_progress_bars_disabled,
            build_hf_headers,
            disable_progress_bars,
        )

        if not are_progress_bars_disabled():
            disable_progress_bars()  # ours shows all files as one
        url = hf_hub_url(self._repository, file.path, revision=self._commit, endpoint=self._endpoint)
        # A compressed answer has no ranges and another length.
        headers = build_hf_headers() | {"Accept-Encoding": "identity"}
        with partial.open("ab") as opened:
            have = opened.tell()
            if have == file.size:
                return
            try:
                http_get(
                    url,
                    _Counting(opened, come),  # type: ignore[arg-type]
                    resume_size=have,
                    headers=headers,
                    expected_size=file.size,
                )
            except OSError as error:
                if type(error) is not OSError or error.errno is not None:
                    raise
                # What came has another length, says the library; our caller sees that, too.


class _Counting:
    """A file that tells how much it grows."""

    def __init__(self, file: BinaryIO, come: Callable[[int], None]) -> None:
        self._file = file
        self._come = come

    def write(self, block: bytes) -> int:
        written = self._file.write(block)
        self._come(written)
        return written

    def truncate(self, size: int | None = None) -> int:
        """A server that ignores a range sends all of it: what was here goes."""
        end = self._file.tell() if size is None else size
        before = self._file.seek(0, 2)
        kept = self._file.truncate(end)
        self._come(kept - before)
        return kept

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def _matches(path: Path, file: RemoteFile) -> bool:
    if path.stat().st_size != file.size:
        return False
    return (sha256_of(path) if file.sha256 else git_hash(path)) == file.etag


def git_hash(path: Path) -> str:
    """Of a blob, as git names it."""
    digest = hashlib.sha1(f"blob {path.stat().st_size}\0".encode(), usedforsecurity=False)
    with path.open("rb") as file:
        while block := file.read(READ_BYTES):
            digest.update(block)
    return digest.hexdigest()


def _inside(folder: Path, local: str) -> Path:
    """A path of the listing, in the folder and nowhere else."""
    path = folder / local
    if not path.resolve().is_relative_to(folder.resolve()):
        raise Problem(Kind.UPSTREAM, "bad_listing", "The Hub lists a file outside of the model's folder.")
    return path


def _sweep(folder: Path, records: dict[str, FileRecord]) -> None:
    """What earlier attempts at other versions left."""
    for path in [path for path in folder.rglob("*") if path.is_file()]:
        if path.relative_to(folder).as_posix() not in records:
            path.unlink()


def _check_space(folder: Path, listing: Listing) -> None:
    have = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    need, free = listing.size - have + SPARE_BYTES, shutil.disk_usage(folder).free
    if need > free:
        raise Problem(
            Kind.UNAVAILABLE,
            "disk_full",
            f"The model takes {listing.size / 1e6:.0f} MB, and {free / 1e6:.0f} MB are free.",
            hint="Make room, `mixdown models remove` another model, or name another folder (MIXDOWN_MODELS_DIR).",
        )
