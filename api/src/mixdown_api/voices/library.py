"""Cloned voices: a row of the ``files`` table each, and its recording in the storage.

A voice's id follows from its name, so that two processes cannot give one name twice. Its recording is kept as float
WAV: decoded again it is the same asset, and equal requests keep their signatures when assets had to go.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import unicodedata
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import JsonValue
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from mixdown_api.renders.store import VOICE
from mixdown_api.scenes.outside import keep_clip, write
from mixdown_api.service import Service
from mixdown_api.speech.voices import STANDARD_VOICES
from mixdown_api.state import files
from mixdown_api.state.files import File
from mixdown_api.state.paging import MAX_PAGE
from mixdown_api.state.tables import files as table
from mixdown_api.voices.quality import Quality
from mixdown_kernel import Audio, Clone, ClonesVoices, Encoding, Kind, Problem, Voice, VoiceSample, invalid
from mixdown_kernel.assets import locate
from mixdown_kernel.lifecycle import RunningBackend
from mixdown_kernel.voices import ClonedVoice

MAX_VOICES = 1000
WAV = Encoding(format="wav", float_samples=True)
TAG = "cloned"
_ID = re.compile(r"voice_([0-9a-f]{32})")
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f/\\\[\]<>\ud800-\udfff]")
_BLOCK = 1 << 18


@dataclass(frozen=True, slots=True)
class Sample:
    """A recording that was found fit, and what is known of it."""

    name: str
    asset: str
    text: str
    language: str
    quality: Quality


class VoiceLibrary:
    """Keeps cloned voices. Meets `mixdown_kernel.voices.ClonedVoices`."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._kernel = service.kernel
        self._state = service.state
        self._folder = service.kernel.config.data_dir / "assets"

    # ------------------------------------------------------------ what there is

    async def all(self) -> Sequence[ClonedVoice]:
        """The newest first."""
        found: list[File] = []
        cursor = None
        async with self._state.reading() as connection:
            while True:
                page = await files.page(connection, kind=VOICE, limit=MAX_PAGE, cursor=cursor)
                found += page.items
                if (cursor := page.next) is None:
                    return [cloned_voice(file) for file in found]

    async def find(self, name: str) -> ClonedVoice | None:
        if name in STANDARD_VOICES or (file := await self.file(name)) is None:
            return None
        if "asset:" in str(file.metadata["clone"]):
            await self._restore(file)
        return cloned_voice(file)

    async def file(self, name: str) -> File | None:
        """The row of a voice, by its id or name."""
        async with self._state.reading() as connection:
            file = await files.get(connection, _key(name))
        return file if file is not None and file.kind == VOICE else None

    async def _restore(self, file: File) -> None:
        """Its recording among the assets, also where it had to go from there."""
        if await self._kernel.assets.holds(str(file.metadata["asset"])):
            return
        path = self._kernel.spool / f"{uuid.uuid4().hex}.wav"
        try:
            await write(self._service.renders.storage.get(file.key), path)
            await keep_clip(self._service, path, field="voice")
        except Problem as problem:
            message = f"The recording of the voice {file.metadata['name']!r} is lost, or damaged."
            hint = "Delete the voice, and make it again."
            raise Problem(Kind.UNAVAILABLE, "voice_lost", message, field="voice", hint=hint) from problem
        finally:
            path.unlink(missing_ok=True)

    # ------------------------------------------------------------ coming and going

    async def check_name(self, name: str) -> str:
        """The name as it is kept. `Problem` for one that cannot be, or means another voice."""
        name = normal(name)
        if not name or _FORBIDDEN.search(name) or _ID.fullmatch(name):
            message = "A voice's name has letters, and no slashes, brackets or control characters."
            raise invalid("bad_voice_name", message, field="name")
        if name in STANDARD_VOICES or await self._is_a_backend_s(name):
            raise _taken(name, "Here, this name means another voice already.")
        async with self._state.reading() as connection:
            count = await connection.scalar(
                select(func.count()).select_from(table).where(table.c.kind == VOICE)
            )
        if (count or 0) >= MAX_VOICES:
            message = f"There are {MAX_VOICES} cloned voices, and no more are kept."
            raise Problem(Kind.CONFLICT, "too_many_voices", message, hint="Delete one that nobody uses.")
        return name

    async def _is_a_backend_s(self, name: str) -> bool:
        if await self.file(name) is not None:
            return False
        voices = [one for one in self._kernel.running() if one.role == "synthesis" and one.state == "open"]
        return bool(await self._kernel.voices.find(name, voices))

    async def add(self, sample: Sample, running: RunningBackend, owner: str) -> tuple[File, bool]:
        """Keep a voice; also whether it is a new one: the same voice twice is once. `Problem` ``voice_exists`` for
        another of that name."""
        if (there := await self._same(sample, running)) is not None:
            return there, False
        backend = running.instance
        wanted = VoiceSample(sample.asset, sample.text, sample.language)
        keeps = isinstance(backend, ClonesVoices)
        clone: Clone = await backend.clone(wanted, sample.name) if keeps else backend.imitation(wanted)
        try:
            file = await self._stored(sample, running.name, clone, owner)
        except BaseException:
            if keeps:
                await backend.forget(clone)
            raise
        try:
            async with self._state.begin() as connection:
                await files.add(connection, file)
        except IntegrityError:  # somebody was quicker
            if keeps:
                await backend.forget(clone)
            there = await self._same(sample, running)
            if there is None or there.key != file.key:
                await self._service.renders.storage.delete(file.key)
            if there is None:
                raise _taken(sample.name, "A voice of this name has just been made.") from None
            return there, False
        return file, True

    async def _same(self, sample: Sample, running: RunningBackend) -> File | None:
        there = await self.file(sample.name)
        if there is None:
            return None
        known = [there.metadata[name] for name in ("asset", "text", "language", "backend")]
        if known != [sample.asset, sample.text, sample.language, running.name]:
            raise _taken(sample.name, "There is another voice of this name.")
        return there

    async def _stored(self, sample: Sample, backend: str, clone: Clone, owner: str) -> File:
        pcm, rate = await asyncio.to_thread(locate, self._folder, sample.asset)
        path = self._kernel.spool / f"{uuid.uuid4().hex}.wav"
        try:
            made = await self._kernel.encode_file(_blocks(pcm, rate), WAV, rate, pcm.channels, path)
            id_ = _key(sample.name)
            key = f"voices/{id_[:2]}/{id_}-{made.sha256[:16]}.wav"
            await self._service.renders.storage.put(key, _read(path), media_type=made.media_type)
        finally:
            path.unlink(missing_ok=True)
        metadata: dict[str, JsonValue] = {
            "name": sample.name,
            "text": sample.text,
            "language": sample.language,
            "backend": backend,
            "asset": sample.asset,
            "clone": {"voice": clone.voice, "parameters": dict(clone.parameters)},
            "quality": sample.quality.figures(),
        }
        return File(
            id=id_,
            kind=VOICE,
            key=key,
            media_type=made.media_type,
            size=made.size,
            sha256=made.sha256,
            duration_ms=round(1000 * sample.quality.seconds),
            metadata=metadata,
            owner=owner or None,
        )

    async def remove(self, name: str) -> File:
        """Forget a voice and its recording, at its backend too. `Problem` ``unknown_voice``, and where it is no clone."""
        file = await self.file(name)
        if file is None:
            raise await self._no_clone(name)
        await self._forgotten(file)
        async with self._state.begin() as connection:
            await files.remove(connection, file.id)
        await self._service.renders.storage.delete(file.key)
        return file

    async def _forgotten(self, file: File) -> None:
        """A backend that is not in use any more is not asked: it could not answer."""
        for running in self._kernel.running():
            is_its_own = running.role == "synthesis" and running.name == file.metadata["backend"]
            if is_its_own and running.state == "open" and isinstance(running.instance, ClonesVoices):
                await running.instance.forget(cloned_voice(file).clone)

    async def _no_clone(self, name: str) -> Problem:
        if name in STANDARD_VOICES or await self._is_a_backend_s(name):
            message = f"The voice {name[:80]!r} is its backend's own."
            return Problem(
                Kind.FORBIDDEN, "not_a_clone", message, field="id", hint="Only clones can be deleted."
            )
        message = f"There is no cloned voice {name[:80]!r}."
        return Problem(
            Kind.NOT_FOUND, "unknown_voice", message, field="id", hint="GET /v1/voices lists them."
        )


def cloned_voice(file: File) -> ClonedVoice:
    """As the kernel knows it."""
    known: Mapping[str, Any] = file.metadata
    voice = Voice(public_id(file), known["name"], known["language"], None, (known["name"],), (TAG,))
    return ClonedVoice(known["backend"], voice, Clone(**known["clone"]))


def public_id(file: File) -> str:
    return f"voice_{file.id}"


def normal(name: str) -> str:
    """Normal form C, white space of any sort one blank."""
    return " ".join(unicodedata.normalize("NFC", name).split())


def _key(name: str) -> str:
    """Of the row, for a voice's id or name."""
    if match := _ID.fullmatch(name):
        return match[1]
    return hashlib.sha256(normal(name).encode("utf-8", "replace")).hexdigest()[:32]


def _taken(name: str, why: str) -> Problem:
    message = f"The voice cannot be called {name!r}. {why}"
    return Problem(
        Kind.CONFLICT,
        "voice_exists",
        message,
        field="name",
        hint="Choose another name, or delete that voice.",
    )


async def _blocks(pcm: Any, rate: int) -> AsyncIterator[Audio]:
    blocks = pcm.blocks(_BLOCK)
    while (block := await asyncio.to_thread(next, blocks, None)) is not None:
        yield Audio(np.asarray(block), rate)


async def _read(path: Path) -> AsyncIterator[bytes]:
    with await asyncio.to_thread(path.open, "rb") as file:
        while data := await asyncio.to_thread(file.read, _BLOCK):
            yield data
