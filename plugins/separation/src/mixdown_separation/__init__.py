"""Stem separation for Mixdown: an embedded method without a model, and HT-Demucs on ONNX Runtime."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from mixdown_kernel import Backend, Context, PluginSettings, Separator, hookimpl

MIXDOWN_API_VERSION = 1


@hookimpl
def separation_backends() -> Iterable[Backend[Separator]]:
    return [
        Backend(
            name="two-stage",
            open=_open_two_stage,
            description="Vocals, drums, bass and other by how they ring, strike and stand; needs no model.",
        ),
    ]


@asynccontextmanager
async def _open_two_stage(settings: PluginSettings, context: Context) -> AsyncIterator[Separator]:
    # SciPy takes its time: in a thread it holds nobody up.
    module = await asyncio.to_thread(importlib.import_module, "mixdown_separation.embedded")
    yield module.Embedded(context.assets_dir)
