"""Configuration: one TOML file and the environment, the environment winning."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from mixdown_kernel.backends import PluginSettings
from mixdown_kernel.problems import invalid


class KernelConfig(PluginSettings):
    """What the kernel itself is told. ``MIXDOWN_DATA_DIR``, ``MIXDOWN_BACKENDS__SYNTHESIS='["espeak"]'`` and so
    on override the file."""

    model_config = SettingsConfigDict(env_prefix="MIXDOWN_", env_nested_delimiter="__", extra="forbid")

    backends: dict[str, list[str]] = Field(default_factory=dict)
    """Per role, the backends to use: order and fallback. A role left out uses every offer that needs no key."""
    plugins: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """Per backend name, its settings."""
    disabled: frozenset[str] = frozenset()
    """Plugins that are not loaded at all."""
    voice_aliases: dict[str, str] = Field(default_factory=dict)
    """Names of your own for voices; an empty target means the default voice."""
    data_dir: Path = Path("var")
    threads: int = Field(default_factory=lambda: os.cpu_count() or 1, ge=1)
    """What one engine may take."""
    open_timeout_seconds: float = Field(default=60.0, gt=0)
    stall_timeout_seconds: float = Field(default=120.0, gt=0)
    """How long a source may take to its next chunk before it counts as failed."""
    cooldown_seconds: float = Field(default=30.0, ge=0)
    """How long a backend that failed is asked last."""
    cache_bytes: int = Field(default=4 << 30, ge=0)
    """Quota of stored sources; the least recently used go first."""
    assets_bytes: int = Field(default=4 << 30, ge=0)
    """Quota of decoded clips; likewise. A clip that is needed again is fetched again."""
    spool_bytes: int = Field(default=16 << 30, ge=1 << 20)
    """What one render may spool on disk."""


def read_config(path: Path | None = None) -> dict[str, Any]:
    """The configuration file as it stands: ``path``, else ``MIXDOWN_CONFIG``, else ``./mixdown.toml``, else {}.

    A file that was named and is missing, or that is not TOML, is `Problem` ``invalid``.
    """
    named = path or (Path(env) if (env := os.environ.get("MIXDOWN_CONFIG")) else None)
    chosen = named or Path("mixdown.toml")
    try:
        return tomllib.loads(chosen.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if named is None:
            return {}
        raise invalid("no_config", f"the configuration file {chosen} does not exist") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise invalid("bad_config", f"{chosen} is not valid TOML: {error}") from error


def environment_prefix(backend: str) -> str:
    """``MIXDOWN_SONIC_3_`` for a backend named ``sonic-3``."""
    return f"MIXDOWN_{''.join(c if c.isalnum() else '_' for c in backend).upper()}_"


def backend_settings(cls: type[PluginSettings], backend: str, section: Mapping[str, Any]) -> PluginSettings:
    """A backend's settings from its section and the environment; pydantic's ValidationError names bad keys."""
    return cls(_env_prefix=environment_prefix(backend), **section)  # type: ignore[call-arg]
