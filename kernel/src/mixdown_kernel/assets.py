"""Decoded outside audio, kept under the hash of its samples: ``asset:<sha256>``."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import numpy as np

from mixdown_kernel.audio import Audio, to_frames
from mixdown_kernel.backends import Backend, Context, PluginSettings
from mixdown_kernel.contracts import Chunk, ClipSource
from mixdown_kernel.pcm import PcmFile, PcmWriter
from mixdown_kernel.problems import Kind, Problem, invalid
from mixdown_kernel.requests import ClipRequest

PREFIX = "asset:"
SILENCE = "silence:"
SILENCE_RATE = 48_000


class Assets:
    """The folder of decoded clips. Equal samples at an equal rate are one asset; the least recently played go when
    there are more than ``quota`` bytes."""

    def __init__(self, folder: Path, quota: int = 4 << 30) -> None:
        self._folder = folder
        self._quota = quota

    async def add(self, blocks: AsyncIterator[Audio]) -> str:
        """Keep what a decoder yields and return its name. Nothing stays behind if the decoder fails."""
        await asyncio.to_thread(self._folder.mkdir, parents=True, exist_ok=True)
        part = self._folder / f"{uuid.uuid4().hex}.part"
        writer: PcmWriter | None = None
        content, rate = hashlib.sha256(), 0
        try:
            async for block in blocks:
                if writer is None:
                    writer, rate = PcmWriter(part, block.channels), block.rate
                    content.update(f"{rate} {block.channels} ".encode())
                await asyncio.to_thread(_append, writer, content, block)
            if writer is None or not writer.frames:
                raise invalid("undecodable_audio", "the file holds no sound")
            return await asyncio.to_thread(self._commit, writer, rate, content.hexdigest())
        finally:
            if writer is not None:
                writer.close()
            part.unlink(missing_ok=True)

    async def holds(self, asset: str) -> bool:
        """Whether it is there; it then counts as played just now."""
        try:
            await asyncio.to_thread(locate, self._folder, asset)
        except Problem:
            return False
        return True

    def _commit(self, writer: PcmWriter, rate: int, name: str) -> str:
        writer.close()
        os.replace(writer.path, self._folder / f"{name}.f32")
        part = self._folder / f"{uuid.uuid4().hex}.json.part"
        part.write_text(json.dumps({"rate": rate, "channels": writer.channels}))
        os.replace(part, self._folder / f"{name}.json")
        self._evict(name)
        return PREFIX + name

    def _evict(self, newest: str) -> None:
        """The one that was just added stays, however large."""
        with suppress(FileNotFoundError):  # another process sweeps too
            played = {path: path.stat() for path in self._folder.glob("*.f32")}
            total = sum(stat.st_size for stat in played.values())
            for path in sorted(played, key=lambda path: played[path].st_mtime):
                if total <= self._quota:
                    return
                if path.stem != newest:
                    total -= played[path].st_size
                    path.with_suffix(".json").unlink(missing_ok=True)
                    path.unlink(missing_ok=True)


def _append(writer: PcmWriter, content: hashlib._Hash, block: Audio) -> None:
    writer.write(block.samples)
    content.update(np.ascontiguousarray(block.samples, dtype="<f4").data)


def locate(folder: Path, asset: str) -> tuple[PcmFile, int]:
    """An asset's frames and rate; `Problem` ``not_found`` where it was never added or has gone."""
    base = folder / asset.removeprefix(PREFIX)
    try:
        meta = json.loads(base.with_suffix(".json").read_text())
        os.utime(base.with_suffix(".f32"))
        return PcmFile(base.with_suffix(".f32"), meta["channels"]), meta["rate"]
    except (FileNotFoundError, ValueError, KeyError):
        raise Problem(Kind.NOT_FOUND, "unknown_asset", f"there is no {asset}") from None


def _silence(ms: int) -> Iterator[Audio]:
    second = Audio.silence(SILENCE_RATE, SILENCE_RATE)
    seconds, rest = divmod(ms, 1000)
    yield from (second for _ in range(seconds))
    if rest:
        yield Audio.silence(to_frames(rest, SILENCE_RATE), SILENCE_RATE)


class _Clips:
    """Plays assets back. Its `render` meets `ClipSource`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def render(self, request: ClipRequest) -> AsyncIterator[Chunk]:
        if request.parameters:
            raise invalid("unknown_parameter", "a clip has no parameters", field="parameters", allowed=[])
        if request.asset.startswith(SILENCE):
            for audio in _silence(int(request.asset.removeprefix(SILENCE))):
                yield Chunk(audio)
            return
        pcm, rate = await asyncio.to_thread(locate, self._folder, request.asset)
        blocks = pcm.blocks(rate)
        while (block := await asyncio.to_thread(next, blocks, None)) is not None:
            yield Chunk(Audio(block, rate))


@asynccontextmanager
async def _open(_settings: PluginSettings, context: Context) -> AsyncIterator[ClipSource]:
    yield _Clips(context.assets_dir)


clips = Backend(name="assets", open=_open, description="Outside audio, decoded at the edge")
