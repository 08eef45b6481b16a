"""Decoding of untrusted files in a limited child process (role ``decoding``)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from mixdown_kernel import Audio, Backend, Context, DecodeLimits, DecodingBackend
from mixdown_mixing.decoding import sandbox


class Sandbox:
    """Meets `DecodingBackend`; a process of its own for each file."""

    def decode(self, path: Path, limits: DecodeLimits) -> AsyncIterator[Audio]:
        return sandbox.decode(path, limits)


@asynccontextmanager
async def _open(settings: Any, context: Context) -> AsyncIterator[DecodingBackend]:
    yield Sandbox()


backend: Backend[DecodingBackend] = Backend(
    name="sandbox",
    open=_open,
    description="wav, mp3, flac and ogg by libsndfile, aac, m4a and webm by FFmpeg, in a child process",
)
