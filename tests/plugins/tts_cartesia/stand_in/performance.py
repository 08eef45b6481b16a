"""Requests being spoken: pieces of sound, as bytes and as events, with the faults that befall them."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

import numpy as np

from .faults import Fault
from .rules import SINCE_JSON_ERRORS, Refused
from .speech import Utterance, encoded, speech
from .state import KEY, StandIn

REFUSALS = {
    Fault.BUSY: (429, "concurrency_limited", "Too many concurrent requests", "Your plan's limit is reached."),
    Fault.BUSY_FOR_A_SECOND: (429, "concurrency_limited", "Too many concurrent requests", "Wait."),
    Fault.BROKEN: (500, "internal_error", "Internal error", "out of order"),
    Fault.UNAVAILABLE: (503, None, "Unavailable", "not now"),
    Fault.QUOTA: (429, "quota_exceeded", "Quota exceeded", "no credits left"),
    Fault.NO_CREDITS: (402, "quota_exceeded", "Payment required", "no credits left"),
    Fault.FORBIDDEN: (403, "plan_upgrade_required", "Forbidden", "not in your plan"),
    Fault.LANGUAGE: (400, "language_not_supported", "Invalid language", "not by this voice"),
    Fault.TOO_LARGE: (413, None, "Too large", "the transcript is too long"),
    Fault.EXPIRED: (400, "context_expired", "Context expired", "the context has expired"),
}
AT_ONCE = {Fault.STALLED, Fault.CUT, Fault.SILENT, Fault.NOT_SOUND, Fault.BAD_BASE64}


class Cut:
    """The connection ends here."""


class Broken:
    """An error event comes here."""

    def __init__(self, error: Refused) -> None:
        self.error = error


class Raw(str):
    """Goes onto the wire as it is, in place of an event's JSON."""


Piece = bytes | Cut | Broken | Raw
Work = AsyncGenerator[Piece | Utterance, None]


def refuse(fault: Fault | None) -> None:
    if fault is Fault.UNAUTHORIZED:
        raise Refused(401, "unauthorized", "Unauthorized", f"Invalid API key: Bearer {KEY}")
    if fault in REFUSALS:
        headers = {"retry_after": "1"} if fault is Fault.BUSY_FOR_A_SECOND else {}
        raise Refused(*REFUSALS[fault], **headers)


def check_names(state: StandIn, body: dict[str, Any]) -> None:
    id_ = body["voice"] if isinstance(body["voice"], str) else body["voice"]["id"]
    if id_ not in state.voices:
        raise Refused(404, "voice_not_found", "Voice not found", f"no voice {id_}")
    if body.get("pronunciation_dict_id", next(iter(state.dictionaries), None)) not in (
        None,
        *state.dictionaries,
    ):
        raise Refused(
            404, "pronunciation_dict_not_found", "Dictionary not found", body["pronunciation_dict_id"]
        )


async def admitted(state: StandIn, id_: str, fault: Fault | None, work: Work) -> None:
    """Takes a place in the plan, or raises."""
    try:
        refuse(fault)
        take_place(state, id_)
    except Refused:
        await work.aclose()
        raise


def take_place(state: StandIn, id_: str) -> None:
    if id_ not in state.active and len(state.active) >= state.plan:
        raise Refused(*REFUSALS[Fault.BUSY])
    state.active.add(id_)
    state.most_at_once = max(state.most_at_once, len(state.active))


async def performed(state: StandIn, id_: str, body: dict[str, Any], fault: Fault | None) -> Work:
    """The utterance (for its words), and its sound in pieces. Whoever closes it early has left."""
    finished = False
    try:
        async for piece in _pieces(state, body, fault):
            yield piece
            await asyncio.sleep(0)
        finished = True
    finally:
        state.active.discard(id_)
        if not finished:
            state.stopped.append(id_)


async def _pieces(state: StandIn, body: dict[str, Any], fault: Fault | None) -> Work:
    if fault in AT_ONCE:
        async for piece in _instead(fault):
            yield piece
        return
    utterance = speech(body)
    state.rendered.append(body["transcript"])
    yield utterance
    samples, encoding = utterance.samples, body["output_format"]["encoding"]
    step = max(1, round(state.piece_seconds * utterance.rate))
    for number, start in enumerate(range(0, len(samples), step)):
        if number == 1 and fault is not None:
            async for piece in _midway(state, fault):
                yield piece
        data = encoded(samples[start : start + step], encoding)
        if fault is Fault.NOT_A_NUMBER:
            data = np.full(step, np.nan, "<f4").tobytes()
        last = start + step >= len(samples)
        yield data[:-1] if last and fault is Fault.HALF_A_SAMPLE else data
    while fault is Fault.ENDLESS:
        yield encoded(samples, encoding)
        await asyncio.sleep(0)


async def _instead(fault: Fault | None) -> AsyncIterator[Piece]:
    if fault is Fault.STALLED:
        await asyncio.sleep(3600)
    if fault is Fault.CUT:
        yield Cut()
    if fault is Fault.NOT_SOUND:
        yield Raw("<h1>Sign in to this network</h1>")
    if fault is Fault.BAD_BASE64:
        yield Raw(json.dumps({"type": "chunk", "data": "no base64!", "done": False, "status_code": 206}))


async def _midway(state: StandIn, fault: Fault) -> AsyncIterator[Piece]:
    if fault is Fault.STALLED_MIDWAY:
        await asyncio.sleep(3600)
    if fault is Fault.CUT_MIDWAY:
        yield Cut()
    if fault is Fault.BROKEN_MIDWAY:
        yield Broken(Refused(500, "internal_error", "Internal error", "half way"))
    if fault is Fault.BUSY_MIDWAY:
        yield Broken(Refused(*REFUSALS[Fault.BUSY]))
    if fault is Fault.BAD_JSON_MIDWAY:
        yield Raw('{"type": "chunk", "data": "AAAA')
    if fault is Fault.HELD:
        while not state.release.is_set():
            await asyncio.sleep(0.005)


async def events_of(
    body: dict[str, Any], work: Work, *, offset: float = 0.0, **common: Any
) -> AsyncIterator[dict[str, Any] | Raw | Cut]:
    """Events as ``types/tts_sse_event.py`` and ``types/websocket_response.py`` of the SDK have them. Times count from
    the context's start, ``offset`` seconds before."""
    base = {"done": False, "status_code": 206, **common}
    async for piece in work:
        if isinstance(piece, Utterance):
            for event in _timestamps(body, piece, offset):
                yield {**event, **base}
        elif isinstance(piece, bytes):
            data = base64.b64encode(piece).decode()
            yield {"type": "chunk", "data": data, "step_time": 1.5, **base}
        elif isinstance(piece, Broken):
            yield error_event(piece.error, SINCE_JSON_ERRORS, **common)
            return
        elif isinstance(piece, Raw) and piece.startswith('{"type": "chunk", "data": "no'):
            yield {**json.loads(piece), **base}
        else:
            yield piece


def _timestamps(body: dict[str, Any], utterance: Utterance, offset: float) -> list[dict[str, Any]]:
    def timed(rows: list[tuple[str, float, float]], name: str) -> dict[str, Any]:
        return {
            name: [row[0] for row in rows],
            "start": [offset + row[1] for row in rows],
            "end": [offset + row[2] for row in rows],
        }

    found: list[dict[str, Any]] = []
    if body.get("add_timestamps") and utterance.words:
        found.append({"type": "timestamps", "word_timestamps": timed(utterance.words, "words")})
    if body.get("add_phoneme_timestamps") and utterance.words:
        times = timed(utterance.words, "phonemes")
        found.append({"type": "phoneme_timestamps", "phoneme_timestamps": times})
    return found


async def sse_of(
    events: AsyncIterator[dict[str, Any] | Raw | Cut], fault: Fault | None
) -> AsyncIterator[str]:
    while fault is Fault.NO_END:
        yield "data: A" * 100
        await asyncio.sleep(0)
    async for event in events:
        if isinstance(event, Cut):
            raise ConnectionError("cut on purpose")
        if isinstance(event, Raw):
            yield f"event: chunk\ndata: {event}\n\n"
            continue
        yield f"event: {event['type']}\ndata: {json.dumps(event)}\n\n"
        if event["type"] == "error":
            return
    if fault is Fault.NO_DONE:
        return
    done = {"type": "done", "done": True, "status_code": 200}
    yield f": a comment\r\nevent: done\r\ndata: {json.dumps(done)}\r\n\r\n"


def error_event(error: Refused, version: str, **common: Any) -> dict[str, Any]:
    """One text in older versions (the SDK's note on ``Error.error``)."""
    event = {"type": "error", "done": True, "status_code": error.status, **common}
    if version < SINCE_JSON_ERRORS:
        return {**event, "error": f"{error.title}: {error.message}"}
    return {
        **event,
        "error_code": error.code,
        "title": error.title,
        "message": error.message,
        "request_id": "r-1",
    }
