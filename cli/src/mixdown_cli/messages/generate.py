"""``mixdown messages generate``: stems."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from mixdown_cli.messages.asking import Ask, asks


def stem_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--voice``, ``--upload`` and ``--extended``."""
    voice = click.option("--voice", "voice_id", help="Instead of the configured one.")
    upload = click.option("--upload", is_flag=True, help="Also into the bucket.")
    extended = click.option("--extended", is_flag=True, help="With cache entries and details.")
    return voice(upload(extended(command)))


def given(**options: Any) -> Any:
    """Those that say something."""
    return {name: value for name, value in options.items() if value not in (None, False, ())}


@click.group()
def generate() -> None:
    """Stems of names and developers."""


@generate.command()
@click.argument("name")
@stem_options
@asks
def name(name: str, **options: Any) -> Ask:
    """The stem of a first name."""
    return lambda client: client.messages.stem_of_name(name, **given(**options))


@generate.command()
@click.argument("name")
@stem_options
@asks
def developer(name: str, **options: Any) -> Ask:
    """The stem of a developer."""
    return lambda client: client.messages.stem_of_developer(name, **given(**options))


@generate.command()
@click.argument("name")
@click.argument("developer")
@stem_options
@asks
def combined(name: str, developer: str, **options: Any) -> Ask:
    """The stems of both."""
    return lambda client: client.messages.stems_of(name, developer, **given(**options))
