"""What the personalised-message routes take and answer (docs/http.md, "Messages")."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, TypedDict

from pydantic import Field

from mixdown_client.models import Answer

RotationOf = Literal["pairs", "names", "developers", "scripts"]
DatasetRole = Literal["names", "developers", "scripts", "custom"]


class StemOptions(TypedDict, total=False):
    """Members of ``POST /generate/…`` besides the words."""

    voice_id: str
    upload: bool
    extended: bool


class SpokenOptions(StemOptions, total=False):
    """Members of ``POST /generate/stem`` besides the text."""

    category: Literal["name", "developer", "script", "generic"]
    generation_config: dict[str, Any]


class MessageOptions(TypedDict, total=False):
    """Members of ``POST /assemble/template`` besides the template and who is spoken of."""

    variant: str
    values: dict[str, str]
    voice_id: str
    upload: bool
    extended: bool
    clean: bool
    tail_fade_ms: int


class SegmentsOptions(TypedDict, total=False):
    """Members of ``POST /assemble/segments`` besides the segments."""

    segment_ids: list[str]
    timing_map: list[dict[str, Any]]
    gap_ms: int
    crossfade_ms: int
    voice_id: str
    upload: bool
    extended: bool
    clean: bool
    tail_fade_ms: int


class BatchOptions(TypedDict, total=False):
    """Members of ``POST /batch/template`` and, but for ``rotate``, of ``/batch/validate``."""

    template: str
    names: str
    developers: str
    limit: int
    rotate: bool
    variant: str
    values: dict[str, str]
    voice_id: str
    upload: bool


class Stem(Answer):
    """A piece of speech that is kept. ``status`` is ``generated`` where this request rendered it, else ``cached``."""

    status: str
    label: str
    path: str
    text: str | None = None
    url: str | None = None
    duration_ms: int | None = None
    cache_entry: dict[str, Any] | None = None


class NameAndDeveloper(Answer):
    """The stems of both."""

    name: Stem
    developer: Stem
    pair: dict[str, str]
    voice_id: str


class Message(Answer):
    """An assembled message. From ``stem_details`` on: in extended answers."""

    segments: int
    output_file: str
    upload: bool
    url: str
    duration_ms: int
    diagnostics: dict[str, Any]
    stem_details: list[dict[str, Any]] | None = None
    timing_map: list[dict[str, Any]] | None = None
    template_voice_config: dict[str, Any] | None = None
    sample_rate: int | None = None


class Output(Answer):
    """A message that is kept."""

    output_file: str
    timestamp: datetime
    url: str
    duration_ms: int | None = None


class Outputs(Answer):
    """A page of messages, the newest first; ``next`` is the ``after`` of the following one."""

    outputs: list[Output]
    next: str | None = None


class Pair(Answer):
    name: str
    developer: str


class Claim(Answer):
    """A turn that can be given back: ``item``, or ``name`` and ``developer``."""

    id: str
    dataset: str
    item: str | None = None
    name: str | None = None
    developer: str | None = None


class PairStems(Answer):
    """A turn of the rotation of pairs, and its stems by ``name`` and ``developer``."""

    pair: Pair
    stems: dict[str, Stem]


class ScriptStem(Answer):
    script: str
    stem: Stem


class RotationStats(Answer):
    """``datasets`` by name; ``pairs`` with ``total``, ``covered``, ``dealt`` and ``coverage``."""

    datasets: dict[str, dict[str, Any]]
    pairs: dict[str, Any]


class Dataset(Answer):
    file: str
    role: str
    count: int
    sample: list[str]


class DatasetFile(Answer):
    """How a file was read; ``saved_as`` and ``dataset_role`` where it was stored, ``detected_type`` of a preview."""

    count: int
    sample: list[str]
    duplicates: int = 0
    empty: int = 0
    dataset_role: str | None = None
    saved_as: str | None = None
    detected_type: str | None = None


class StemIndex(Answer):
    """A page of the index; ``next`` is the ``after`` of the following one."""

    stems_count: int
    stems: dict[str, dict[str, Any]]
    compatibility: dict[str, dict[str, Any]] = Field(default_factory=dict)
    next: str | None = None
