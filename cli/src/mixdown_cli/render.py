"""``mixdown render``: a scene, written out as JSON, on the kernel of this process."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from mixdown_cli.audio_file import FORMATS, STDOUT, check_folder, format_of
from mixdown_cli.failures import Failure, members
from mixdown_cli.output import Show, note, print_json, progress
from mixdown_cli.target import Target, target_options

if TYPE_CHECKING:
    from mixdown_kernel import Audio, Encoding, Kernel, Performance, Receipt, Scene


@click.command()
@click.argument("scene", type=click.Path(path_type=Path, dir_okay=False, exists=True, allow_dash=True))
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="The file to write.")
@click.option("--format", "format_", type=click.Choice(FORMATS), help="By the file's suffix if left out.")
@click.option("--bitrate", type=int, metavar="KBPS", help="Of mp3, opus and aac.")
@click.option("--json", "as_json", is_flag=True, help="Print the receipt as JSON.")
@target_options
def render(
    target: Target, scene: Path, output: Path, format_: str | None, bitrate: int | None, as_json: bool
) -> None:
    """Render a scene.

    SCENE is a JSON file of layers on a timeline; - reads it from standard input.

    \b
    mixdown say "Hello" --dry-run --json | jq .scene > scene.json
    mixdown render scene.json -o hello.wav
    """
    _check_server(target)
    if output == STDOUT:
        raise click.UsageError("A scene is rendered into a file; name it.")
    check_folder(output)
    format_ = format_of(output, format_)
    receipt = asyncio.run(_render(target, _read_scene(scene), output, format_, bitrate))
    if as_json:
        print_json({"files": [str(output)], **receipt.model_dump(mode="json")})
    else:
        note(f"{output}: {receipt.frames / receipt.rate:.1f} s, seed {receipt.seed}")


def _check_server(target: Target) -> None:
    if not target.server:
        return
    source = click.get_current_context().get_parameter_source("server")
    if source is ParameterSource.COMMANDLINE:
        raise click.UsageError("A server takes no scenes yet: leave --server out, and it is rendered here.")
    note("Rendering here: a server takes no scenes yet.")


def _read_scene(path: Path) -> Scene:
    from pydantic import ValidationError

    from mixdown_kernel import Scene

    text = sys.stdin.buffer.read() if path == STDOUT else path.read_bytes()
    try:
        return Scene.model_validate_json(text)
    except ValidationError as error:
        raise Failure(f"{path} is no scene: {members(error)}") from None


async def _render(target: Target, scene: Scene, output: Path, format_: str, bitrate: int | None) -> Receipt:
    from mixdown_cli.configuration import kernel_config
    from mixdown_kernel import Encoding, Kernel

    async with Kernel(kernel_config(target.config, target.data_dir)) as kernel:
        encoding = Encoding(format=format_, bitrate_kbps=bitrate)
        kernel.format(encoding)
        plan = await kernel.plan(scene)
        with progress("Rendering") as show:
            async with kernel.perform(plan) as performance:
                await _write(kernel, performance, encoding, output, show)
                assert performance.receipt is not None  # noqa: S101 - complete with the last block
                return performance.receipt


async def _write(
    kernel: Kernel, performance: Performance, encoding: Encoding, output: Path, show: Show
) -> None:
    """Encoded beside its place, and put there once it is whole."""
    scene = performance.plan.scene
    part = output.with_name(f".{output.name}.part")
    try:
        await kernel.encode_file(_shown(performance, show), encoding, scene.rate, scene.channels, part)
        part.replace(output)
    finally:
        part.unlink(missing_ok=True)


async def _shown(performance: Performance, show: Show) -> AsyncIterator[Audio]:
    done = 0
    async for block in performance.blocks():
        done += block.duration_ms
        show(done, max(done, performance.plan.estimated_ms))
        yield block
