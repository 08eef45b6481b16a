"""The section ``[plugins.espeak]`` and where the engine lies."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from mixdown_kernel import Kind, PluginSettings, Problem


@dataclass(frozen=True, slots=True)
class Installation:
    """An espeak-ng library of version 1.52 or later and its data folder (the one that holds ``phontab``)."""

    library: Path
    data: Path

    def fingerprint(self) -> str:
        """SHA-256 over the library and every data file. Blocks for some 50 ms."""
        digest = hashlib.sha256(self.library.read_bytes())
        for path in sorted(path for path in self.data.rglob("*") if path.is_file()):
            digest.update(f"\0{path.relative_to(self.data).as_posix()}\0{path.stat().st_size}\0".encode())
            digest.update(path.read_bytes())
        return digest.hexdigest()


class EspeakSettings(PluginSettings):
    """Every member has a default that works; ``library`` and ``data`` name another espeak-ng than the wheel's."""

    model_config = SettingsConfigDict(env_prefix="MIXDOWN_ESPEAK_")

    processes: int | None = Field(default=None, ge=1, le=32)
    """Child processes that speak at the same time; None is two, or one on a single core."""
    library: Path | None = None
    data: Path | None = None

    def installation(self) -> Installation:
        """Raises `Problem` (``unavailable``) where there is no library or no data."""
        if self.library and self.data:
            library, data = self.library, self.data
        else:
            wheel = _piper_folder()
            library = self.library or next(iter(wheel.glob("espeakbridge*.so")), wheel / "espeakbridge.so")
            data = self.data or wheel / "espeak-ng-data"
        if not library.is_file():
            raise _missing("library", "The espeak-ng library is missing.")
        if not (data / "phontab").is_file():
            raise _missing("data", "The espeak-ng data folder holds no voices (no file phontab).")
        return Installation(library.resolve(), data.resolve())


def _piper_folder() -> Path:
    # Found without importing it: piper's __init__ loads the GPL library into the process that imports it.
    spec = find_spec("piper")
    if spec is None or not spec.submodule_search_locations:
        raise _missing("library", "The package piper-tts, which carries espeak-ng, is not installed.")
    return Path(spec.submodule_search_locations[0])


def _missing(setting: str, message: str) -> Problem:
    hint = f"Install piper-tts 1.8 or later again, or correct [plugins.espeak] {setting}."
    return Problem(Kind.UNAVAILABLE, "espeak_missing", message, hint=hint)
