"""``mixdown messages batch``: thousands at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from mixdown_cli.messages.asking import Ask, asks, watched
from mixdown_cli.messages.assemble import TEMPLATE, placeholders
from mixdown_cli.messages.generate import given

voice = click.option("--voice", "voice_id", help="Instead of the configured one.")
no_wait = click.option("--no-wait", is_flag=True, help="Print the job and leave it to the server.")


def messages_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Which messages."""
    for option in (
        click.option("--template", default=TEMPLATE, help="With or without .json."),
        click.option("--names", default="names", help="A dataset."),
        click.option("--developers", default="developers", help="A dataset."),
        click.option("--limit", type=click.IntRange(min=1), help="At most so many messages."),
        click.option("--variant", help="One of the template's."),
        click.option(
            "--value", "values", multiple=True, metavar="NAME=TEXT", help="For another placeholder."
        ),
    ):
        command = option(command)
    return command


@click.group()
def batch() -> None:
    """Thousands at once; a killed run goes on. Exit status 1 if anything failed."""


@batch.command()
@click.option("--count", type=click.IntRange(min=1), default=10, help="How many turns.")
@click.option(
    "--of",
    type=click.Choice(["pairs", "names", "developers", "scripts"]),
    default="pairs",
    help="Whose turns.",
)
@voice
@no_wait
@asks
def rotations(count: int, of: str, voice_id: str | None, no_wait: bool) -> Ask:
    """Turns of the rotation, and their stems."""
    return watched(
        lambda client: client.messages.batch_rotations(count, of, voice_id),  # type: ignore[arg-type]
        "Turning",
        wait=not no_wait,
    )


@batch.command()
@messages_options
@click.option("--rotate", is_flag=True, help="Pairs of the rotation instead of all; needs --limit.")
@click.option("--upload", is_flag=True, help="Also into the bucket.")
@voice
@no_wait
@asks
def template(no_wait: bool, values: tuple[str, ...], **options: Any) -> Ask:
    """A message for every name and developer."""
    asked = given(**options, values=placeholders(values))
    return watched(lambda client: client.messages.batch_template(**asked), "Assembling", wait=not no_wait)


@batch.command()
@messages_options
@voice
@no_wait
@asks
def validate(no_wait: bool, values: tuple[str, ...], **options: Any) -> Ask:
    """What `template` would say, checked and counted; renders nothing."""
    asked = given(**options, values=placeholders(values))
    return watched(lambda client: client.messages.batch_validate(**asked), "Checking", wait=not no_wait)
