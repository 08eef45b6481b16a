"""Where a command works: on a server, or in this process with a configuration and a data directory."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click


@dataclass(frozen=True, slots=True)
class Target:
    """A server's URL, or None for this process."""

    server: str | None = None
    config: Path | None = None
    data_dir: Path | None = None
    api_key: str | None = field(default=None, repr=False)


def check_url(_ctx: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    """A server's URL, or None."""
    if value and not value.startswith(("http://", "https://")):
        raise click.BadParameter(f"{value!r} is no URL, like http://127.0.0.1:8000")
    return value or None


def local_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--config`` and ``--data-dir``."""
    config = click.option(
        "--config",
        type=click.Path(path_type=Path, dir_okay=False),
        envvar="MIXDOWN_CONFIG",
        show_envvar=True,
        help="Configuration file; ./mixdown.toml if there is one.",
    )
    data_dir = click.option(
        "--data-dir",
        type=click.Path(path_type=Path, file_okay=False),
        envvar="MIXDOWN_DATA_DIR",
        show_envvar=True,
        help="Where renders, caches and state are kept; ./var unless the configuration says otherwise.",
    )
    return config(data_dir(command))


def target_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The same and ``--server``; the command takes them as its first argument, a `Target`. The key comes from the
    environment alone: arguments show in lists of processes."""

    @functools.wraps(command)
    def with_target(
        *args: Any, server: str | None, config: Path | None, data_dir: Path | None, **rest: Any
    ) -> Any:
        target = Target(server, config, data_dir, os.environ.get("MIXDOWN_API_KEY") or None)
        return command(target, *args, **rest)

    server = click.option(
        "--server",
        metavar="URL",
        callback=check_url,
        envvar="MIXDOWN_SERVER",
        show_envvar=True,
        help="Work on this server (key: MIXDOWN_API_KEY) instead of in this process.",
    )
    return server(local_options(with_target))
