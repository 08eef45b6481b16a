"""Where each stem lies: here, in the bucket, in both, or nowhere; and putting right what is not where it should be.

Source: contracts/hybrid-audio.md, ``/cache/consistency_report`` and ``/cache/verify_and_repair``.
"""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from mixdown_api.messages import index
from mixdown_api.messages.assembly import scene_of
from mixdown_api.messages.buckets import Mirror
from mixdown_api.messages.index import Entry
from mixdown_api.messages.integrity import wav_faults
from mixdown_api.messages.labels import CATEGORIES, blob_of, category_of
from mixdown_api.messages.recordings import record, write
from mixdown_api.messages.stems import KIND, Stems
from mixdown_api.messages.voicing import CHANNELS, RATE, WAV, GenerationConfig, Voicing
from mixdown_api.service import Service
from mixdown_api.state import files
from mixdown_api.state.files import File
from mixdown_kernel import Problem, SequencePart, SequenceRequest, StoredObject

State = Literal["match", "local_only", "gcs_only", "missing"]
PAGE = 500
AT_ONCE = 4
"""Repairs: fewer than may wait for a slot, so that others find a place, too."""
MOST_NAMED = 1000
"""Labels and blobs that a report names; counts are of all."""


@dataclass(frozen=True, slots=True)
class Place:
    """One stem. ``entry`` is None for a blob that the index does not know. ``is_damaged`` where the bytes that are here are
    not those that were stored: they count as not here."""

    label: str
    blob_name: str
    state: State
    entry: Entry | None = None
    file: File | None = None
    is_damaged: bool = False


@dataclass(slots=True)
class Survey:
    """Counts by category, and the places of everything that does not match."""

    counts: dict[str, Counter[State]] = field(
        default_factory=lambda: {category: Counter() for category in (*CATEGORIES, "flat")}
    )
    wrong: list[Place] = field(default_factory=list)

    def add(self, place: Place) -> None:
        self.counts[category_of_blob(place.blob_name)][place.state] += 1
        if place.state != "match" and len(self.wrong) < MOST_NAMED:
            self.wrong.append(place)

    def total(self, state: State) -> int:
        return sum(counter[state] for counter in self.counts.values())

    def traffic(self, *, mirrored: bool) -> str:
        """``red`` when anything indexed exists nowhere; ``yellow`` when here and the bucket differ."""
        if self.total("missing"):
            return "red"
        differ = mirrored and (self.total("local_only") or self.total("gcs_only"))
        return "yellow" if differ else "green"

    def categories(self) -> dict[str, dict[str, int]]:
        states: tuple[State, ...] = ("match", "local_only", "gcs_only", "missing")
        return {name: {state: counter[state] for state in states} for name, counter in self.counts.items()}


def category_of_blob(blob_name: str) -> str:
    """Its folder; ``flat`` for what lies in none of ours."""
    folder, _, _ = blob_name.removeprefix("stems/").partition("/")
    return folder if folder in CATEGORIES else "flat"


async def survey(service: Service, mirror: Mirror | None, *, opens: bool = False) -> Survey:
    """Every stem of the index, and every blob below ``stems/``; ``opens`` reads the stems, too."""
    blobs = {} if mirror is None else {blob.key: blob for blob in await mirror.list("stems/")}
    found = Survey()
    async for entry in entries(service):
        blob = blobs.pop(blob_of(entry.label), None)
        place = await placed(service, entry, blob)
        found.add(await opened(service, place) if opens else place)
    for name in sorted(blobs):
        found.add(Place(_label_of_blob(name), name, "gcs_only"))
    return found


async def entries(service: Service) -> AsyncIterator[Entry]:
    """Each label's newest entry, in the order of labels."""
    after: tuple[str, str] | None = None
    newest: Entry | None = None
    while True:
        async with service.state.reading() as connection:
            page = await index.page(connection, after, PAGE)
        for entry in page:
            if newest is not None and entry.label != newest.label:
                yield newest
                newest = None
            if newest is None or entry.created_at > newest.created_at:
                newest = entry
        if len(page) < PAGE:
            break
        after = (page[-1].label, page[-1].signature)
    if newest is not None:
        yield newest


async def placed(service: Service, entry: Entry, blob: StoredObject | None) -> Place:
    """Where one stem lies."""
    async with service.state.reading() as connection:
        file = await files.get(connection, entry.file_id)
    stored = None if file is None else await service.renders.storage.stat(file.key)
    is_here = stored is not None and file is not None and stored.size == file.size
    state: State = _STATES[is_here, blob is not None]
    return Place(entry.label, blob_of(entry.label), state, entry, file)


async def opened(service: Service, place: Place) -> Place:
    """The same place after a look into the WAV."""
    if place.state not in ("match", "local_only") or place.file is None:
        return place
    if not await wav_faults(service, place.file):
        return place
    return replace(place, state=_STATES[False, place.state == "match"], is_damaged=True)


_STATES: Mapping[tuple[bool, bool], State] = {
    (True, True): "match",
    (True, False): "local_only",
    (False, True): "gcs_only",
    (False, False): "missing",
}


def _label_of_blob(blob_name: str) -> str:
    label = blob_name.rpartition("/")[2].removesuffix(".wav")
    return label if category_of(label) else blob_name


class Repair:
    """Puts stems where they belong: uploads, downloads, renders again."""

    def __init__(self, service: Service, stems: Stems, mirror: Mirror | None) -> None:
        self._service = service
        self._stems = stems
        self._mirror = mirror

    async def all(self, wrong: list[Place]) -> dict[str, dict[str, str]]:
        """Per label, what was wrong and what became of it."""
        few = asyncio.Semaphore(AT_ONCE)

        async def one(place: Place) -> dict[str, str]:
            async with few:
                return await self._one(place)

        done = await asyncio.gather(*(one(place) for place in wrong))
        return {place.label: result for place, result in zip(wrong, done, strict=True)}

    async def _one(self, place: Place) -> dict[str, str]:
        try:
            return {"was": _was(place), "action": await self._repaired(place), "status": "ok"}
        except Problem as problem:
            return {"was": _was(place), "action": "none", "status": "failed", "error": problem.message}

    async def _repaired(self, place: Place) -> str:
        if place.entry is None:
            return "left_in_bucket"  # nobody here knows what it says, or whose voice it is
        if place.state == "local_only" and place.file is not None:
            if self._mirror is None:
                return "kept"
            await self._mirror.upload(self._service, place.file, place.blob_name)
            return "uploaded"
        mirror = self._mirror if place.state == "gcs_only" else None
        if mirror is not None and await self._downloaded(place, place.entry, mirror):
            return "downloaded"
        if place.is_damaged and place.file is not None:
            await self._stems.lose(place.entry, place.file)
        await self._rendered(place.entry)
        return "regenerated"

    async def _downloaded(self, place: Place, entry: Entry, mirror: Mirror) -> bool:
        """False for a blob that is not this very stem."""
        blob = await mirror.stat(place.blob_name)
        if blob is None or blob.metadata.get("contract_signature") != entry.signature:
            return False
        kernel, path = self._service.kernel, self._service.kernel.spool / f"{uuid.uuid4().hex}.wav"
        try:
            await write(mirror.get(place.blob_name), path)
            recording = await record(kernel, path)
        except Problem:
            return False
        finally:
            path.unlink(missing_ok=True)
        plan = await kernel.plan(scene_of(SequenceRequest(parts=(SequencePart(asset=recording.asset),))))
        lifetime = self._service.settings.messages_stem_seconds
        async with (
            kernel.perform(plan) as performance,
            self._service.renders.keeping(lifetime=lifetime) as batch,
        ):
            file = await batch.encode(
                performance.blocks(),
                WAV,
                RATE,
                CHANNELS,
                name=entry.label,
                kind=KIND,
                signature=entry.signature,
                metadata=recording.metadata(),
            )
            await batch.commit()
        await self._stems.moved(entry, file)
        return True

    async def _rendered(self, entry: Entry) -> None:
        config = GenerationConfig.model_validate(entry.generation_config or {})
        voicing = Voicing(entry.voice_id, entry.backend, config)
        category = category_of(entry.label)
        assert category is not None  # noqa: S101 - it came out of the index
        made = await self._stems.say(category, entry.text, voicing)
        if self._mirror is not None:
            await self._mirror.upload(self._service, made.file, blob_of(made.label))


def _was(place: Place) -> str:
    return "damaged" if place.is_damaged else place.state
