"""A stem's WAV as sound: checked against the contract of stems, and decoded once into an asset that is joined.

Source: contracts/hybrid-audio.md: 48 kHz mono WAV ``pcm_s16le``, validated on the way in.
"""

from __future__ import annotations

import asyncio
import math
import uuid
import wave
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import JsonValue

from mixdown_api.messages.voicing import CHANNELS, RATE
from mixdown_api.service import Service
from mixdown_api.state.files import File
from mixdown_kernel import Audio, Kernel, Kind, Problem

FULL_SCALE = 32_768
SAMPLE_BYTES = 2
SILENCE = round(FULL_SCALE * 10 ** (-50 / 20))
"""What lies below -50 dBFS at a stem's edges is padding."""
MARGIN = RATE // 100
"""10 ms of it stay where padding is cleaned."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A decoded stem; ``first`` and ``end`` are the frames between which it sounds, padding cleaned."""

    asset: str
    frames: int
    first: int
    end: int

    @classmethod
    def of(cls, metadata: Mapping[str, JsonValue]) -> Recording | None:
        """As `metadata` wrote it beside the file."""
        found: Any = metadata.get("recording")
        return cls(**found) if isinstance(found, dict) and set(found) == set(cls.__slots__) else None

    def metadata(self) -> dict[str, JsonValue]:
        return {"recording": {name: getattr(self, name) for name in self.__slots__}}


async def record(kernel: Kernel, path: Path) -> Recording:
    """The WAV at ``path`` as an asset. Raises `Problem` ``upstream``/``bad_stem`` for one that breaks the contract."""
    if found := await asyncio.to_thread(faults, path):
        raise Problem(Kind.UPSTREAM, "bad_stem", f"the stem breaks its contract: {'; '.join(found)}")
    edges = _Edges()
    asset = await kernel.assets.add(_blocks(path, edges))
    first, end = edges.padded()
    return Recording(asset, edges.frames, first, end)


async def decoded(service: Service, file: File) -> Recording:
    """A kept stem's recording; decoded again where its asset had to go."""
    known = Recording.of(file.metadata)
    if known is not None and await service.kernel.assets.holds(known.asset):
        return known
    path = service.kernel.spool / f"{uuid.uuid4().hex}.wav"
    try:
        await write(service.renders.storage.get(file.key), path)
        return await record(service.kernel, path)
    finally:
        path.unlink(missing_ok=True)


async def write(data: AsyncIterator[bytes], path: Path) -> None:
    """What comes out of a storage, as a file."""
    with await asyncio.to_thread(path.open, "wb") as file:
        async for block in data:
            await asyncio.to_thread(file.write, block)


def faults(path: Path) -> list[str]:
    """What about a file breaks the contract of stems; empty for a good one. Blocking."""
    try:
        with wave.open(str(path), "rb") as file:
            wrong = [
                (file.getframerate() != RATE, f"its rate is {file.getframerate()} Hz, not {RATE}"),
                (file.getnchannels() != CHANNELS, f"it has {file.getnchannels()} channels, not {CHANNELS}"),
                (
                    file.getsampwidth() != SAMPLE_BYTES,
                    f"its samples have {8 * file.getsampwidth()} bits, not 16",
                ),
                (file.getnframes() == 0, "it is empty"),
            ]
            found = [message for is_wrong, message in wrong if is_wrong]
            return found or _cut(file)
    except (wave.Error, EOFError) as error:
        return [f"it is no PCM WAV: {error or 'it ends too early'}"]


def _cut(file: wave.Wave_read) -> list[str]:
    frames = 0
    while data := file.readframes(RATE):
        frames += len(data) // (SAMPLE_BYTES * CHANNELS)
    return [] if frames == file.getnframes() else [f"it has {frames} of {file.getnframes()} frames"]


class _Edges:
    """Where sound begins and ends in a stream of samples."""

    def __init__(self) -> None:
        self.frames = 0
        self._first = math.inf
        self._last = -1

    def see(self, samples: np.ndarray[Any, np.dtype[np.int16]]) -> None:
        loud = np.flatnonzero((samples > SILENCE) | (samples < -SILENCE))
        if len(loud):
            self._first = min(self._first, self.frames + int(loud[0]))
            self._last = self.frames + int(loud[-1])
        self.frames += len(samples)

    def padded(self) -> tuple[int, int]:
        """First frame and the one after the last, with their margin; all of it where nothing sounds."""
        if self._last < 0:
            return 0, self.frames
        return max(0, int(self._first) - MARGIN), min(self.frames, self._last + 1 + MARGIN)


async def _blocks(path: Path, edges: _Edges) -> AsyncIterator[Audio]:
    blocks = _samples(path)
    while (samples := await asyncio.to_thread(next, blocks, None)) is not None:
        edges.see(samples)
        yield Audio(samples.astype(np.float32)[:, None] / np.float32(FULL_SCALE), RATE)


def _samples(path: Path) -> Iterator[np.ndarray[Any, np.dtype[np.int16]]]:
    with wave.open(str(path), "rb") as file:
        while data := file.readframes(10 * RATE):
            yield np.frombuffer(data, "<i2")
