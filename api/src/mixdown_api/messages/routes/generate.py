"""``/generate``: stems of names and developers."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Query

from mixdown_api.messages.buckets import gcs_path, mirror_of, need_mirror
from mixdown_api.messages.datasets import OF_ROLE
from mixdown_api.messages.labels import blob_of, check_label, path_of, spoken
from mixdown_api.messages.schemas import (
    CombinedAnswer,
    CombinedBody,
    DeveloperBody,
    ItemsAnswer,
    NameBody,
    StemBody,
    StemView,
)
from mixdown_api.messages.surface import Extended, Messages, MessagesDep
from mixdown_api.messages.views import mirror_for, shown
from mixdown_kernel.streams import unwrap

router = APIRouter(prefix="/generate", tags=["messages"])

Label = Annotated[str, Query(description="`stem.name.john`", max_length=300)]


@router.post("/name", summary="The stem of a name", response_model_exclude_none=True)
async def generate_name(body: NameBody, messages: MessagesDep, extended: Extended = False) -> StemView:
    """Rendered once in a voice, and kept."""
    mirror = mirror_for(messages, upload=body.upload)
    stem = await messages.stems.get("name", body.name, body.voice_id)
    return await shown(messages, stem, extended=extended or body.extended, mirror=mirror)


@router.post("/developer", summary="The stem of a developer", response_model_exclude_none=True)
async def generate_developer(
    body: DeveloperBody, messages: MessagesDep, extended: Extended = False
) -> StemView:
    mirror = mirror_for(messages, upload=body.upload)
    stem = await messages.stems.get("developer", body.developer, body.voice_id)
    return await shown(messages, stem, extended=extended or body.extended, mirror=mirror)


@router.post("/stem", summary="The stem of any text", response_model_exclude_none=True)
async def generate_stem(body: StemBody, messages: MessagesDep, extended: Extended = False) -> StemView:
    """Names are spoken in title case, texts as they stand."""
    mirror = mirror_for(messages, upload=body.upload)
    text = spoken(body.category, body.text, field="text")
    usual = messages.stems.voicing(body.voice_id)
    stem = await messages.stems.say(body.category, text, replace(usual, config=body.generation_config))
    return await shown(messages, stem, extended=extended or body.extended, mirror=mirror)


@router.post("/combined", summary="Both stems at once", response_model_exclude_none=True)
async def generate_combined(
    body: CombinedBody, messages: MessagesDep, extended: Extended = False
) -> CombinedAnswer:
    mirror = mirror_for(messages, upload=body.upload)
    try:
        async with asyncio.TaskGroup() as group:
            name = group.create_task(messages.stems.get("name", body.name, body.voice_id))
            developer = group.create_task(messages.stems.get("developer", body.developer, body.voice_id))
    except BaseExceptionGroup as errors:
        raise unwrap(errors) from None
    views = [
        await shown(messages, one.result(), extended=extended or body.extended, mirror=mirror)
        for one in (name, developer)
    ]
    return CombinedAnswer(
        name=views[0],
        developer=views[1],
        pair={"name": views[0].text, "developer": views[1].text},
        voice_id=body.voice_id or name.result().entry.voice_id,
    )


@router.get("/check/stem_in_bucket", summary="Whether the bucket has a stem")
async def stem_in_bucket(label: Label, messages: MessagesDep) -> dict[str, Any]:
    check_label(label, field="label")
    exists = await need_mirror(messages.service).exists(blob_of(label))
    return {"status": "ok", "label": label, "exists": exists}


@router.get("/check/stem_path", summary="Where a stem lies")
async def stem_path(label: Label, messages: MessagesDep) -> dict[str, Any]:
    """``not_found`` for one that was not made yet."""
    check_label(label, field="label")
    stem = await messages.stems.labelled(label)
    return {
        "status": "ok" if stem else "not_found",
        "label": label,
        "local_path": path_of(label),
        "gcs_path": gcs_path(mirror_of(messages.service), blob_of(label)),
        "metadata": stem.entry.shown() if stem else None,
        "url": messages.service.renders.url(stem.file.id) if stem else None,
    }


@router.get("/preset_names", summary="The names of the core dataset")
async def preset_names(messages: MessagesDep) -> ItemsAnswer:
    return await _sorted(messages, OF_ROLE["names"])


@router.get("/preset_developers", summary="The developers of the core dataset")
async def preset_developers(messages: MessagesDep) -> ItemsAnswer:
    return await _sorted(messages, OF_ROLE["developers"])


async def _sorted(messages: Messages, dataset: str) -> ItemsAnswer:
    texts = [text async for text in messages.datasets.texts(dataset)]
    return ItemsAnswer(items=sorted(texts, key=lambda text: (text.casefold(), text)))
