"""``/rotation``: whose turn it is. What takes a turn is a GET by the contract, so no answer may be cached."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Query, Response

from mixdown_api.messages.buckets import need_mirror
from mixdown_api.messages.claims import Claim
from mixdown_api.messages.labels import Category, blob_of, check_label, label_of
from mixdown_api.messages.rotation import MAX_PREVIEW, Rotation
from mixdown_api.messages.rotation_schemas import (
    PAIRS,
    ClaimAnswer,
    ClaimBody,
    ClaimView,
    DatasetStats,
    DeveloperAnswer,
    GeneratedPair,
    GeneratedScript,
    ItemAnswer,
    ItemStream,
    NameAnswer,
    PairAnswer,
    PairNames,
    PairStats,
    PairStems,
    PairStream,
    PairView,
    ReleaseBody,
    ScriptAnswer,
    ScriptPreview,
    ScriptStream,
    StatsAnswer,
    SwitchAnswer,
    SwitchBody,
    TurnBody,
)
from mixdown_api.messages.schemas import StemView
from mixdown_api.messages.surface import Extended, Messages, MessagesDep
from mixdown_api.messages.views import mirror_for, shown
from mixdown_api.state.whole import whole
from mixdown_kernel import Kind, Problem
from mixdown_kernel.streams import unwrap


def never_cached(response: Response) -> None:
    response.headers["cache-control"] = "no-store"


router = APIRouter(prefix="/rotation", tags=["messages"], dependencies=[Depends(never_cached)])

Limit = Annotated[int, Query(ge=1, le=MAX_PREVIEW)]
OneDataset = Annotated[str, Query(min_length=1, max_length=80, description="`names`, `vip`, `vip.json`")]


def rotation_of(messages: MessagesDep) -> Rotation:
    """For ``Depends``."""
    return Rotation(messages.service.state, messages.audit)


RotationDep = Annotated[Rotation, Depends(rotation_of)]
Texts = Mapping[Category, str]
Wish = Annotated[TurnBody | None, Body()]


@router.get("/next", summary="The next pair")
@router.get("/next_pair", summary="The next pair, by its other name")
async def next_pair(rotation: RotationDep) -> PairAnswer:
    """Takes a turn: every name with every developer before any pair comes again."""
    return PairAnswer(pair=PairView.taken(await rotation.next_pair()))


@router.get("/next_name", summary="The next name")
async def next_name(rotation: RotationDep) -> NameAnswer:
    """Takes a turn."""
    return NameAnswer(name=await rotation.next("names"))


@router.get("/next_developer", summary="The next developer")
async def next_developer(rotation: RotationDep) -> DeveloperAnswer:
    """Takes a turn."""
    return DeveloperAnswer(developer=await rotation.next("developers"))


@router.get("/next_script", summary="The next script")
async def next_script(rotation: RotationDep) -> ScriptAnswer:
    """Takes a turn."""
    return ScriptAnswer(script=await rotation.next("scripts"))


@router.get("/next_item", summary="The next item of any dataset")
async def next_item(dataset: OneDataset, rotation: RotationDep) -> ItemAnswer:
    """Takes a turn."""
    return ItemAnswer(dataset=dataset, item=await rotation.next(dataset))


@router.get("/peek", summary="What comes next of any dataset")
async def peek(dataset: OneDataset, rotation: RotationDep, limit: Limit = 1) -> ItemStream:
    """Takes nothing."""
    coming = await rotation.preview(dataset, limit)
    return ItemStream(dataset=dataset, stream=[turn.text for turn in coming])


@router.get("/pairs_stream", summary="The pairs that come next")
async def pairs_stream(rotation: RotationDep, limit: Limit = 10) -> PairStream:
    """Takes nothing."""
    return PairStream(stream=[PairNames.of(pair) for pair in await rotation.preview_pairs(limit)])


@router.get("/scripts_stream", summary="The scripts that come next")
async def scripts_stream(rotation: RotationDep, limit: Limit = 10) -> ScriptStream:
    """Takes nothing."""
    coming = [turn.text for turn in await rotation.preview("scripts", limit)]
    return ScriptStream(
        stream=[ScriptPreview(script=text, label=label_of("script", text)) for text in coming]
    )


@router.post("/claim", summary="A turn that can be given back", response_model_exclude_none=True)
async def claim(rotation: RotationDep, body: Annotated[ClaimBody | None, Body()] = None) -> ClaimAnswer:
    """Of a dataset, or a pair. Whoever asks again with the same key is given the same."""
    body = body or ClaimBody()
    if body.dataset == PAIRS:
        made: Claim = await rotation.claim_pair(body.key)
    else:
        made = await rotation.claim(body.dataset, body.key)
    return ClaimAnswer(claim=ClaimView.of(made))


@router.post("/release", summary="Give a turn back", response_model_exclude_none=True)
async def release(body: ReleaseBody, rotation: RotationDep) -> ClaimAnswer:
    """What was claimed comes next."""
    return ClaimAnswer(claim=ClaimView.of(await rotation.release(body.claim_id)))


@router.post("/enable", summary="Items take part again")
async def enable(body: SwitchBody, rotation: RotationDep) -> SwitchAnswer:
    """They begin where the least used ones are."""
    return SwitchAnswer.of(await rotation.enable(body.dataset, body.items))


@router.post("/disable", summary="Items take no part")
async def disable(body: SwitchBody, rotation: RotationDep) -> SwitchAnswer:
    """Until they are enabled."""
    return SwitchAnswer.of(await rotation.disable(body.dataset, body.items))


@router.get("/stats", summary="How far the rotation is")
async def stats(
    rotation: RotationDep,
    messages: MessagesDep,
    dataset: Annotated[str | None, Query(max_length=80, description="One alone")] = None,
) -> StatsAnswer:
    """Used, unused, disabled, total and coverage of each dataset, and of the pairs."""
    if dataset:
        listed = [await messages.datasets.known(dataset)]
    else:
        listed = list(await messages.datasets.list(sample=0))
    return StatsAnswer(
        datasets={one.name: DatasetStats.of(one.role, await rotation.stats(one.name)) for one in listed},
        pairs=PairStats.of(await rotation.pair_stats()),
        timestamp=datetime.now(UTC),
    )


@router.post("/generate_pair", summary="The stems of the next pair", response_model_exclude_none=True)
async def generate_pair(
    rotation: RotationDep, messages: MessagesDep, extended: Extended = False, body: Wish = None
) -> GeneratedPair:
    """Takes a turn, and gives it back where the stems cannot be made now."""
    wish = body or TurnBody()
    claim = await rotation.claim_pair(wish.key)
    texts: Texts = {"name": claim.item.text, "developer": claim.partner.text}
    async with _given_back_on_failure(claim, rotation):
        stems = await _stems(messages, texts, wish, extended=extended)
    return GeneratedPair(
        pair=PairNames.of(claim.pair),
        stems=PairStems(**stems),
        natural_text=_natural(stems, shown=extended or wish.extended),
    )


@router.post("/generate_script", summary="The stem of the next script", response_model_exclude_none=True)
async def generate_script(
    rotation: RotationDep, messages: MessagesDep, extended: Extended = False, body: Wish = None
) -> GeneratedScript:
    """Takes a turn, and gives it back where the stem cannot be made now."""
    wish = body or TurnBody()
    claim = await rotation.claim("scripts", wish.key)
    async with _given_back_on_failure(claim, rotation):
        stems = await _stems(messages, {"script": claim.item.text}, wish, extended=extended)
    return GeneratedScript(
        script=claim.item.text,
        stem=stems["script"],
        natural_text=_natural(stems, shown=extended or wish.extended),
    )


@router.get("/check_bucket", summary="Whether the bucket has a stem")
async def check_bucket(
    label: Annotated[str, Query(description="`stem.name.john`", max_length=300)], messages: MessagesDep
) -> dict[str, Any]:
    check_label(label, field="label")
    mirror, blob = need_mirror(messages.service), blob_of(label)
    exists = await mirror.exists(blob)
    return {
        "status": "ok",
        "label": label,
        "exists": exists,
        "gcs_uri": mirror.uri(blob) if exists else None,
    }


async def _stems(messages: Messages, texts: Texts, wish: TurnBody, *, extended: bool) -> dict[str, StemView]:
    """The stems of the texts by category, made side by side."""
    mirror = mirror_for(messages, upload=False)
    try:
        async with asyncio.TaskGroup() as group:
            making = {
                category: group.create_task(messages.stems.get(category, text, wish.voice_id))
                for category, text in texts.items()
            }
    except BaseExceptionGroup as errors:
        raise unwrap(errors) from None
    return {
        category: await shown(messages, task.result(), extended=extended or wish.extended, mirror=mirror)
        for category, task in making.items()
    }


@asynccontextmanager
async def _given_back_on_failure(claim: Claim, rotation: Rotation) -> AsyncIterator[None]:
    """A text that no voice can speak keeps its turn: given back, it would come next for ever. So does one that an
    earlier call took by the same key, and may have delivered."""
    try:
        yield
    except BaseException as error:
        if claim.is_new and not (isinstance(error, Problem) and error.kind is Kind.INVALID):
            await whole(_give_back(claim, rotation))
        raise


async def _give_back(claim: Claim, rotation: Rotation) -> None:
    with suppress(Problem):  # somebody else who had the key may have given it back
        await rotation.release(claim.id)


def _natural(stems: Mapping[str, StemView], *, shown: bool) -> dict[str, str] | None:
    """What the stems say."""
    return {category: stem.text for category, stem in stems.items()} if shown else None
