"""``mixdown messages assemble``: stems to messages."""

from __future__ import annotations

from typing import Any

import click

from mixdown_cli.messages.asking import Ask, asks
from mixdown_cli.messages.generate import given, stem_options

TEMPLATE = "double_anchor_hybrid"


@click.group()
def assemble() -> None:
    """Messages of stems."""


@assemble.command()
@click.argument("first")
@click.argument("developer")
@click.option("--template", default=TEMPLATE, help="With or without .json.")
@click.option("--variant", help="One of the template's.")
@click.option("--value", "values", multiple=True, metavar="NAME=TEXT", help="For another placeholder.")
@click.option("--clean", is_flag=True, help="Leave the silence at the edges of stems out.")
@stem_options
@asks
def template(first: str, developer: str, template: str, values: tuple[str, ...], **options: Any) -> Ask:
    """A message by a template."""
    filled = given(**options, values=placeholders(values))
    return lambda client: client.messages.assemble(first, developer, template=template, **filled)


@assemble.command()
@click.argument("segments", nargs=-1, required=True)
@click.option("--gap-ms", type=click.IntRange(min=0), help="Between all segments.")
@click.option("--crossfade-ms", type=click.IntRange(min=0), help="Between all segments.")
@click.option("--clean", is_flag=True, help="Leave the silence at the edges of stems out.")
@stem_options
@asks
def segments(segments: tuple[str, ...], gap_ms: int | None, crossfade_ms: int | None, **options: Any) -> Ask:
    """A message of texts and of labels of stored stems."""
    timing = {"gap_ms": gap_ms, "crossfade_ms": crossfade_ms}
    asked = given(**options) | {name: value for name, value in timing.items() if value is not None}
    return lambda client: client.messages.join(segments, **asked)


@assemble.command("output-location")
@asks
def output_location() -> Ask:
    """The latest message."""
    return lambda client: client.messages.latest()


@assemble.command()
@click.option("--limit", type=click.IntRange(1, 100), default=100, help="How many.")
@click.option("--after", metavar="NEXT", help="Those behind it: `next` of the answer before.")
@asks
def outputs(limit: int, after: str | None) -> Ask:
    """Messages, the newest first, each with its URL."""
    return lambda client: client.messages.outputs(after, limit)


@assemble.command()
@asks
def templates() -> Ask:
    """Templates, with what is wrong with them."""
    return lambda client: client.messages.templates()


def placeholders(given: tuple[str, ...]) -> dict[str, str] | None:
    """``NAME=TEXT`` as a mapping; None for nothing."""
    values = {}
    for one in given:
        name, equals, text = one.partition("=")
        if not (name and equals):
            raise click.UsageError(f"--value {one!r} is not of the form NAME=TEXT.")
        values[name] = text
    return values or None
