"""``mixdown plugins``: what is installed and what became of it, without opening anything."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click

from mixdown_cli.output import note, print_json, print_table
from mixdown_cli.target import Target, target_options

if TYPE_CHECKING:
    from mixdown_client import BackendStatus, Plugin, PluginReport


@click.command()
@click.option("--all", "show_all", is_flag=True, help="Disabled ones too, with versions and what they offer.")
@click.option("--open", "open_backends", is_flag=True, help="Also open the backends and say which fail.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@target_options
def plugins(target: Target, show_all: bool, open_backends: bool, as_json: bool) -> None:
    """List the installed plugins.

    Those that failed are shown with stage and error. Loads plugins but no engine: what fails only when it is opened shows with --open, or at a running --server.
    """
    report = asyncio.run(_ask(target)) if target.server or open_backends else _inventory(target)
    shown = [plugin for plugin in report.plugins if show_all or plugin.state != "disabled"]
    if as_json:
        print_json(report.model_copy(update={"plugins": shown}).model_dump(mode="json"))
    elif show_all:
        columns = ("plugin", "state", "version", "offers", "stage", "error")
        print_table(columns, [_long(plugin, report.backends) for plugin in shown])
    else:
        print_table(("plugin", "state", "stage", "error"), [_short(p, report.backends) for p in shown])


async def _ask(target: Target) -> PluginReport:
    from mixdown_cli.connection import connect

    async with connect(target) as client:
        return await client.plugins()


def _inventory(target: Target) -> PluginReport:
    import logging

    from mixdown_cli.configuration import kernel_config
    from mixdown_client import Offer, Plugin, PluginReport
    from mixdown_kernel import Kernel

    logging.getLogger("mixdown.plugins").setLevel(logging.CRITICAL)  # the table says the same
    kernel = Kernel(kernel_config(target.config, target.data_dir))
    for role, backend in kernel.backends.missing:
        note(f"No plugin offers {role}/{backend}, which the configuration names.")
    rows = [
        Plugin(
            name=row.name,
            distribution=row.distribution,
            version=row.version,
            editable=row.editable,
            state=row.state,
            stage=row.stage,
            error=row.error,
            offers=[Offer(role=role, backend=backend) for role, backend in row.offers],
        )
        for row in kernel.plugins.values()
    ]
    return PluginReport(plugins=rows, backends=[])


def _short(plugin: Plugin, backends: list[BackendStatus]) -> tuple[str, ...]:
    failed = next((b for b in backends if b.plugin == plugin.name and b.error), None)
    if plugin.error or failed is None:
        return plugin.name, plugin.state, plugin.stage, plugin.error
    return plugin.name, plugin.state, failed.stage, f"{failed.role}/{failed.name}: {failed.error}"


def _long(plugin: Plugin, backends: list[BackendStatus]) -> tuple[str, ...]:
    name, state, stage, error = _short(plugin, backends)
    version = f"{plugin.distribution} {plugin.version}{' (editable)' if plugin.editable else ''}".strip()
    offers = ", ".join(f"{offer.role}/{offer.backend}" for offer in plugin.offers)
    return name, state, version, offers, stage, error
