"""``mixdown``: the command, and how it fails.

Command modules import click alone; what they need for their work they import when they work, so that
``mixdown --help`` answers at once.
"""

from __future__ import annotations

from typing import Any

import click

from mixdown_cli.failures import Failure, describe
from mixdown_cli.jobs import jobs
from mixdown_cli.messages import messages
from mixdown_cli.plugins import plugins
from mixdown_cli.render import render
from mixdown_cli.say import say
from mixdown_cli.serve import serve
from mixdown_cli.voices import voices

INTERRUPTED = 130
"""The customary exit status after Ctrl-C: 128 and the number of SIGINT."""


class Program(click.Group):
    """Our commands, and those of plugins, which are loaded only for a name that is none of ours."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if command := super().get_command(ctx, cmd_name):
            return command
        from mixdown_cli.plugin_commands import plugin_commands

        return plugin_commands().get(cmd_name)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except KeyboardInterrupt:
            ctx.exit(INTERRUPTED)
        except Exception as error:
            if ctx.params["debug"]:
                raise
            raise Failure(describe(error)) from error


def _print_version(ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from importlib.metadata import version

        click.echo(f"mixdown {version('mixdown')}")
        ctx.exit()


@click.group(
    cls=Program,
    context_settings={"help_option_names": ["-h", "--help"], "show_default": True},
    epilog="Plugins may add commands of their own; their documentation names them.",
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_version, help="Print it."
)
@click.option("--debug", is_flag=True, help="Log everything, and show where a failure came from.")
def main(debug: bool) -> None:
    """Text in, finished audio out: voice, music and ambience.

    Commands work in this process on ./var, or with --server on a server.
    """


for command in (serve, say, render, voices, plugins, jobs, messages):
    main.add_command(command)
