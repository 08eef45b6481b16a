"""``mixdown voices``."""

from __future__ import annotations

import asyncio

import click

from mixdown_cli.output import print_json, print_table
from mixdown_cli.target import Target, target_options


@click.command()
@click.option("--language", metavar="TAG", help="Only this language (BCP 47): `en` has `en-GB` in it.")
@click.option("--backend", help="Only the voices of this backend.")
@click.option("--json", "as_json", is_flag=True, help="Everything that is known of them, as JSON.")
@target_options
def voices(target: Target, language: str | None, backend: str | None, as_json: bool) -> None:
    """List the voices."""
    asyncio.run(_voices(target, language, backend, as_json))


async def _voices(target: Target, language: str | None, backend: str | None, as_json: bool) -> None:
    from mixdown_cli.connection import connect

    async with connect(target) as client:
        found = await client.voices(language=language, backend=backend)
    if as_json:
        print_json([voice.model_dump(mode="json") for voice in found])
        return
    rows = [(v.id, v.language or "", v.gender or "", v.backend, v.stands_for or v.name) for v in found]
    print_table(("voice", "language", "gender", "backend", "name"), rows)
