"""Text and SSML to utterances with offsets into the original: sentences, numbers, pauses."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from mixdown_kernel import Backend, Context, TextFrontEnd, hookimpl
from mixdown_text.settings import TextSettings

__all__ = ["TextSettings", "text_backends"]


@asynccontextmanager
async def _open(settings: TextSettings, context: Context) -> AsyncIterator[TextFrontEnd]:
    from mixdown_text.front_end import FrontEnd

    yield await asyncio.to_thread(FrontEnd, settings)  # which may read lexicons from files


@hookimpl
def text_backends() -> Iterable[Backend[TextFrontEnd]]:
    yield Backend(
        name="text",
        open=_open,
        settings=TextSettings,
        description="Plain text with inline marks, and SSML; numbers, money and times in words",
    )
