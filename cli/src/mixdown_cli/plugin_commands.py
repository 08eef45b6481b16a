"""Commands of plugins: the optional hook ``commands()``, which returns any number of `click.Command`.

The name of a command that we have, or that another plugin has, stays with whoever had it first.
"""

from __future__ import annotations

import click

from mixdown_cli.configuration import kernel_config
from mixdown_kernel import Kernel


def plugin_commands() -> dict[str, click.Command]:
    """By name. Imports plugins, no engine."""
    found: dict[str, click.Command] = {}
    for many in Kernel(kernel_config(None, None)).registry.call("commands"):
        for command in many:
            if isinstance(command, click.Command) and command.name:
                found.setdefault(command.name, command)
    return found
