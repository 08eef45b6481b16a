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
    """Stems of names, developers and any text."""


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
@click.argument("text")
@click.option(
    "--category",
    type=click.Choice(["name", "developer", "script", "generic"]),
    default="generic",
    help="What it is: names are spoken in title case.",
)
@click.option("--speed", type=click.FloatRange(0.6, 1.5), help="Times as fast.")
@click.option("--volume", type=click.FloatRange(0.5, 2.0), help="Times as loud.")
@click.option("--emotion", help="As far as the voice knows it.")
@stem_options
@asks
def stem(
    text: str, category: str, speed: float | None, volume: float | None, emotion: str | None, **options: Any
) -> Ask:
    """The stem of any text."""
    config = given(speed=speed, volume=volume, emotion=emotion)
    asked = given(**options, category=category, generation_config=config or None)
    return lambda client: client.messages.stem_of(text, **asked)


@generate.command()
@click.argument("name")
@click.argument("developer")
@stem_options
@asks
def combined(name: str, developer: str, **options: Any) -> Ask:
    """The stems of both."""
    return lambda client: client.messages.stems_of(name, developer, **given(**options))
