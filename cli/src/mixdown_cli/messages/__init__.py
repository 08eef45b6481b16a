"""``mixdown messages``: personalised messages, their stems, rotation, datasets and batches.

Verbs and spellings: contracts/hybrid-audio.md, "CLI verbs".
"""

from __future__ import annotations

import click

from mixdown_cli.messages.assemble import assemble
from mixdown_cli.messages.batch import batch
from mixdown_cli.messages.cache import cache
from mixdown_cli.messages.external import external
from mixdown_cli.messages.generate import generate
from mixdown_cli.messages.rotation import rotation


@click.group()
def messages() -> None:
    """Personalised messages: stems, rotation, datasets, assembly, batches.

    \b
    mixdown messages generate name John
    mixdown messages assemble template John "Skyline Homes"
    mixdown messages batch template --limit 100
    """


for group in (generate, assemble, rotation, cache, external, batch):
    messages.add_command(group)
