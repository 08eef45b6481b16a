"""Personalised messages."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Unpack

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
    from mixdown_client.synchronous import Mixdown

TEMPLATE = "double_anchor_hybrid"


class Messages:
    """``client.messages``: stems, their rotation and index, datasets, messages and batches of them.

    Every method raises `MixdownError`.
    """

    def __init__(self, client: Mixdown) -> None:
        self._client = client

    def stem_of_name(self, text: str, **options: Unpack[StemOptions]) -> Stem:
        """The stem of a first name, rendered where it is not kept yet."""
        return self._client._send(calls.name(text, options))

    def stem_of_developer(self, text: str, **options: Unpack[StemOptions]) -> Stem:
        """The stem of a developer."""
        return self._client._send(calls.developer(text, options))

    def stem_of(self, text: str, **options: Unpack[SpokenOptions]) -> Stem:
        """The stem of any text."""
        return self._client._send(calls.spoken(text, options))

    def stems_of(self, name: str, developer: str, **options: Unpack[StemOptions]) -> NameAndDeveloper:
        """The stems of both."""
        return self._client._send(calls.combined(name, developer, options))

    def stem_path(self, label: str) -> Answer:
        """Where a stem is kept, and what is known of it."""
        return self._client._send(calls.stem_path(label))

    def stem_in_bucket(self, label: str) -> Answer:
        """Whether the bucket has a stem."""
        return self._client._send(calls.stem_in_bucket(label))

    def preset_names(self) -> list[str]:
        """The names that take part."""
        return self._client._send(calls.presets("names"))

    def preset_developers(self) -> list[str]:
        """The developers that take part."""
        return self._client._send(calls.presets("developers"))

    def assemble(
        self,
        first_name: str | None = None,
        developer: str | None = None,
        *,
        template: str = TEMPLATE,
        **options: Unpack[MessageOptions],
    ) -> Message:
        """A message by a template."""
        return self._client._send(calls.message(first_name, developer, template, options))

    def join(self, segments: Sequence[str], **options: Unpack[SegmentsOptions]) -> Message:
        """A message of texts and labels of stored stems."""
        return self._client._send(calls.segments(segments, options))

    def templates(self) -> Answer:
        """Templates, with what is wrong with them."""
        return self._client._send(calls.templates())

    def latest(self) -> Answer:
        """The latest message; ``status`` is ``empty`` before the first one."""
        return self._client._send(calls.output_location())

    def outputs(self, after: str | None = None, limit: int = 100) -> Outputs:
        """Messages, the newest first."""
        return self._client._send(calls.outputs(after, limit))

    def output_in_bucket(self, filename: str) -> Answer:
        """Whether the bucket has a message."""
        return self._client._send(calls.output_in_bucket(filename))

    def next_pair(self) -> Pair:
        """The name and the developer whose turn it is together."""
        return self._client._send(calls.next_pair())

    def next(self, dataset: str) -> str:
        """The item whose turn it is: of ``names``, ``developers``, ``scripts`` or any dataset."""
        return self._client._send(calls.next_item(dataset))

    def coming_pairs(self, limit: int = 10) -> list[Pair]:
        """What `next_pair` would give; takes nothing."""
        return self._client._send(calls.coming_pairs(limit))

    def coming(self, dataset: str, limit: int = 10) -> list[str]:
        """What `next` would give; takes nothing."""
        return self._client._send(calls.coming(dataset, limit))

    def claim(self, dataset: str = "pairs", key: str | None = None) -> Claim:
        """A turn that can be given back; the same key gives the same one."""
        return self._client._send(calls.claim(dataset, key))

    def release(self, claim_id: str) -> Claim:
        """Give a turn back."""
        return self._client._send(calls.release(claim_id))

    def enable(self, dataset: str, items: Sequence[str]) -> Answer:
        """Let items take part."""
        return self._client._send(calls.switch(dataset, items, enabled=True))

    def disable(self, dataset: str, items: Sequence[str]) -> Answer:
        """Let items take no part."""
        return self._client._send(calls.switch(dataset, items, enabled=False))

    def stats(self, dataset: str | None = None) -> RotationStats:
        """How far the rotation is, of one dataset or all."""
        return self._client._send(calls.stats(dataset))

    def generate_pair(self, voice_id: str | None = None) -> PairStems:
        """The next pair, and its stems."""
        return self._client._send(calls.generate_pair(voice_id))

    def generate_script(self, voice_id: str | None = None) -> ScriptStem:
        """The next script, and its stem."""
        return self._client._send(calls.generate_script(voice_id))

    def stems(self, after: str | None = None, limit: int = 1000, *, extended: bool = False) -> StemIndex:
        """A page of the index of stems."""
        return self._client._send(calls.stems(after, limit, extended=extended))

    def invalidate(self, label: str) -> Answer:
        """Forget a stem in every voice."""
        return self._client._send(calls.invalidate(label))

    def bulk(
        self, names: str | None = None, developers: str | None = None, voice_id: str | None = None
    ) -> Job:
        """The stems of whole datasets, as a job."""
        return self._client._send(calls.bulk(names, developers, voice_id))

    def check_in_bucket(self, label: str) -> Answer:
        """A stem here and in the bucket."""
        return self._client._send(calls.check_in_bucket(label))

    def rotation_check_bucket(self, label: str) -> Answer:
        """Whether the bucket has a stem."""
        return self._client._send(calls.rotation_check_bucket(label))

    def bucket(self, prefix: str | None = None) -> Answer:
        """What the bucket has."""
        return self._client._send(calls.bucket(prefix))

    def check_many(self, labels: Sequence[str]) -> Answer:
        """Many stems here and in the bucket."""
        return self._client._send(calls.check_many(labels))

    def consistency(self, *, extended: bool = False) -> Answer:
        """Whether whatever is indexed exists, here and in the bucket."""
        return self._client._send(calls.consistency(extended=extended))

    def repair(self) -> Answer:
        """Upload, download or render again what `consistency` names."""
        return self._client._send(calls.repair())

    def integrity(
        self, what: Literal["stems", "stems-index", "outputs"] = "stems", after: str | None = None
    ) -> Answer:
        """What is kept, opened and compared with what is known of it; ``next`` is the ``after`` of more."""
        return self._client._send(calls.integrity(what, after))

    def preview(self, path: str | os.PathLike[str]) -> DatasetFile:
        """How a CSV or JSON file would be read; stores nothing."""
        file = Upload(Path(path).name, Path(path).read_bytes())
        return self._client._send(calls.preview(file))

    def upload(
        self, path: str | os.PathLike[str], role: DatasetRole, target: str | None = None
    ) -> DatasetFile:
        """A CSV or JSON file as a dataset."""
        file = Upload(Path(path).name, Path(path).read_bytes())
        return self._client._send(calls.upload(file, role, target))

    def datasets(self) -> list[Dataset]:
        """All of them."""
        return self._client._send(calls.datasets())

    def delete(self, filename: str) -> Answer:
        """Remove a dataset."""
        return self._client._send(calls.delete(filename))

    def contract(self) -> Answer:
        """The contract in force."""
        return self._client._send(calls.contract())

    def health(self) -> Answer:
        """Stems, storage, backends."""
        return self._client._send(calls.health())

    def batch_rotations(self, count: int, of: RotationOf = "pairs", voice_id: str | None = None) -> Job:
        """So many turns of the rotation and their stems, as a job."""
        return self._client._send(calls.batch_rotations(count, of, voice_id))

    def batch_template(self, **options: Unpack[BatchOptions]) -> Job:
        """A template filled for every name and developer, as a job."""
        return self._client._send(calls.batch_template(options))

    def batch_validate(self, **options: Unpack[BatchOptions]) -> Job:
        """What `batch_template` would say, checked and counted, as a job."""
        return self._client._send(calls.batch_validate(options))
