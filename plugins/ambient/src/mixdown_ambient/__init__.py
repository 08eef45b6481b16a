"""Seamless ambience loops for Mixdown, synthesised circularly."""

from __future__ import annotations

import importlib
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

from mixdown_kernel import AmbientSource, Backend, Context, PluginSettings, hookimpl
from mixdown_kernel.loading import importing

if TYPE_CHECKING:
    from mixdown_ambient.source import LoopSource

MIXDOWN_API_VERSION = 1


@hookimpl
def ambient_backends() -> Iterable[Backend[AmbientSource]]:
    return [
        Backend(
            name="loops",
            open=_open,
            seeded=True,
            description="Rain, cafe, city, wind, sea, fire and noise, synthesised as circles; needs no recordings.",
        )
    ]


@asynccontextmanager
async def _open(settings: PluginSettings, context: Context) -> AsyncIterator[LoopSource]:
    # SciPy takes its time: in a thread it holds nobody up.
    module = await importing(partial(importlib.import_module, "mixdown_ambient.source"))
    yield module.LoopSource()
