"""``mixdown models convert s1-mini CHECKPOINT OUT``."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from pathlib import Path

import click

from mixdown_tts_onnx.errors import EngineError
from mixdown_tts_onnx.s1_mini.convert.profiles import PROFILES, adjusted


@click.command("s1-mini")
@click.argument("checkpoint", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("out", type=click.Path(path_type=Path))
@click.option(
    "--profile",
    type=click.Choice([*PROFILES]),
    default="int4",
    show_default=True,
    help="Bits by tensor class.",
)
@click.option(
    "--bits",
    "changes",
    multiple=True,
    metavar="CLASS=BITS",
    help="Another number for a class: attention, linear, embeddings, head: 2, 4, 8, 32; cache: 8, 32; codec: its profile.",
)
@click.option(
    "--threads", type=click.IntRange(1, 256), default=None, help="By default all of this machine's."
)
@click.option("--no-encoder", is_flag=True, help="Leave out what cloning voices takes.")
def s1_mini(
    checkpoint: Path, out: Path, profile: str, changes: tuple[str, ...], threads: int | None, no_encoder: bool
) -> None:
    """Make a model of OpenAudio S1-mini's CHECKPOINT directory, in OUT.

    The weights are licensed CC-BY-NC-SA-4.0, and so is what is made of them: not for commercial use. No profile has
    been heard with the true weights here; `fp32` alone is sure to say what the original says.
    """
    if find_spec("onnx") is None:
        raise click.ClickException(
            "Converting takes the extra `convert`: pip install 'mixdown-tts-onnx[convert]'."
        )
    from mixdown_tts_onnx.s1_mini.convert.conversion import convert_s1_mini

    with click.progressbar(
        length=1000, label="s1-mini", file=sys.stderr, show_eta=False, item_show_func=str
    ) as bar:

        def show(what: str, share: float) -> None:
            bar.update(round(1000 * share) - bar.pos, what)

        try:
            chosen = adjusted(PROFILES[profile], changes)
            convert_s1_mini(
                checkpoint, out, chosen, show, threads=threads or os.cpu_count() or 1, encoder=not no_encoder
            )
        except EngineError as error:
            raise click.ClickException(" ".join(filter(None, [error.message, error.hint]))) from error
    click.echo(str(out))
    size = sum(path.stat().st_size for path in out.iterdir())
    click.echo(f"{size / 1e6:.0f} MB, profile {chosen.name}, licence CC-BY-NC-SA-4.0.", err=True)
