"""``/cache``: the index of stems, and how it compares with the bucket."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from mixdown_api.jobs.schemas import JobView
from mixdown_api.messages import index
from mixdown_api.messages.buckets import gcs_path, mirror_of, mode_of, need_mirror
from mixdown_api.messages.bulk import BULK
from mixdown_api.messages.cache_schemas import BulkBody, CacheList, InvalidateAnswer, InvalidateBody
from mixdown_api.messages.consistency import Place, Repair, placed, survey
from mixdown_api.messages.index import Entry
from mixdown_api.messages.labels import blob_of, check_label, path_of
from mixdown_api.messages.surface import Extended, Messages, MessagesDep
from mixdown_api.messages.views import accepted
from mixdown_api.messages.voicing import CONTAINER, RATE, SAMPLE_ENCODING, behind
from mixdown_api.scenes.routes import CallerDep, JobsDep
from mixdown_api.service import Service
from mixdown_kernel import Problem, invalid

router = APIRouter(prefix="/cache", tags=["messages"])

ENGINE = "content-addressed renders"
MAX_LISTED = 1000
MAX_LABELS = 500
MOST_BLOBS = 10_000
Label = Annotated[str, Query(description="`stem.name.john`", max_length=300)]


@router.get("/list", summary="The index of stems")
async def list_stems(
    messages: MessagesDep,
    extended: Extended = False,
    limit: Annotated[int, Query(ge=1, le=MAX_LISTED)] = MAX_LISTED,
    after: Annotated[str | None, Query(max_length=300, description="`next` of the page before")] = None,
) -> CacheList:
    """By label; of a label that is kept in several voices the newest."""
    state = messages.service.state
    async with state.reading() as connection:
        found = await index.labels_page(connection, after, limit)
        figures = await index.figures(connection)
    return CacheList(
        cache_engine=ENGINE,
        extended=extended,
        summary={**figures, "mode": mode_of(messages.service)},
        stems_count=figures["count"],
        stems={entry.label: _listed(entry, extended) for entry in found},
        compatibility={entry.label: _compatibility(messages.service, entry) for entry in found},
        next=found[-1].label if len(found) == limit else None,
    )


def _listed(entry: Entry, extended: bool) -> dict[str, Any]:
    if extended:
        return entry.shown()
    return {
        "path": entry.path,
        "text": entry.text,
        "duration_ms": entry.duration_ms,
        "use_count": entry.use_count,
    }


def _compatibility(service: Service, entry: Entry) -> dict[str, Any]:
    """Whether what is kept is what would be rendered today."""
    running = next(
        (
            one
            for one in service.kernel.backends.of("synthesis")
            if one.name == entry.backend and one.state == "open"
        ),
        None,
    )
    told = {} if running is None else behind(running)
    compatible = (
        running is not None
        and (entry.container, entry.encoding, entry.sample_rate) == (CONTAINER, SAMPLE_ENCODING, RATE)
        and entry.backend_version == running.offer.plugin.version
        and entry.cartesia_version == told.get("cartesia_version")
        and entry.model_id == told.get("model", running.name)
    )
    stored = (
        "backend",
        "backend_version",
        "model_id",
        "voice_id",
        "cartesia_version",
        "sample_rate",
        "encoding",
    )
    return {
        "has_signature": bool(entry.signature),
        "compatible": compatible,
        **{f"stored_{name}": getattr(entry, name) for name in stored},
    }


@router.post("/invalidate", summary="Forget a stem", response_model_exclude_none=True)
async def invalidate(body: InvalidateBody, messages: MessagesDep) -> InvalidateAnswer:
    """In every voice, and whatever sounds the same under another label; the next request renders it again."""
    check_label(body.stem_name, field="stem_name")
    if await messages.stems.forget(body.stem_name):
        return InvalidateAnswer(status="ok", removed=body.stem_name)
    return InvalidateAnswer(status="not_found", stem=body.stem_name)


@router.post(
    "/bulk_generate", summary="The stems of whole datasets, as a job", responses={202: {"model": JobView}}
)
async def bulk_generate(body: BulkBody, messages: MessagesDep, jobs: JobsDep, caller: CallerDep) -> Response:
    """Watch it at `/v1/jobs/{id}`."""
    asked = (("name", "names_path", body.names_path), ("developer", "developers_path", body.developers_path))
    chosen = [(category, field, name) for category, field, name in asked if name]
    if not chosen:
        raise invalid("missing_names_path", "One of the two datasets has to be named.", field="names_path")
    for _, field, name in chosen:
        await _check_dataset(messages, name, field)
    given: dict[str, Any] = {
        "datasets": [[category, name] for category, _, name in chosen],
        "voice_id": body.voice_id,
    }
    job = await jobs.submit(BULK, given, owner=caller)
    return accepted(job)


async def _check_dataset(messages: Messages, name: str, field: str) -> None:
    try:
        await messages.datasets.known(name)
    except Problem as problem:
        problem.field = field
        raise


@router.get("/check_in_bucket", summary="A stem here and in the bucket")
async def check_in_bucket(label: Label, messages: MessagesDep) -> dict[str, Any]:
    check_label(label, field="label")
    need_mirror(messages.service)
    return {"status": "ok", "label": label, **await _compared(messages, label)}


@router.get("/bucket_list", summary="What the bucket has")
async def bucket_list(
    messages: MessagesDep, prefix: Annotated[str, Query(max_length=300)] = "stems/"
) -> dict[str, Any]:
    mirror = need_mirror(messages.service)
    effective = prefix if prefix.startswith(("stems/", "output/")) else f"stems/{prefix.lstrip('/')}"
    found = await mirror.list(effective, MOST_BLOBS)
    items = [
        {
            "name": one.key,
            "size": one.size,
            "gcs_uri": mirror.uri(one.key),
            "updated": one.modified,
            "metadata": dict(one.metadata),
        }
        for one in found
    ]
    return {
        "status": "ok",
        "prefix_requested": prefix,
        "prefix_effective": effective,
        "count": len(items),
        "items": items,
    }


@router.get("/check_many", summary="Several stems here and in the bucket")
async def check_many(
    messages: MessagesDep,
    labels: Annotated[str, Query(description="With commas between", max_length=100_000)],
) -> dict[str, Any]:
    wanted = list(dict.fromkeys(label for one in labels.split(",") if (label := one.strip())))
    if not 1 <= len(wanted) <= MAX_LABELS:
        message = f"There are {len(wanted)} labels; 1 to {MAX_LABELS} can be checked at once."
        raise invalid("invalid_labels", message, field="labels", allowed=[1, MAX_LABELS])
    results: dict[str, Any] = {}
    for label in wanted:
        check_label(label, field="labels")
        compared = await _compared(messages, label)
        results[label] = {**compared, "status": compared["consistency"]}
    return {
        "status": "ok",
        "results": results,
        "summary": {
            "total": len(wanted),
            "gcs_hits": sum(bool(one["gcs_exists"]) for one in results.values()),
            "missing": sum(one["consistency"] == "missing" for one in results.values()),
            "mode": mode_of(messages.service),
        },
    }


@router.get("/consistency_report", summary="Every stem here and in the bucket")
async def consistency_report(messages: MessagesDep, extended: Extended = False) -> dict[str, Any]:
    """`red` when anything indexed exists nowhere, `yellow` when here and the bucket differ."""
    mirror = mirror_of(messages.service)
    found = await survey(messages.service, mirror)
    report: dict[str, Any] = {
        "bucket": mirror.name if mirror else None,
        "gcs_enabled": mirror is not None,
        "categories": found.categories(),
    }
    if extended:
        report["items"] = [{"label": place.label, "state": place.state} for place in found.wrong]
    return {
        "status": "ok",
        "traffic": found.traffic(mirrored=mirror is not None),
        "mode": mode_of(messages.service),
        "report": report,
    }


@router.post("/verify_and_repair", summary="Put right what the report names")
async def verify_and_repair(messages: MessagesDep) -> dict[str, Any]:
    """Opens every stem; uploads what the bucket lacks, downloads what is lacking or damaged here, renders what is nowhere
    whole."""
    mirror = mirror_of(messages.service)
    found = await survey(messages.service, mirror, opens=True)
    wrong = [place for place in found.wrong if _needs_repair(place, mirrored=mirror is not None)]
    results = await Repair(messages.service, messages.stems, mirror).all(wrong)
    repaired = sum(
        result["status"] == "ok" and result["action"] != "left_in_bucket" for result in results.values()
    )
    messages.audit("stems.repaired", total=len(wrong), repaired=repaired)
    return {
        "status": "ok" if all(result["status"] == "ok" for result in results.values()) else "partial",
        "results": results,
        "summary": {"mode": mode_of(messages.service), "total_missing": len(wrong), "repaired": repaired},
    }


def _needs_repair(place: Place, *, mirrored: bool) -> bool:
    return mirrored or place.state != "local_only"


async def _compared(messages: Messages, label: str) -> dict[str, Any]:
    service, mirror, blob_name = messages.service, mirror_of(messages.service), blob_of(label)
    blob = await mirror.stat(blob_name) if mirror else None
    async with service.state.reading() as connection:
        entry = await index.newest(connection, label)
    if entry is None:
        consistency = "missing" if blob is None else "gcs_only"
    else:
        consistency = (await placed(service, entry, blob)).state
    return {
        "exists": blob is not None,
        "gcs_uri": gcs_path(mirror, blob_name),
        "consistency": consistency,
        "local_exists": consistency in ("match", "local_only"),
        "gcs_exists": blob is not None,
        "relative_path": path_of(label),
        "blob_name": blob_name,
    }
