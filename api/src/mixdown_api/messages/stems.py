"""Stems: single pieces of speech, rendered once under their contract signature, and kept."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from pydantic import JsonValue

from mixdown_api.messages import index
from mixdown_api.messages.audit import Audit
from mixdown_api.messages.index import Entry
from mixdown_api.messages.labels import Category, label_of, path_of, spoken
from mixdown_api.messages.recordings import record
from mixdown_api.messages.voicing import (
    CHANNELS,
    CONTAINER,
    RATE,
    SAMPLE_ENCODING,
    WAV,
    VoicedText,
    Voicing,
    voiced,
)
from mixdown_api.service import Service
from mixdown_api.state import files
from mixdown_api.state.files import File
from mixdown_api.state.locks import locked
from mixdown_api.state.whole import whole
from mixdown_kernel import Audio, Kind, Performance, Problem

KIND = "stem"
"""Of the files that stems are."""
Status = Literal["generated", "cached"]
_CACHED: Status = "cached"


@dataclass(frozen=True, slots=True)
class Stem:
    """A stem that is there, whole. ``status`` says whether this request rendered it."""

    entry: Entry
    file: File
    status: Status

    @property
    def label(self) -> str:
        return self.entry.label

    @property
    def path(self) -> str:
        """Relative, as the contract has it."""
        return self.entry.path

    @property
    def text(self) -> str:
        return self.entry.text


class Stems:
    """Gets stems: out of the index, or rendered. Routes have it as ``messages_of(request).stems``."""

    def __init__(self, service: Service, audit: Audit) -> None:
        self._service = service
        self._audit = audit
        self._rendering: dict[str, asyncio.Task[tuple[File, bool]]] = {}

    @property
    def rendering(self) -> int:
        """How many stems are being rendered."""
        return len(self._rendering)

    async def aclose(self) -> None:
        """Stop what is being rendered."""
        tasks = list(self._rendering.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def get(
        self, category: Category, name: str, voice_id: str | None = None, *, field: str | None = None
    ) -> Stem:
        """The stem of a name, a developer, a script or any text.

        Raises `Problem`: ``invalid`` for what cannot be spoken, said of ``field`` (the category, if not given);
        ``not_found``/``unknown_voice``; whatever the road raises.
        """
        text = spoken(category, name, field=field or category)
        return await self.say(category, text, self.voicing(voice_id))

    def voicing(self, voice_id: str | None = None) -> Voicing:
        """As configured, unless a request names a voice."""
        settings = self._service.settings
        return Voicing(voice_id or settings.messages_voice_id, settings.messages_model_id)

    async def signature(self, text: str, voicing: Voicing) -> str:
        """Under which the text is kept, in any category. Raises what `say` raises before anything is rendered."""
        return (await voiced(self._service.kernel, text, voicing)).signature

    async def say(self, category: Category, text: str, voicing: Voicing) -> Stem:
        """The stem of a text that `spoken` has let pass, in any voicing."""
        label = label_of(category, text)
        words = await voiced(self._service.kernel, text, voicing)
        if (found := await self._kept(label, words.signature)) is not None:
            return found
        file, status = await self._same_sound(words.signature), _CACHED
        if file is None:
            file, status = await self._rendered(label, words)
        return Stem(await self._listed(label, category, words, file), file, status)

    async def _listed(self, label: str, category: Category, words: VoicedText, file: File) -> Entry:
        """The label's entry for a file that says its text; made, where the file was rendered for another label."""
        state = self._service.state
        async with state.reading() as connection:
            known = await index.find(connection, label, words.signature)
        if known is not None:
            return known
        entry = await self._entry(label, category, words, file)
        async with state.begin() as connection:
            await index.add(connection, entry)
        return entry

    async def labelled(self, label: str, voice_id: str | None = None) -> Stem | None:
        """The label's stem, if it is there: of several, the newest that the voice speaks (the configured one, if none
        is named); only where that has none, the newest of all."""
        async with self._service.state.reading() as connection:
            entries = await index.of_label(connection, label)
        if not entries:
            return None
        entry = entries[0] if len(entries) == 1 else await self._usual(entries, self.voicing(voice_id))
        return await self._kept(entry.label, entry.signature)

    async def _usual(self, entries: Sequence[Entry], voicing: Voicing) -> Entry:
        signatures = set()
        for text in {entry.text for entry in entries}:
            with suppress(Problem):  # the voice is not there now, or cannot speak this
                signatures.add(await self.signature(text, voicing))
        return next((entry for entry in entries if entry.signature in signatures), entries[0])

    async def forget(self, label: str) -> bool:
        """Remove a label's stems, so that its sound is made anew: also where another label has the same. False where
        there were none."""
        return await whole(self._forget(label))

    async def _forget(self, label: str) -> bool:
        async with self._service.state.begin() as connection:
            known = await index.newest(connection, label)
            entries = await index.remove(connection, label)
            ids = sorted({entry.file_id for entry in entries})
            gone = [file for id_ in ids if (file := await files.get(connection, id_)) is not None]
            for file in gone:
                await files.remove(connection, file.id)
        for file in gone:
            await self._service.renders.storage.delete(file.key)
            for source in _sources(file):  # or the same sound would come back
                await self._service.kernel.forget_source(source)
        for one in sorted({entry.label for entry in entries}):
            self._audit("stem.invalidated", label=one)
        return known is not None

    async def lose(self, entry: Entry, file: File) -> None:
        """Forget a stem whose bytes are not those that were stored; what it was made of stays."""
        async with self._service.state.begin() as connection:
            await index.forget(connection, file.id)
        await self._service.renders.storage.delete(file.key)
        self._audit("stem.lost", label=entry.label)

    async def moved(self, entry: Entry, file: File) -> None:
        """A stem whose bytes were lost has them again, in another file."""
        async with self._service.state.begin() as connection:
            old = await files.get(connection, entry.file_id)
            await index.forget(connection, entry.file_id)
            expires = replace(entry, file_id=file.id, size=file.size, expires_at=file.expires_at)
            await index.add(connection, expires)
        if old is not None:
            await self._service.renders.storage.delete(old.key)
        self._audit("stem.restored", label=entry.label)

    async def counted(self, stem: Stem) -> Stem:
        """The stem after one more use."""
        await self.count_uses([stem])
        uses = stem.entry.use_count + 1
        return replace(stem, entry=replace(stem.entry, use_count=uses, last_used=time.time()))

    async def count_uses(self, stems: Collection[Stem]) -> None:
        """One use of each, in one transaction."""
        async with self._service.state.begin() as connection:
            await index.used(connection, {(stem.entry.label, stem.entry.signature) for stem in stems})

    async def _kept(self, label: str, signature: str) -> Stem | None:
        """A stem of the index whose bytes are there; one whose bytes are gone is forgotten."""
        state = self._service.state
        async with state.reading() as connection:
            entry = await index.find(connection, label, signature)
            file = None if entry is None else await files.get(connection, entry.file_id)
        if entry is None or file is None:
            return None
        if await self._is_there(file):
            return Stem(entry, file, "cached")
        async with state.begin() as connection:
            await index.forget(connection, file.id)
        self._audit("stem.lost", label=label)
        return None

    async def _is_there(self, file: File) -> bool:
        stored = await self._service.renders.storage.stat(file.key)
        return stored is not None and stored.size == file.size

    async def _same_sound(self, signature: str) -> File | None:
        """The file of another label that says the same, or of another process that was quicker."""
        async with self._service.state.reading() as connection:
            entry = await index.of_signature(connection, signature)
            file = None if entry is None else await files.get(connection, entry.file_id)
        return file if file is not None and await self._is_there(file) else None

    async def _rendered(self, label: str, words: VoicedText) -> tuple[File, Status]:
        """One render for whoever asks meanwhile; it goes on, and is kept, when they leave."""
        task = self._rendering.get(words.signature)
        is_ours = task is None
        if task is None:
            task = asyncio.create_task(self._render(label, words), name=f"stem {label[:40]}")
            self._rendering[words.signature] = task
            task.add_done_callback(lambda done: self._settle(words.signature, done))
        file, was_there = await asyncio.shield(task)
        return file, "generated" if is_ours and not was_there else "cached"

    def _settle(self, signature: str, done: asyncio.Task[tuple[File, bool]]) -> None:
        self._rendering.pop(signature, None)
        if not done.cancelled():
            done.exception()  # everybody who would have heard of it may have left

    async def _render(self, label: str, words: VoicedText) -> tuple[File, bool]:
        """The file, and whether somebody else had made it by the time that it was our turn."""
        async with (
            self._service.edge.admission.slot(),
            locked(self._service.state, f"stem {words.signature}"),
        ):
            if (made := await self._same_sound(words.signature)) is not None:
                return made, True
            began = time.perf_counter()
            file = await self._render_now(label, words)
            category: Category = label.split(".")[1]  # type: ignore[assignment]
            entry = await self._entry(label, category, words, file)
            async with self._service.state.begin() as connection:
                await index.add(connection, entry)
        milliseconds = round((time.perf_counter() - began) * 1000)
        self._audit("stem.rendered", label=label, signature=words.signature, milliseconds=milliseconds)
        return file, False

    async def _render_now(self, label: str, words: VoicedText) -> File:
        kernel, renders = self._service.kernel, self._service.renders
        lifetime = self._service.settings.messages_stem_seconds
        async with kernel.perform(words.plan) as performance, renders.keeping(lifetime=lifetime) as batch:

            async def inspect(path: Path) -> Mapping[str, JsonValue]:
                return (await record(kernel, path)).metadata() | _told(performance)

            file = await batch.encode(
                _checked(performance),
                WAV,
                RATE,
                CHANNELS,
                name=label,
                kind=KIND,
                signature=words.signature,
                inspect=inspect,
            )
            await batch.commit()
        return file

    async def _entry(self, label: str, category: Category, words: VoicedText, file: File) -> Entry:
        running, now = words.running, time.time()
        return Entry(
            label=label,
            signature=words.signature,
            category=category,
            path=path_of(label),
            text=words.text,
            file_id=file.id,
            voice_id=await words.voice_id(),
            model_id=words.model_id,
            backend=running.name,
            backend_version=running.offer.plugin.version,
            cartesia_version=words.cartesia_version,
            audio_format=CONTAINER,
            encoding=SAMPLE_ENCODING,
            container=CONTAINER,
            sample_rate=RATE,
            generation_config=words.config.model_dump(mode="json"),
            duration_ms=file.duration_ms or 0,
            size=file.size,
            created_at=now,
            last_used=now,
            use_count=0,
            expires_at=file.expires_at,
        )


def _told(performance: Performance) -> dict[str, JsonValue]:
    """What else is remembered of a stem: the sources that it was made of, and what was not done as asked."""
    sources: list[JsonValue] = [source.signature for source in performance.timeline.sources]
    notices: list[JsonValue] = [one.model_dump(exclude_none=True) for one in performance.timeline.notices]
    told: dict[str, JsonValue] = {"sources": sources}
    return told | {"notices": notices} if notices else told


def _sources(file: File) -> list[str]:
    told = file.metadata.get("sources")
    return [str(source) for source in told] if isinstance(told, list) else []


async def _checked(performance: Performance) -> AsyncIterator[Audio]:
    """A stem that came out too short would be wrong for thirty days."""
    async for block in performance.blocks():
        yield block
    if any(notice.code == "truncated_utterance" for notice in performance.timeline.notices):
        raise Problem(
            Kind.UPSTREAM,
            "truncated_stem",
            "The voice left out a part of the text.",
            hint="Try again.",
            retry_after=1,
        )
