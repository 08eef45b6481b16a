"""Music for Mixdown: a seeded composer with exact tempo, key and duration and with stems; and Stable Audio."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from mixdown_kernel import Backend, Composer, Context, PluginSettings, hookimpl
from mixdown_kernel.loading import importing
from mixdown_music.stable_audio.settings import StableAudioSettings

if TYPE_CHECKING:
    from mixdown_music.composer import SeededComposer
    from mixdown_music.stable_audio.backend import StableAudio

MIXDOWN_API_VERSION = 1


class ComposerSettings(PluginSettings):
    """Settings of the backend ``composer``."""

    sound_font: Path | None = None
    """A sound font (``.sf2``) that plays the score in place of our instruments; needs the extra ``soundfont``."""


@hookimpl
def music_backends() -> Iterable[Backend[Composer]]:
    return [
        Backend(
            name="composer",
            open=_open,
            settings=ComposerSettings,
            seeded=True,
            description="Composes and synthesises; needs no recordings and no network.",
        ),
        Backend(
            name="stable-audio",
            open=_open_stable_audio,
            settings=StableAudioSettings,
            preference=None,
            deterministic=False,
            seeded=True,
            description="Stability AI's hosted model; needs a key, and every piece is paid for.",
        ),
    ]


@asynccontextmanager
async def _open(settings: ComposerSettings, context: Context) -> AsyncIterator[SeededComposer]:
    # SciPy takes its time, and so does a sound font: in a thread they hold nobody up.
    module = await importing(partial(importlib.import_module, "mixdown_music.composer"))
    threads = max(1, context.threads // 2)
    composer = await asyncio.to_thread(module.SeededComposer.open, settings.sound_font, threads)
    try:
        yield composer
    finally:
        composer.close()


@asynccontextmanager
async def _open_stable_audio(settings: StableAudioSettings, context: Context) -> AsyncIterator[StableAudio]:
    module = await importing(partial(importlib.import_module, "mixdown_music.stable_audio.backend"))
    async with module.StableAudio.open(settings, context) as backend:
        yield backend
