"""Cartesia's Sonic-3 for Mixdown: hosted voices in 44 languages, paid by the character."""

from __future__ import annotations

import importlib
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

from mixdown_kernel import Context, SynthesisBackend, hookimpl
from mixdown_kernel.loading import importing
from mixdown_tts_cartesia.limits import SPEED
from mixdown_tts_cartesia.settings import SonicSettings

if TYPE_CHECKING:
    from mixdown_tts_cartesia.synthesizer import Sonic

MIXDOWN_API_VERSION = 1


@asynccontextmanager
async def _open(settings: SonicSettings, context: Context) -> AsyncIterator[Sonic]:
    module = await importing(partial(importlib.import_module, "mixdown_tts_cartesia.synthesizer"))
    async with module.Sonic.open(settings, context) as backend:
        yield backend


@hookimpl
def synthesis_backends() -> Iterable[SynthesisBackend]:
    return [
        SynthesisBackend(
            name="sonic-3",
            aliases=("sonic", "cartesia"),
            open=_open,
            settings=SonicSettings,
            preference=None,
            deterministic=False,
            streaming=True,
            speed_range=SPEED,
            honours=frozenset({"instructions"}),
            paid=True,
            description="Cartesia's hosted Sonic-3; needs a key, and every character is paid for.",
        )
    ]
