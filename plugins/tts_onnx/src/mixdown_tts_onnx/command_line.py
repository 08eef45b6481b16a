"""``mixdown models``: which there are, pull, convert, verify, remove."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from mixdown_tts_onnx.models.catalogue import Entry
    from mixdown_tts_onnx.models.store import Installed, Store

COLUMNS = ("model", "state", "size", "licence", "languages", "what it is")


@click.group()
@click.option(
    "--models-dir",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="MIXDOWN_MODELS_DIR",
    show_envvar=True,
    help="Where models lie; `models` in the data directory by default.",
)
@click.option(
    "--config",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="MIXDOWN_CONFIG",
    show_envvar=True,
    help="Configuration file; ./mixdown.toml if there is one.",
)
@click.option(
    "--data-dir",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="MIXDOWN_DATA_DIR",
    show_envvar=True,
    help="The data directory; ./var unless the configuration says otherwise.",
)
@click.pass_context
def models(ctx: click.Context, models_dir: Path | None, config: Path | None, data_dir: Path | None) -> None:
    """Local neural voices: bring models here, and look after them.

    A family whose model is here speaks once the configuration names it: `[backends] synthesis = ["kokoro", "espeak"]`.
    """
    ctx.obj = Place(models_dir, config, data_dir)


@dataclass(frozen=True)
class Place:
    """Where models lie, as the command line says it."""

    models_dir: Path | None
    config: Path | None
    data_dir: Path | None

    def store(self) -> Store:
        """`Problem` for a configuration that cannot be read."""
        from mixdown_kernel import KernelConfig, read_config
        from mixdown_tts_onnx.models.store import Store

        if self.models_dir is not None:
            return Store(self.models_dir)
        file = read_config(self.config)
        file.pop("api", None)
        return Store((self.data_dir or KernelConfig(**file).data_dir) / "models")


def _store(ctx: click.Context) -> Store:
    place: Place = ctx.obj
    return place.store()


# ---------------------------------------------------------------- list


@models.command("list")
@click.option("--here", is_flag=True, help="Only those that are on this machine.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def list_models(ctx: click.Context, here: bool, as_json: bool) -> None:
    """List models, with sizes, licences, languages and sources.

    Every other Piper voice can be pulled by its name, too: `mixdown models pull en_GB-alan-medium`.
    """
    from mixdown_tts_onnx.models.listing import rows

    shown = [row for row in rows(_store(ctx)) if row["here"] or not here]
    if as_json:
        click.echo(json.dumps(shown, ensure_ascii=False, indent=2))
        return
    _print_table(COLUMNS, [_cells(row) for row in shown])


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    languages = row["languages"]
    shown = ", ".join(languages[:4]) + (f" and {len(languages) - 4} more" if len(languages) > 4 else "")
    what = row["title"] or row["family"]
    return (
        row["name"],
        row["state"],
        _size(row["bytes"]),
        row["licence"],
        shown,
        f"{what}  {row['source']}".strip(),
    )


# ---------------------------------------------------------------- pull


@models.command()
@click.argument("names", nargs=-1, required=True, metavar="NAME…")
@click.option("--endpoint", metavar="URL", help="A mirror of the Hub; by default HF_ENDPOINT, else the Hub.")
@click.option(
    "--offline", is_flag=True, help="Take the files from the Hub's cache on this machine, ask nobody."
)
@click.pass_context
def pull(ctx: click.Context, names: tuple[str, ...], endpoint: str | None, offline: bool) -> None:
    """Download models, and check them.

    A download that was interrupted is continued. Models whose licence has to be accepted want a token of Hugging Face
    (`hf auth login`, or HF_TOKEN).
    """
    from mixdown_tts_onnx.models.catalogue import find_entry
    from mixdown_tts_onnx.models.hub import pull as pull_model

    store = _store(ctx)
    for entry in [find_entry(name) for name in names]:
        click.echo(f"{entry.name}: {entry.title}. Licence: {entry.licence}. {entry.source}", err=True)
        with click.progressbar(length=entry.size, label=entry.name, file=sys.stderr) as bar:

            def show(done: int, total: int) -> None:
                bar.length = total
                bar.update(done - bar.pos)

            here = pull_model(entry, store, endpoint=endpoint, offline=offline, show=show)
        click.echo(str(here.directory))
        click.echo(_advice(entry, here, store), err=True)


def _advice(entry: Entry, here: Installed, store: Store) -> str:
    if entry.next:
        return f"Next: {entry.next.format(directory=here.directory, models=store.root)}"
    from mixdown_tts_onnx.families import families
    from mixdown_tts_onnx.models.listing import licence_of

    licence = licence_of(here, families())
    told = f"Its own card says of its licence: {licence}. " if licence and licence != entry.licence else ""
    return f'{told}To speak with it: [backends] synthesis = ["{entry.family}", …] in mixdown.toml.'


# ---------------------------------------------------------------- verify, remove


@models.command()
@click.argument("names", nargs=-1, metavar="[NAME…]")
@click.pass_context
def verify(ctx: click.Context, names: tuple[str, ...]) -> None:
    """Compare models with what was pulled, byte for byte, and with what their family expects.

    Without a name all that are here. Exit status 1 where something is wrong.
    """
    store = _store(ctx)
    wrong = 0
    for model in _chosen(store, names):
        faults = [*_faults(store, model)]
        wrong += bool(faults)
        click.echo(f"{model.name}\t{'; '.join(faults) or 'as it should be'}")
    if wrong:
        raise click.exceptions.Exit(1)


def _faults(store: Store, model: Installed) -> Iterable[str]:
    from mixdown_tts_onnx.families import families

    if model.manifest is not None:
        yield from (f"{fault.file} {fault.what}" for fault in store.verify(model))
    for family in families():
        if family.recognises(model.directory):
            try:
                family.inspect(model.directory)
            except Exception as error:
                yield getattr(error, "message", f"{type(error).__name__}: {error}")
            return
    if model.manifest is None:
        yield "is no model of a family that is installed"


@models.command()
@click.argument("names", nargs=-1, required=True, metavar="NAME…")
@click.pass_context
def remove(ctx: click.Context, names: tuple[str, ...]) -> None:
    """Delete models from this machine. A server that has one loaded speaks with it until it unloads it."""
    store = _store(ctx)
    for name in names:
        freed = store.remove(_folder_name(store, name))
        click.echo(f"{name}\t{_size(freed)} free")


def _chosen(store: Store, names: Sequence[str]) -> list[Installed]:
    from mixdown_tts_onnx.models.store import unknown_model

    installed = {one.name: one for one in store.installed()}
    chosen = [_folder_name(store, name) for name in names] or [*installed]
    for name in chosen:
        if name not in installed:
            raise unknown_model(name, installed)
    return [installed[name] for name in chosen]


def _folder_name(store: Store, name: str) -> str:
    """A model that is here may also be called by an alias of the catalogue."""
    from mixdown_tts_onnx.models.catalogue import catalogue

    if store.find(name) is not None:
        return name
    return next((entry.name for entry in catalogue() if name in entry.aliases), name)


# ---------------------------------------------------------------- convert


class Converters(click.Group):
    """A command for every family that has one; imported only when it is called."""

    def _found(self) -> dict[str, click.Command]:
        from mixdown_tts_onnx.families import families

        found: dict[str, click.Command] = {}
        for source in filter(None, (family.converter for family in families())):
            module, _, name = source.partition(":")
            command: click.Command = getattr(importlib.import_module(module), name)
            found[command.name or name] = command
        return found

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(self._found())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return self._found().get(cmd_name)


models.add_command(Converters("convert", help="Make a model of another format ready to speak."))


# ---------------------------------------------------------------- output


def _size(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"


def _print_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Aligned for eyes, tab-separated for programs."""
    if not sys.stdout.isatty():
        for row in rows:
            click.echo("\t".join(row))
        return
    widths = [max(map(len, cells)) for cells in zip(columns, *rows, strict=True)]
    for row in (columns, *rows):
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
