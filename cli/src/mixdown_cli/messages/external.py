"""``mixdown messages external``: datasets."""

from __future__ import annotations

from pathlib import Path

import click

from mixdown_cli.messages.asking import Ask, asks

file = click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))


@click.group()
def external() -> None:
    """Datasets: names, developers, scripts and your own."""


@external.command("upload_base")
@file
@click.option(
    "--target",
    "role",
    type=click.Choice(["names", "developers", "scripts", "custom"]),
    required=True,
    help="What the file holds.",
)
@click.option("--name", help="Of the dataset; the core one of its role if left out.")
@asks
def upload_base(file: Path, role: str, name: str | None) -> Ask:
    """Store a CSV or JSON file as a dataset."""
    return lambda client: client.messages.upload(file, role, name)  # type: ignore[arg-type]


@external.command()
@file
@asks
def preview(file: Path) -> Ask:
    """How a CSV or JSON file would be read."""
    return lambda client: client.messages.preview(file)


@external.command("list")
@asks
def list_() -> Ask:
    """All datasets."""
    return lambda client: client.messages.datasets()


@external.command()
@click.argument("filename")
@asks
def delete(filename: str) -> Ask:
    """Remove a dataset."""
    return lambda client: client.messages.delete(filename)


external.add_command(upload_base, "upload-base")
