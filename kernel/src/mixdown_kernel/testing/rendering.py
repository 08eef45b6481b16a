"""Rendering a source to its end, for tests that look at the whole."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np

from mixdown_kernel.audio import Audio
from mixdown_kernel.contracts import Chunk, Word
from mixdown_kernel.requests import SourceRequest


@dataclass(frozen=True, slots=True)
class Rendered:
    """A whole render. Without chunks the audio is empty."""

    audio: Audio
    words: tuple[Word, ...] = ()
    stems: Mapping[str, Audio] = field(default_factory=dict)
    chunks: tuple[Chunk, ...] = ()

    @property
    def peak(self) -> float:
        samples = self.audio.samples
        return float(np.abs(samples).max()) if samples.size else 0.0

    def digest(self) -> dict[str, Any]:
        """What two equal renders have in common, as plain JSON."""
        return {
            "rate": self.audio.rate,
            "channels": self.audio.channels,
            "frames": self.audio.frames,
            "sha256": hashlib.sha256(np.ascontiguousarray(self.audio.samples).tobytes()).hexdigest(),
            "words": [[w.text_start, w.text_end, w.start_frame, w.end_frame] for w in self.words],
        }


def stream(source: Any, request: SourceRequest) -> AsyncGenerator[Chunk, None]:
    """``source.render(request)``, which has to be an iterator that can be closed."""
    chunks = source.render(request)
    assert hasattr(chunks, "__anext__"), "render() returns an asynchronous iterator, not a coroutine"
    assert hasattr(chunks, "aclose"), "render()'s iterator can be closed (write an async generator)"
    return cast("AsyncGenerator[Chunk, None]", chunks)


async def collect(source: Any, request: SourceRequest) -> Rendered:
    """Render to the end."""
    chunks: list[Chunk] = []
    async with aclosing(stream(source, request)) as running:
        async for chunk in running:
            chunk.audio.check()
            chunks.append(chunk)
    return join(chunks)


def join(chunks: list[Chunk]) -> Rendered:
    if not chunks:
        return Rendered(Audio.silence(0, 48_000))
    names = dict.fromkeys(name for chunk in chunks for name in chunk.stems)
    return Rendered(
        audio=Audio.join([chunk.audio for chunk in chunks]),
        words=tuple(word for chunk in chunks for word in chunk.words),
        stems={name: Audio.join([chunk.stems[name] for chunk in chunks]) for name in names},
        chunks=tuple(chunks),
    )
