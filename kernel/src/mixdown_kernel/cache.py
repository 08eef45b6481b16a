"""Stored sources: content-addressed by signature, first render wins, least recently used goes.

A source is a raw PCM file (and one per stem), under a name that belongs to this one render, and a JSON file with
the rest, which is linked into place last and only where there is none: two renders of the same never mix, and a kill
at any moment leaves at most unreferenced files, which a later start sweeps.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import time
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

from mixdown_kernel.audio import Audio
from mixdown_kernel.contracts import Chunk, Word
from mixdown_kernel.pcm import BYTES, PcmFile, PcmWriter
from mixdown_kernel.streams import closing

log = logging.getLogger("mixdown.cache")

BLOCK_SECONDS = 1
ORPHAN_SECONDS = 3600
Worth = Callable[[float], bool]
"""Told a source's seconds, says whether it shall be kept."""


def always(_seconds: float) -> bool:
    return True


@dataclass(frozen=True)
class StoredSource:
    """A source as it lies on disk."""

    base: Path
    token: str
    rate: int
    channels: int
    frames: int
    words: tuple[Word, ...]
    stems: tuple[str, ...]

    async def chunks(self) -> AsyncIterator[Chunk]:
        """The sound again, in blocks of a second; the words come with the first."""
        readers = {
            name: iter(self._pcm(name).blocks(self.rate * BLOCK_SECONDS)) for name in ("", *self.stems)
        }
        words = self.words
        while True:
            blocks = await asyncio.to_thread(lambda: {name: next(it, None) for name, it in readers.items()})
            main = blocks.pop("")
            if main is None:
                if words:
                    yield Chunk(Audio.silence(0, self.rate, self.channels), words)
                return
            stems = {name: Audio(block, self.rate) for name, block in blocks.items() if block is not None}
            yield Chunk(Audio(main, self.rate), words, stems)
            words = ()

    def stem(self, name: str) -> PcmFile:
        return self._pcm(name)

    def _pcm(self, stem: str) -> PcmFile:
        return PcmFile(_pcm_path(self.base, self.token, stem), self.channels)


class SourceCache:
    """A folder of stored sources with a quota in bytes."""

    def __init__(self, folder: Path, quota: int) -> None:
        self._folder = folder
        self._quota = quota
        self._bytes: int | None = None
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def lock(self, signature: str) -> asyncio.Lock:
        """Held by the one caller who renders what others wait for."""
        lock = self._locks.get(signature)
        if lock is None:
            lock = self._locks[signature] = asyncio.Lock()
        return lock

    def prepare(self) -> None:
        """Make the folder and sweep what a kill left behind. Blocking."""
        self._folder.mkdir(parents=True, exist_ok=True)
        orphans = [path for path in self._folder.rglob("*.f32") if not self._referenced(path)]
        now = time.time()
        for path in (*self._folder.rglob("*.part"), *orphans):
            with contextlib.suppress(FileNotFoundError):
                if now - path.stat().st_mtime > ORPHAN_SECONDS:  # a younger one may still be written
                    path.unlink()

    def _referenced(self, pcm: Path) -> bool:
        signature, token, *_ = pcm.name.split(".")
        try:
            return bool(json.loads(_json_path(pcm.with_name(signature)).read_text())["token"] == token)
        except (OSError, ValueError, KeyError, TypeError):
            return False

    async def find(self, signature: str) -> StoredSource | None:
        return await asyncio.to_thread(self._find, signature)

    def _find(self, signature: str) -> StoredSource | None:
        base = self._base(signature)
        try:
            meta = json.loads(_json_path(base).read_text())
            source = StoredSource(
                base,
                meta["token"],
                meta["rate"],
                meta["channels"],
                meta["frames"],
                tuple(Word(*word) for word in meta["words"]),
                tuple(meta["stems"]),
            )
            expected = source.frames * source.channels * BYTES
            if any(
                os.path.getsize(_pcm_path(base, source.token, stem)) != expected
                for stem in ("", *source.stems)
            ):
                raise ValueError("its samples are incomplete")
            os.utime(_json_path(base))
            return source
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError) as error:
            log.warning("dropping the stored source %s: %s", signature[:12], error)
            self._remove(base)
            return None

    async def keep(
        self, signature: str, chunks: AsyncIterator[Chunk], worth: Worth = always
    ) -> AsyncIterator[Chunk]:
        """Pass chunks on, and keep them once they are complete and found ``worth`` it. An abandoned render leaves
        nothing."""
        recording = _Recording(self._base(signature))
        try:
            async with closing(chunks):
                async for chunk in chunks:
                    await asyncio.to_thread(recording.write, chunk)
                    yield chunk
            if worth(recording.seconds):
                await asyncio.to_thread(self._commit, recording)
        finally:
            recording.discard()

    async def collect(self, signature: str, chunks: AsyncIterator[Chunk]) -> StoredSource | None:
        """Drain what `keep` passes on; the stored source, unless it was not worth keeping or larger than the quota."""
        async with closing(chunks):
            async for _ in chunks:
                pass
        return await self.find(signature)

    def _commit(self, recording: _Recording) -> None:
        if recording.rate and recording.commit():
            self._bytes = None if self._bytes is None else self._bytes + recording.size
            self._evict()

    def _evict(self) -> None:
        if self._bytes is None:
            self._bytes = sum(path.stat().st_size for path in self._folder.rglob("*.f32"))
        if self._bytes <= self._quota:
            return
        with contextlib.suppress(FileNotFoundError):  # another process sweeps too
            for meta in sorted(self._folder.rglob("*.json"), key=lambda path: path.stat().st_mtime):
                self._bytes -= self._remove(meta.with_suffix(""))
                if self._bytes <= self._quota * 0.9:
                    return

    def _remove(self, base: Path) -> int:
        _json_path(base).unlink(missing_ok=True)
        freed = 0
        for path in base.parent.glob(f"{base.name}*.f32"):
            with contextlib.suppress(FileNotFoundError):
                freed += path.stat().st_size
                path.unlink()
        return freed

    async def forget(self, signature: str) -> None:
        """The next render of it is the first one again. Whoever reads it meanwhile goes on."""
        freed = await asyncio.to_thread(self._remove, self._base(signature))
        self._bytes = None if self._bytes is None else self._bytes - freed

    def _base(self, signature: str) -> Path:
        return self._folder / signature[:2] / signature


def _json_path(base: Path) -> Path:
    return base.with_name(base.name + ".json")


def _pcm_path(base: Path, token: str, stem: str) -> Path:
    return base.with_name(f"{base.name}.{token}.{stem}.f32" if stem else f"{base.name}.{token}.f32")


class _Recording:
    """Files under temporary names until they are complete."""

    def __init__(self, base: Path) -> None:
        self._base = base
        self._token = uuid.uuid4().hex
        self._writers: dict[str, PcmWriter] = {}
        self._words: list[Word] = []
        self.rate = 0

    def write(self, chunk: Chunk) -> None:
        self._base.parent.mkdir(parents=True, exist_ok=True)
        self.rate = chunk.audio.rate
        self._words += chunk.words
        for name, audio in {"": chunk.audio, **chunk.stems}.items():
            if name not in self._writers:
                part = self._base.with_name(f"{self._base.name}.{name}.{self._token}.part")
                self._writers[name] = PcmWriter(part, audio.channels)
            self._writers[name].write(audio.samples)

    @property
    def size(self) -> int:
        return sum(writer.frames * writer.channels * BYTES for writer in self._writers.values())

    @property
    def seconds(self) -> float:
        return self._writers[""].frames / self.rate if self.rate else 0.0

    def commit(self) -> bool:
        """Put everything in its place, unless another render of the same came first."""
        for name, writer in self._writers.items():
            writer.close()
            os.replace(writer.path, _pcm_path(self._base, self._token, name))
        part = self._base.with_name(f"{self._base.name}.json.{self._token}.part")
        part.write_text(json.dumps(self._meta()))
        try:
            os.link(part, _json_path(self._base))
        except FileExistsError:
            for name in self._writers:
                _pcm_path(self._base, self._token, name).unlink(missing_ok=True)
            return False
        finally:
            part.unlink()
        return True

    def _meta(self) -> dict[str, Any]:
        main = self._writers[""]
        return {
            "token": self._token,
            "rate": self.rate,
            "channels": main.channels,
            "frames": main.frames,
            "words": [[w.text_start, w.text_end, w.start_frame, w.end_frame] for w in self._words],
            "stems": [name for name in self._writers if name],
        }

    def discard(self) -> None:
        for writer in self._writers.values():
            writer.close()
            writer.path.unlink(missing_ok=True)
