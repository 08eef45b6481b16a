"""One road for every command: the HTTP client, to a server or to the same application in this process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import click

from mixdown_cli.configuration import api_settings, kernel_config
from mixdown_cli.in_process import InProcessTransport
from mixdown_cli.target import Target
from mixdown_client import AsyncMixdown

HERE = "http://mixdown.invalid"
"""The application's address in this process: a name that no network can resolve (RFC 6761)."""


@asynccontextmanager
async def connect(target: Target, *, timeout: float = 600.0) -> AsyncIterator[AsyncMixdown]:
    """A client of the target, which endures so many seconds of silence."""
    if target.server:
        async with AsyncMixdown(target.server, target.api_key, timeout=timeout) as client:
            yield client
    else:
        async with _embedded(target) as client:
            yield client


@asynccontextmanager
async def _embedded(target: Target) -> AsyncIterator[AsyncMixdown]:
    from mixdown_api.app import create_app
    from mixdown_api.edge import configure_logging
    from mixdown_kernel import Kernel

    debug = click.get_current_context().find_root().params["debug"]
    settings = api_settings(target.config).model_copy(update={"rate_limit": "off"})
    configure_logging("debug" if debug else "critical", "console", settings.keys)
    kernel = Kernel(kernel_config(target.config, target.data_dir))
    app = create_app(kernel, settings)
    async with app.router.lifespan_context(app):
        await kernel.ready()
        key = next(iter(settings.keys), None)
        async with AsyncMixdown(HERE, key, transport=InProcessTransport(app)) as client:
            yield client
