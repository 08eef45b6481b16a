"""Stem separation for Mixdown: an embedded method that needs no download, and HT-Demucs on ONNX Runtime."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from mixdown_kernel import Backend, Context, Kind, PluginSettings, Problem, Separator, hookimpl
from mixdown_kernel.loading import importing

MIXDOWN_API_VERSION = 1


class DemucsSettings(PluginSettings):
    """Settings of the backend ``demucs``."""

    model: Path | None = None
    """An HT-Demucs export (``.onnx``); without one the backend does not open."""


@hookimpl
def separation_backends() -> Iterable[Backend[Separator]]:
    return [
        Backend(
            name="two-stage",
            open=_open_two_stage,
            description="Vocals, drums, bass and other by how they ring, strike and stand, and a small network.",
        ),
        Backend(
            name="demucs",
            open=_open_demucs,
            settings=DemucsSettings,
            preference=None,
            deterministic=False,
            description="HT-Demucs on ONNX Runtime; needs a model.",
        ),
    ]


@asynccontextmanager
async def _open_two_stage(settings: PluginSettings, context: Context) -> AsyncIterator[Separator]:
    # SciPy takes its time: in a thread it holds nobody up.
    module = await importing(partial(importlib.import_module, "mixdown_separation.embedded"))
    yield module.Embedded(context.assets_dir)


@asynccontextmanager
async def _open_demucs(settings: DemucsSettings, context: Context) -> AsyncIterator[Separator]:
    if settings.model is None:
        message = "demucs needs an HT-Demucs model: `[plugins.demucs] model`"
        raise Problem(Kind.UNAVAILABLE, "no_model", message, field="model")
    onnx_model = await importing(partial(importlib.import_module, "mixdown_separation.onnx_model"))
    demucs = await importing(partial(importlib.import_module, "mixdown_separation.demucs"))
    model = await asyncio.to_thread(onnx_model.OnnxModel.load, settings.model, context.threads)
    yield demucs.Demucs(model, await context.backend("mixing"), context.assets_dir)
