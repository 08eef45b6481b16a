"""``/integrity``: what is kept, opened and compared with what is known of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query

from mixdown_api.messages import index
from mixdown_api.messages.assembly import KIND as MESSAGE
from mixdown_api.messages.integrity import Verdict, judge_index, judge_outputs, judge_stems
from mixdown_api.messages.surface import MessagesDep
from mixdown_api.state import files
from mixdown_kernel import invalid

router = APIRouter(prefix="/integrity", tags=["messages"])

MAX_CHECKED = 1000
MAX_OUTPUTS = 100
Limit = Annotated[int, Query(ge=1, le=MAX_CHECKED)]
After = Annotated[str | None, Query(max_length=500, description="`next` of the page before")]


@router.get("/stems", summary="Every stem's WAV, opened")
async def stems(messages: MessagesDep, limit: Limit = MAX_CHECKED, after: After = None) -> dict[str, Any]:
    """Against the contract (48 kHz mono, 16 bits, whole, not empty), and against the index."""
    found = await _entries(messages, after, limit)
    return _report(await judge_stems(messages.service, found), _next(found, limit))


@router.get("/stems-index", summary="Every entry of the index")
async def stems_index(
    messages: MessagesDep, limit: Limit = MAX_CHECKED, after: After = None
) -> dict[str, Any]:
    """Against its label, its file and the storage; no WAV is opened."""
    found = await _entries(messages, after, limit)
    return _report(await judge_index(messages.service, found), _next(found, limit))


@router.get("/outputs", summary="Every message's WAV, opened")
async def outputs(
    messages: MessagesDep,
    limit: Annotated[int, Query(ge=1, le=MAX_OUTPUTS)] = MAX_OUTPUTS,
    after: After = None,
) -> dict[str, Any]:
    """The newest first."""
    async with messages.service.state.reading() as connection:
        page = await files.page(connection, kind=MESSAGE, limit=limit, cursor=after)
    return _report(await judge_outputs(messages.service, page.items), page.next)


async def _entries(messages: MessagesDep, after: str | None, limit: int) -> Sequence[index.Entry]:
    place = None
    if after is not None:
        label, _, signature = after.rpartition(" ")
        if not label:
            raise invalid("bad_cursor", "`after` is not one that a list has given.", field="after")
        place = (label, signature)
    async with messages.service.state.reading() as connection:
        return await index.page(connection, place, limit)


def _next(found: Sequence[index.Entry], limit: int) -> str | None:
    return f"{found[-1].label} {found[-1].signature}" if len(found) == limit else None


def _report(verdicts: Sequence[Verdict], following: str | None) -> dict[str, Any]:
    bad = [verdict for verdict in verdicts if verdict.faults]
    return {
        "status": "ok" if not bad else "faulty",
        "checked": len(verdicts),
        "good": len(verdicts) - len(bad),
        "faulty": len(bad),
        "results": [verdict.shown() for verdict in verdicts],
        "next": following,
    }
