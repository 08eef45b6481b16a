"""A seeded composer for Mixdown: exact tempo, key and duration, with stems."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from mixdown_kernel import Backend, Composer, Context, PluginSettings, hookimpl

if TYPE_CHECKING:
    from mixdown_music.composer import SeededComposer

MIXDOWN_API_VERSION = 1


@hookimpl
def music_backends() -> Iterable[Backend[Composer]]:
    return [
        Backend(
            name="composer",
            open=_open,
            seeded=True,
            description="Composes and synthesises; needs no recordings and no network.",
        )
    ]


@asynccontextmanager
async def _open(settings: PluginSettings, context: Context) -> AsyncIterator[SeededComposer]:
    # SciPy takes its time: in a thread it holds nobody up.
    module = await asyncio.to_thread(importlib.import_module, "mixdown_music.composer")
    yield module.SeededComposer()
