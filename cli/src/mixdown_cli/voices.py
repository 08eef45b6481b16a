"""``mixdown voices``: list them, clone them, delete clones."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mixdown_cli.output import note, print_json, print_table
from mixdown_cli.target import Target, target_options

if TYPE_CHECKING:
    from mixdown_client import VoiceOptions


@click.group(invoke_without_command=True)
@click.option("--language", metavar="TAG", help="Only this language (BCP 47): `en` has `en-GB` in it.")
@click.option("--backend", help="Only the voices of this backend.")
@click.option("--json", "as_json", is_flag=True, help="Everything that is known of them, as JSON.")
@target_options
@click.pass_context
def voices(
    ctx: click.Context, target: Target, language: str | None, backend: str | None, as_json: bool
) -> None:
    """List the voices; `add` and `remove` are for clones."""
    if ctx.invoked_subcommand is None:
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


@voices.command()
@click.argument("recording")
@click.option("--name", required=True, help="What the voice is called by.")
@click.option("--text", help="What is said in the recording, word for word; @FILE reads it from there.")
@click.option("--language", metavar="TAG", help="Of the recording (BCP 47); en unless told otherwise.")
@click.option("--model", help="A voice backend that clones; else the first that can.")
@click.option("--json", "as_json", is_flag=True, help="Print the whole answer as JSON.")
@target_options
def add(
    target: Target,
    recording: str,
    name: str,
    text: str | None,
    language: str | None,
    model: str | None,
    as_json: bool,
) -> None:
    """Clone a voice from a RECORDING: ten to thirty seconds of one speaker, a file or a URL.

    \b
    mixdown voices add anna.wav --name Anna --text @anna.txt
    mixdown say "Hello." --voice Anna -o hello.mp3
    """
    given = {"text": _words(text), "language": language, "model": model}
    options: VoiceOptions = {key: value for key, value in given.items() if value is not None}  # type: ignore[assignment]
    asyncio.run(_add(target, _source(recording), name, options, as_json))


def _source(recording: str) -> str | Path:
    if "://" in recording:
        return recording
    path = Path(recording)
    if not path.is_file():
        raise click.UsageError(f"There is no file {recording!r}.")
    return path


def _words(text: str | None) -> str | None:
    if text is None or not text.startswith("@"):
        return text
    try:
        return Path(text[1:]).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise click.UsageError(f"{text[1:]!r} cannot be read as text.") from error


async def _add(
    target: Target, recording: str | Path, name: str, options: VoiceOptions, as_json: bool
) -> None:
    from mixdown_cli.connection import connect

    async with connect(target) as client:
        voice = await client.clone_voice(recording, name, **options)
    if as_json:
        print_json(voice.model_dump(mode="json"))
        return
    click.echo(voice.id)
    figures = ", ".join(f"{name} {value:g}" for name, value in voice.quality.items())
    note(f"{voice.name}, spoken by {voice.backend}. The recording: {figures}")


@voices.command()
@click.argument("voice")
@target_options
def remove(target: Target, voice: str) -> None:
    """Delete a cloned VOICE and its recording, by id or name."""
    asyncio.run(_remove(target, voice))


async def _remove(target: Target, voice: str) -> None:
    from mixdown_cli.connection import connect

    async with connect(target) as client:
        await client.delete_voice(voice)
