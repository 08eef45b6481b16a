from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

import mixdown_mixing
from mixdown_kernel.testing import opening
from mixdown_music import music_backends
from mixdown_music.stable_audio.backend import StableAudio

from .stand_in import KEY, StandIn, serving

STABLE_AUDIO = next(one for one in music_backends() if one.name == "stable-audio")
DECODING = next(iter(mixdown_mixing.decoding_backends()))


@pytest.fixture
def hosted() -> Iterator[StandIn]:
    state = StandIn()
    with serving(state):
        yield state


@pytest.fixture
async def stable_audio(
    hosted: StandIn, tmp_path: Path
) -> AsyncIterator[Callable[..., Awaitable[StableAudio]]]:
    """Opens the backend, with settings beside key and address."""
    async with AsyncExitStack() as stack:

        async def open_(**settings: Any) -> StableAudio:
            section = {"api_key": KEY, "base_url": hosted.url, "poll_seconds": 0.01, **settings}
            manager = opening.opened(
                STABLE_AUDIO, section, folder=tmp_path, neighbours={"decoding": DECODING}
            )
            backend: StableAudio = await stack.enter_async_context(opening.in_own_task(manager))
            return backend

        yield open_
