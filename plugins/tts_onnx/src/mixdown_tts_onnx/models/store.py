"""Pulled and converted models on disk: one folder each, below one folder."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mixdown_kernel import Context, Kind, Problem, invalid

MANIFEST = "mixdown.json"
PARTIAL = ".partial"
VARIABLE = "MIXDOWN_MODELS_DIR"


class FileRecord(BaseModel):
    """What a file was when it came, as the Hub vouches for it."""

    model_config = ConfigDict(extra="ignore")

    size: int = Field(ge=0)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class Manifest(BaseModel):
    """Where a pulled model came from and what belongs to it; lies beside its files and is written last."""

    model_config = ConfigDict(extra="ignore")

    format: int = 1
    name: str
    family: str
    title: str = ""
    licence: str = ""
    languages: tuple[str, ...] = ()
    repository: str = ""
    revision: str = ""
    """The commit."""
    files: dict[str, FileRecord] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Installed:
    """A model's folder. Without a manifest somebody else put it there (a conversion, a copy)."""

    name: str
    directory: Path
    manifest: Manifest | None

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return sum(path.stat().st_size for path in _files(self.directory))


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong with a file of a model."""

    file: str
    what: str


class Store:
    """The folder of models. Blocking throughout."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def installed(self) -> list[Installed]:
        try:
            folders = sorted(path for path in self.root.iterdir() if path.is_dir())
        except FileNotFoundError:
            return []
        return [self._read(folder) for folder in folders if not folder.name.startswith(".")]

    def find(self, name: str) -> Installed | None:
        check_name(name)
        folder = self.root / name
        return self._read(folder) if folder.is_dir() else None

    def _read(self, folder: Path) -> Installed:
        try:
            manifest = Manifest.model_validate_json((folder / MANIFEST).read_bytes())
        except (OSError, ValidationError):
            manifest = None
        return Installed(folder.name, folder, manifest)

    def partial(self, name: str) -> Path:
        """Where a model lies while it comes. It exists."""
        check_name(name)
        folder = self.root / PARTIAL / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    @contextmanager
    def alone(self, name: str) -> Iterator[None]:
        """Nobody else pulls this model meanwhile, in no process. `Problem` where somebody does."""
        check_name(name)
        (self.root / PARTIAL).mkdir(parents=True, exist_ok=True)
        with (self.root / PARTIAL / f"{name}.lock").open("wb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise Problem(
                    Kind.CONFLICT,
                    "pull_running",
                    f"{name} is being pulled already.",
                    hint="Wait for it to end.",
                ) from None
            yield

    def has_partial(self, name: str) -> bool:
        """A pull of the model was interrupted."""
        return (self.root / PARTIAL / name).is_dir()

    def check_replaceable(self, name: str) -> None:
        """`Problem` where a folder of that name was not pulled: what somebody put there himself is not deleted."""
        there = self.find(name)
        if there is None or there.manifest is not None or there.directory.is_symlink():
            return
        if any(there.directory.iterdir()):
            raise Problem(
                Kind.CONFLICT,
                "not_pulled",
                f"The folder of {name} is here, and was not pulled: it would be lost.",
                hint=f"Move it elsewhere, or delete it: `mixdown models remove {name}`.",
            )

    def install(self, manifest: Manifest) -> Installed:
        """Put what has come whole where it belongs, in place of an older one."""
        self.check_replaceable(manifest.name)
        partial, folder = self.partial(manifest.name), self.root / manifest.name
        _write(partial / MANIFEST, manifest.model_dump_json(indent=2))
        old = self.root / PARTIAL / f"{manifest.name}.old"
        _delete(old)
        if folder.exists():
            folder.rename(old)
        partial.rename(folder)
        _delete(old)
        return self._read(folder)

    def remove(self, name: str) -> int:
        """Delete a model and what may have come of it; the bytes that are free now. `Problem` for one that is not here."""
        found, partial = self.find(name), self.root / PARTIAL / name
        if found is None and not partial.is_dir():
            raise unknown_model(name, (one.name for one in self.installed()))
        folders = [folder for folder in (self.root / name, partial) if folder.is_dir()]
        own = [folder for folder in folders if not folder.is_symlink()]
        freed = sum(path.stat().st_size for folder in own for path in _files(folder))
        for folder in folders:
            _delete(folder)
        return freed

    def verify(self, model: Installed) -> Iterator[Fault]:
        """What differs from the manifest. Reads every byte. `Problem` where there is no manifest to compare with."""
        if model.manifest is None:
            raise Problem(
                Kind.UNSUPPORTED,
                "no_manifest",
                f"{model.name} was not pulled: nobody recorded what its files should be.",
                hint="It is checked when it is loaded.",
            )
        for name, record in model.manifest.files.items():
            path = model.directory / name
            if not path.is_file():
                yield Fault(name, "is missing")
            elif path.stat().st_size != record.size:
                yield Fault(name, f"has {path.stat().st_size} bytes instead of {record.size}")
            elif sha256_of(path) != record.sha256:
                yield Fault(name, "has another content")


class Hashes:
    """SHA-256 of files, remembered by path, size and time of change, in a JSON file."""

    def __init__(self, memory: Path) -> None:
        self._memory = memory
        self._known: dict[str, str] = {}
        try:
            known = json.loads(memory.read_bytes())
        except (OSError, ValueError):
            return
        if isinstance(known, dict):
            self._known = {str(key): str(value) for key, value in known.items()}

    def of(self, paths: Iterable[Path]) -> list[str]:
        """Blocking: some 0.5 s for a gigabyte that was not seen before. OSError for a file that cannot be read."""
        keys: list[str] = []
        for path in paths:
            status = path.stat()
            keys.append(f"{path.resolve()}|{status.st_size}|{status.st_mtime_ns}")
            if keys[-1] not in self._known:
                self._known[keys[-1]] = sha256_of(path)
                _write(self._memory, json.dumps(self._known, indent=1))
        return [self._known[key] for key in keys]


def models_dir(configured: Path | None, context: Context) -> Path:
    """The folder of models as a backend sees it."""
    return configured or default_dir(context.assets_dir.parent)


def default_dir(data_dir: Path) -> Path:
    """Where models lie unless a setting says otherwise: ``MIXDOWN_MODELS_DIR``, else in the data directory."""
    named = os.environ.get(VARIABLE)
    return Path(named) if named else data_dir / "models"


def check_name(name: str) -> None:
    """`Problem` for what cannot be a folder's name."""
    if not name or name.startswith(".") or not all(c.isalnum() or c in "-_.+" for c in name):
        raise invalid(
            "bad_model_name",
            f"{name[:60]!r} is no name of a model.",
            hint="`mixdown models list` shows them.",
        )


def unknown_model(name: str, known: Iterable[str]) -> Problem:
    return Problem(
        Kind.NOT_FOUND,
        "unknown_model",
        f"There is no model {name[:60]!r}.",
        allowed=[*known],
        hint="`mixdown models list` shows them.",
    )


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write(path: Path, text: str) -> None:
    """Whole or not at all."""
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)


def _delete(folder: Path) -> None:
    """Of a link to a folder elsewhere the link."""
    if folder.is_symlink():
        folder.unlink()
    elif folder.exists():
        shutil.rmtree(folder)


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())
