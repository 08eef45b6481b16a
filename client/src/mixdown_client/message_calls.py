"""The requests of the personalised-message surface, as `calls` has those of the others."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from mixdown_client.calls import Call, Upload, get, reader
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

_ANSWER = reader(Answer)
_STEM = reader(Stem)
_BOTH = reader(NameAndDeveloper)
_MESSAGE = reader(Message)
_OUTPUTS = reader(Outputs)
_PAIR = reader(Pair, "pair")
_PAIRS = reader(list[Pair], "stream")
_CLAIM = reader(Claim, "claim")
_PAIR_STEMS = reader(PairStems)
_SCRIPT_STEM = reader(ScriptStem)
_STATS = reader(RotationStats)
_FILE = reader(DatasetFile)
_DATASETS = reader(list[Dataset], "datasets")
_INDEX = reader(StemIndex)
_TEXTS = reader(list[str], "items")
_JOB = reader(Job, "job")


def name(text: str, options: StemOptions) -> Call[Stem]:
    return Call("POST", "/generate/name", _STEM, json={"name": text, **options}, repeatable=True)


def developer(text: str, options: StemOptions) -> Call[Stem]:
    return Call("POST", "/generate/developer", _STEM, json={"developer": text, **options}, repeatable=True)


def spoken(text: str, options: SpokenOptions) -> Call[Stem]:
    return Call("POST", "/generate/stem", _STEM, json={"text": text, **options}, repeatable=True)


def combined(first: str, second: str, options: StemOptions) -> Call[NameAndDeveloper]:
    body = {"name": first, "developer": second, **options}
    return Call("POST", "/generate/combined", _BOTH, json=body, repeatable=True)


def stem_path(label: str) -> Call[Answer]:
    return get("/generate/check/stem_path", _ANSWER, label=label)


def stem_in_bucket(label: str) -> Call[Answer]:
    return get("/generate/check/stem_in_bucket", _ANSWER, label=label)


def presets(what: str) -> Call[list[str]]:
    return get(f"/generate/preset_{what}", _TEXTS)


def message(
    first_name: str | None, developer: str | None, template: str, options: MessageOptions
) -> Call[Message]:
    body = {"first_name": first_name, "developer": developer, "template": template, **options}
    return Call("POST", "/assemble/template", _MESSAGE, json=body, repeatable=True)


def segments(given: Sequence[str], options: SegmentsOptions) -> Call[Message]:
    body = {"segments": [*given], **options}
    return Call("POST", "/assemble/segments", _MESSAGE, json=body, repeatable=True)


def templates() -> Call[Answer]:
    return get("/assemble/templates", _ANSWER)


def output_location() -> Call[Answer]:
    return get("/assemble/output_location", _ANSWER)


def outputs(after: str | None, limit: int) -> Call[Outputs]:
    return get("/assemble/outputs", _OUTPUTS, after=after, limit=limit)


def output_in_bucket(filename: str) -> Call[Answer]:
    return get("/assemble/check/output_in_bucket", _ANSWER, filename=filename)


def next_pair() -> Call[Pair]:
    return Call("GET", "/rotation/next_pair", _PAIR)


def next_item(dataset: str) -> Call[str]:
    return Call("GET", "/rotation/next_item", reader(str, "item"), params={"dataset": dataset})


def coming_pairs(limit: int) -> Call[list[Pair]]:
    return get("/rotation/pairs_stream", _PAIRS, limit=limit)


def coming(dataset: str, limit: int) -> Call[list[str]]:
    return get("/rotation/peek", reader(list[str], "stream"), dataset=dataset, limit=limit)


def claim(dataset: str, key: str | None) -> Call[Claim]:
    body = {"dataset": dataset, "key": key or uuid.uuid4().hex}
    return Call("POST", "/rotation/claim", _CLAIM, json=body, repeatable=True)


def release(claim_id: str) -> Call[Claim]:
    return Call("POST", "/rotation/release", _CLAIM, json={"claim_id": claim_id})


def switch(dataset: str, items: Sequence[str], *, enabled: bool) -> Call[Answer]:
    path = "/rotation/enable" if enabled else "/rotation/disable"
    return Call("POST", path, _ANSWER, json={"dataset": dataset, "items": [*items]}, repeatable=True)


def stats(dataset: str | None) -> Call[RotationStats]:
    return get("/rotation/stats", _STATS, dataset=dataset)


def generate_pair(voice_id: str | None) -> Call[PairStems]:
    return Call("POST", "/rotation/generate_pair", _PAIR_STEMS, json=_turn(voice_id), repeatable=True)


def generate_script(voice_id: str | None) -> Call[ScriptStem]:
    return Call("POST", "/rotation/generate_script", _SCRIPT_STEM, json=_turn(voice_id), repeatable=True)


def _turn(voice_id: str | None) -> dict[str, Any]:
    """Under a key, so that sending it again takes no second turn."""
    return {"voice_id": voice_id, "key": uuid.uuid4().hex}


def stems(after: str | None, limit: int, *, extended: bool) -> Call[StemIndex]:
    return get("/cache/list", _INDEX, after=after, limit=limit, extended=extended)


def invalidate(label: str) -> Call[Answer]:
    return Call("POST", "/cache/invalidate", _ANSWER, json={"stem_name": label}, repeatable=True)


def bulk(names: str | None, developers: str | None, voice_id: str | None) -> Call[Job]:
    body = {"names_path": names, "developers_path": developers, "voice_id": voice_id}
    return Call("POST", "/cache/bulk_generate", _JOB, json=body)


def check_in_bucket(label: str) -> Call[Answer]:
    return get("/cache/check_in_bucket", _ANSWER, label=label)


def rotation_check_bucket(label: str) -> Call[Answer]:
    return get("/rotation/check_bucket", _ANSWER, label=label)


def bucket(prefix: str | None) -> Call[Answer]:
    return get("/cache/bucket_list", _ANSWER, prefix=prefix)


def check_many(labels: Sequence[str]) -> Call[Answer]:
    return get("/cache/check_many", _ANSWER, labels=",".join(labels))


def consistency(*, extended: bool) -> Call[Answer]:
    return get("/cache/consistency_report", _ANSWER, extended=extended)


def repair() -> Call[Answer]:
    return Call("POST", "/cache/verify_and_repair", _ANSWER, repeatable=True)


def integrity(what: str, after: str | None) -> Call[Answer]:
    return get(f"/integrity/{what}", _ANSWER, after=after)


def upload(file: Upload, role: DatasetRole, target: str | None) -> Call[DatasetFile]:
    form = {"dataset_role": role} | ({"target_name": target} if target else {})
    return Call("POST", "/external/upload_base", _FILE, form=form, upload=file, repeatable=True)


def preview(file: Upload) -> Call[DatasetFile]:
    return Call("POST", "/external/preview", _FILE, form={}, upload=file, repeatable=True)


def datasets() -> Call[list[Dataset]]:
    return get("/external/list", _DATASETS)


def delete(filename: str) -> Call[Answer]:
    return Call("DELETE", "/external/delete", _ANSWER, params={"filename": filename})


def contract() -> Call[Answer]:
    return get("/contract", _ANSWER)


def health() -> Call[Answer]:
    return get("/health/extended", _ANSWER)


def batch_rotations(count: int, of: RotationOf, voice_id: str | None) -> Call[Job]:
    return _batch("rotations", {"count": count, "of": of, "voice_id": voice_id})


def batch_template(options: BatchOptions) -> Call[Job]:
    return _batch("template", {**options})


def batch_validate(options: BatchOptions) -> Call[Job]:
    return _batch("validate", {**options})


def _batch(what: str, body: dict[str, Any]) -> Call[Job]:
    headers = {"idempotency-key": uuid.uuid4().hex}
    return Call("POST", f"/batch/{what}", _JOB, json=body, headers=headers, repeatable=True)
