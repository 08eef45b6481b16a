"""Which plugins are installed, who ships them, and what became of each.

importlib-metadata makes the inventory without importing anything; a subclass of stevedore's extension manager
loads what the configuration leaves enabled; pluggy validates (see `registry`).
"""

from __future__ import annotations

import hashlib
import inspect
import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

import importlib_metadata
from stevedore import NamedExtensionManager

from mixdown_kernel.hooks import API_VERSION, GROUP

State = Literal["installed", "active", "disabled", "conflict", "incompatible", "failed"]
Stage = Literal["", "import", "register", "offer", "settings", "open", "render", "close"]

log = logging.getLogger("mixdown.plugins")


@dataclass
class Plugin:
    """One row of the inventory."""

    name: str
    distribution: str
    version: str
    editable: bool = False
    state: State = "installed"
    stage: Stage = ""
    error: str = ""
    module: object = None
    offers: list[tuple[str, str]] = field(default_factory=list)
    """(role, backend name) of everything it offers."""

    def fail(self, stage: Stage, error: BaseException | str, state: State = "failed") -> None:
        self.state, self.stage, self.error = (
            state,
            stage,
            error if isinstance(error, str) else describe(error),
        )

    @cached_property
    def identity(self) -> str:
        """What a signature holds of the plugin: its version, and its source's hash where that can change
        under the same version (an editable install, an object given to the kernel)."""
        if self.distribution and not self.editable:
            return f"{self.distribution}=={self.version}"
        return f"{self.distribution or self.name}#{source_hash(self.module)}"


def describe(error: BaseException) -> str:
    """``ValueError: what it says``, on one line."""
    return " ".join(f"{type(error).__name__}: {error}".split())


def source_hash(module: object) -> str:
    """A hash of the Python source behind a plugin: its package's files, or the file of its class."""
    digest = hashlib.sha256()
    for path in _source_files(module):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _source_files(module: object) -> list[Path]:
    subject: Any = module if isinstance(module, ModuleType) else type(module)
    try:
        file = Path(inspect.getfile(subject))
    except (TypeError, OSError):
        return []
    return sorted(file.parent.rglob("*.py")) if file.name == "__init__.py" else [file]


class _Loader(NamedExtensionManager[Any]):
    """stevedore's selective loading over entry points that we read ourselves: its own discovery drops the
    distribution and caches on disk under timestamps that are a minute coarse."""

    def __init__(
        self,
        entry_points: list[importlib_metadata.EntryPoint],
        on_failure: Callable[[Any, Any, BaseException], None],
    ) -> None:
        self._entry_points = entry_points
        names = [entry_point.name for entry_point in entry_points]
        super().__init__(
            GROUP,
            names,
            name_order=True,
            on_load_failure_callback=on_failure,
            on_missing_entrypoints_callback=None,
        )

    def list_entry_points(self) -> list[Any]:
        return self._entry_points

    def _load_one_plugin(self, ep: Any, *args: Any) -> Any:
        try:
            return super()._load_one_plugin(ep, *args)
        except (AssertionError, SystemExit) as error:  # stevedore would let these end the process
            raise ImportError(f"{type(error).__name__} at import: {error}") from error


def discover(disabled: Collection[str] = ()) -> dict[str, Plugin]:
    """Every installed plugin by name, loaded unless disabled or in conflict."""
    plugins, entry_points = _installed()
    for name in disabled:
        if name in plugins:
            plugins[name].state = "disabled"
    _load(plugins, [ep for ep in entry_points if plugins[ep.name].state == "installed"])
    return plugins


def installed() -> dict[str, Plugin]:
    """The inventory alone; imports nothing."""
    return _installed()[0]


def _installed() -> tuple[dict[str, Plugin], list[importlib_metadata.EntryPoint]]:
    plugins: dict[str, Plugin] = {}
    entry_points = sorted(importlib_metadata.entry_points(group=GROUP), key=lambda ep: ep.name)
    for entry_point in entry_points:
        row = _row(entry_point)
        if other := plugins.get(row.name):
            both = f"offered by {other.distribution} and by {row.distribution}; uninstall one"
            other.fail("", both, state="conflict")
        else:
            plugins[row.name] = row
    return plugins, entry_points


def _row(entry_point: importlib_metadata.EntryPoint) -> Plugin:
    distribution = entry_point.dist
    if distribution is None:
        return Plugin(entry_point.name, "", "")
    origin = getattr(distribution.origin, "dir_info", None)
    editable = bool(getattr(origin, "editable", False))
    return Plugin(entry_point.name, distribution.name, distribution.version, editable)


def _load(plugins: Mapping[str, Plugin], entry_points: list[importlib_metadata.EntryPoint]) -> None:
    def failed(_loader: Any, entry_point: Any, error: BaseException) -> None:
        plugins[entry_point.name].fail("import", error)
        log.warning("plugin %s failed at import: %s", entry_point.name, describe(error))

    for extension in _Loader(entry_points, failed):
        plugins[extension.name].module = extension.plugin
        refuse_other_version(plugins[extension.name])


def refuse_other_version(plugin: Plugin) -> None:
    wanted = getattr(plugin.module, "MIXDOWN_API_VERSION", API_VERSION)
    if wanted != API_VERSION:
        plugin.fail(
            "register",
            f"written for version {wanted} of the plugin contract, this kernel has {API_VERSION}",
            state="incompatible",
        )
