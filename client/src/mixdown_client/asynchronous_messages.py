"""Personalised messages, asynchronously: what `Messages` does, under asyncio and trio."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Unpack

import anyio

from mixdown_client import message_calls as calls
from mixdown_client.calls import Upload
from mixdown_client.jobs import Job
from mixdown_client.message_models import (
    BatchOptions,
    Claim,
    Dataset,
    DatasetFile,
    DatasetRole,
    Message,
    MessageOptions,
    NameAndDeveloper,
    Outputs,
    Pair,
    PairStems,
    RotationOf,
    RotationStats,
    ScriptStem,
    SegmentsOptions,
    SpokenOptions,
    Stem,
    StemIndex,
    StemOptions,
)
from mixdown_client.models import Answer

if TYPE_CHECKING:
    from mixdown_client.asynchronous import AsyncMixdown

TEMPLATE = "double_anchor_hybrid"


class AsyncMessages:
    """``client.messages``: stems, their rotation and index, datasets, messages and batches of them.

    Methods are those of `Messages`.
    """

    def __init__(self, client: AsyncMixdown) -> None:
        self._client = client

    async def stem_of_name(self, text: str, **options: Unpack[StemOptions]) -> Stem:
        """The stem of a first name, rendered where it is not kept yet."""
        return await self._client._send(calls.name(text, options))

    async def stem_of_developer(self, text: str, **options: Unpack[StemOptions]) -> Stem:
        """The stem of a developer."""
        return await self._client._send(calls.developer(text, options))

    async def stem_of(self, text: str, **options: Unpack[SpokenOptions]) -> Stem:
        """The stem of any text."""
        return await self._client._send(calls.spoken(text, options))

    async def stems_of(self, name: str, developer: str, **options: Unpack[StemOptions]) -> NameAndDeveloper:
        """The stems of both."""
        return await self._client._send(calls.combined(name, developer, options))

    async def stem_path(self, label: str) -> Answer:
        """Where a stem is kept, and what is known of it."""
        return await self._client._send(calls.stem_path(label))

    async def stem_in_bucket(self, label: str) -> Answer:
        """Whether the bucket has a stem."""
        return await self._client._send(calls.stem_in_bucket(label))

    async def preset_names(self) -> list[str]:
        """The names that take part."""
        return await self._client._send(calls.presets("names"))

    async def preset_developers(self) -> list[str]:
        """The developers that take part."""
        return await self._client._send(calls.presets("developers"))

    async def assemble(
        self,
        first_name: str | None = None,
        developer: str | None = None,
        *,
        template: str = TEMPLATE,
        **options: Unpack[MessageOptions],
    ) -> Message:
        """A message by a template."""
        return await self._client._send(calls.message(first_name, developer, template, options))

    async def join(self, segments: Sequence[str], **options: Unpack[SegmentsOptions]) -> Message:
        """A message of texts and labels of stored stems."""
        return await self._client._send(calls.segments(segments, options))

    async def templates(self) -> Answer:
        """Templates, with what is wrong with them."""
        return await self._client._send(calls.templates())

    async def latest(self) -> Answer:
        """The latest message; ``status`` is ``empty`` before the first one."""
        return await self._client._send(calls.output_location())

    async def outputs(self, after: str | None = None, limit: int = 100) -> Outputs:
        """Messages, the newest first."""
        return await self._client._send(calls.outputs(after, limit))

    async def output_in_bucket(self, filename: str) -> Answer:
        """Whether the bucket has a message."""
        return await self._client._send(calls.output_in_bucket(filename))

    async def next_pair(self) -> Pair:
        """The name and the developer whose turn it is together."""
        return await self._client._send(calls.next_pair())

    async def next(self, dataset: str) -> str:
        """The item whose turn it is: of ``names``, ``developers``, ``scripts`` or any dataset."""
        return await self._client._send(calls.next_item(dataset))

    async def coming_pairs(self, limit: int = 10) -> list[Pair]:
        """What `next_pair` would give; takes nothing."""
        return await self._client._send(calls.coming_pairs(limit))

    async def coming(self, dataset: str, limit: int = 10) -> list[str]:
        """What `next` would give; takes nothing."""
        return await self._client._send(calls.coming(dataset, limit))

    async def claim(self, dataset: str = "pairs", key: str | None = None) -> Claim:
        """A turn that can be given back; the same key gives the same one."""
        return await self._client._send(calls.claim(dataset, key))

    async def release(self, claim_id: str) -> Claim:
        """Give a turn back."""
        return await self._client._send(calls.release(claim_id))

    async def enable(self, dataset: str, items: Sequence[str]) -> Answer:
        """Let items take part."""
        return await self._client._send(calls.switch(dataset, items, enabled=True))

    async def disable(self, dataset: str, items: Sequence[str]) -> Answer:
        """Let items take no part."""
        return await self._client._send(calls.switch(dataset, items, enabled=False))

    async def stats(self, dataset: str | None = None) -> RotationStats:
        """How far the rotation is, of one dataset or all."""
        return await self._client._send(calls.stats(dataset))

    async def generate_pair(self, voice_id: str | None = None) -> PairStems:
        """The next pair, and its stems."""
        return await self._client._send(calls.generate_pair(voice_id))

    async def generate_script(self, voice_id: str | None = None) -> ScriptStem:
        """The next script, and its stem."""
        return await self._client._send(calls.generate_script(voice_id))

    async def stems(
        self, after: str | None = None, limit: int = 1000, *, extended: bool = False
    ) -> StemIndex:
        """A page of the index of stems."""
        return await self._client._send(calls.stems(after, limit, extended=extended))

    async def invalidate(self, label: str) -> Answer:
        """Forget a stem in every voice."""
        return await self._client._send(calls.invalidate(label))

    async def bulk(
        self, names: str | None = None, developers: str | None = None, voice_id: str | None = None
    ) -> Job:
        """The stems of whole datasets, as a job."""
        return await self._client._send(calls.bulk(names, developers, voice_id))

    async def check_in_bucket(self, label: str) -> Answer:
        """A stem here and in the bucket."""
        return await self._client._send(calls.check_in_bucket(label))

    async def rotation_check_bucket(self, label: str) -> Answer:
        """Whether the bucket has a stem."""
        return await self._client._send(calls.rotation_check_bucket(label))

    async def bucket(self, prefix: str | None = None) -> Answer:
        """What the bucket has."""
        return await self._client._send(calls.bucket(prefix))

    async def check_many(self, labels: Sequence[str]) -> Answer:
        """Many stems here and in the bucket."""
        return await self._client._send(calls.check_many(labels))

    async def consistency(self, *, extended: bool = False) -> Answer:
        """Whether whatever is indexed exists, here and in the bucket."""
        return await self._client._send(calls.consistency(extended=extended))

    async def repair(self) -> Answer:
        """Upload, download or render again what `consistency` names."""
        return await self._client._send(calls.repair())

    async def integrity(
        self, what: Literal["stems", "stems-index", "outputs"] = "stems", after: str | None = None
    ) -> Answer:
        """What is kept, opened and compared with what is known of it; ``next`` is the ``after`` of more."""
        return await self._client._send(calls.integrity(what, after))

    async def preview(self, path: str | os.PathLike[str]) -> DatasetFile:
        """How a CSV or JSON file would be read; stores nothing."""
        file = Upload(Path(path).name, await anyio.Path(path).read_bytes())
        return await self._client._send(calls.preview(file))

    async def upload(
        self, path: str | os.PathLike[str], role: DatasetRole, target: str | None = None
    ) -> DatasetFile:
        """A CSV or JSON file as a dataset."""
        file = Upload(Path(path).name, await anyio.Path(path).read_bytes())
        return await self._client._send(calls.upload(file, role, target))

    async def datasets(self) -> list[Dataset]:
        """All of them."""
        return await self._client._send(calls.datasets())

    async def delete(self, filename: str) -> Answer:
        """Remove a dataset."""
        return await self._client._send(calls.delete(filename))

    async def contract(self) -> Answer:
        """The contract in force."""
        return await self._client._send(calls.contract())

    async def health(self) -> Answer:
        """Stems, storage, backends."""
        return await self._client._send(calls.health())

    async def batch_rotations(self, count: int, of: RotationOf = "pairs", voice_id: str | None = None) -> Job:
        """So many turns of the rotation and their stems, as a job."""
        return await self._client._send(calls.batch_rotations(count, of, voice_id))

    async def batch_template(self, **options: Unpack[BatchOptions]) -> Job:
        """A template filled for every name and developer, as a job."""
        return await self._client._send(calls.batch_template(options))

    async def batch_validate(self, **options: Unpack[BatchOptions]) -> Job:
        """What `batch_template` would say, checked and counted, as a job."""
        return await self._client._send(calls.batch_validate(options))
