"""Models in the Hub's own cache on this machine, which other programs may have filled."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from mixdown_kernel import Kind, Problem
from mixdown_tts_onnx.models.catalogue import Entry
from mixdown_tts_onnx.models.hub import Fetch, Listing, RemoteFile, select


def list_cached(entry: Entry) -> Listing:
    """The cached files of the model; each is named by its hash. `Problem` where they are not there."""
    snapshot = _snapshot(entry)
    if snapshot is None:
        raise _not_cached(entry)
    files = [
        RemoteFile(path.relative_to(snapshot).as_posix(), path.stat().st_size, path.resolve().name)
        for path in snapshot.rglob("*")
        if path.is_file()
    ]
    try:
        return Listing(snapshot.name, select(entry, files))
    except Problem:
        raise _not_cached(entry) from None


def copy_cached(entry: Entry) -> Fetch:
    """Copies from the cache."""

    def fetch(file: RemoteFile, partial: Path, come: Callable[[int], None]) -> None:
        snapshot = _snapshot(entry)
        if snapshot is None:
            raise _not_cached(entry)
        before = partial.stat().st_size if partial.exists() else 0
        shutil.copyfile(snapshot / file.path, partial)
        come(partial.stat().st_size - before)

    return fetch


def _snapshot(entry: Entry) -> Path | None:
    from huggingface_hub import constants
    from huggingface_hub.file_download import repo_folder_name

    folder = Path(constants.HF_HUB_CACHE) / repo_folder_name(repo_id=entry.repository, repo_type="model")
    try:
        commit = (folder / "refs" / entry.revision).read_text().strip()
    except OSError:
        return None
    snapshot = folder / "snapshots" / commit
    return snapshot if snapshot.is_dir() else None


def _not_cached(entry: Entry) -> Problem:
    return Problem(
        Kind.UNAVAILABLE,
        "not_cached",
        f"{entry.repository} is not whole in the Hub's cache on this machine, and nothing is downloaded offline.",
        hint="Pull it where there is a network, and copy the folder; or name its directory in the settings.",
    )
