"""``POST /v1/audio/speech``."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Annotated

from fastapi import APIRouter, Depends, Response

from mixdown_api.edge import Stream
from mixdown_api.scenes.members import members_named
from mixdown_api.service import Service, service_of
from mixdown_api.speech.scene import check, encoding, speech_scene
from mixdown_api.speech.schemas import SpeechBody
from mixdown_api.speech.spoken import Spoken

router = APIRouter(tags=["speech"])

AUDIO = {
    "description": "Audio as it is made",
    "content": {"audio/mpeg": {}, "audio/wav": {}, "audio/ogg": {}},
}


@router.post("/v1/audio/speech", summary="Speak a text", response_class=Response, responses={200: AUDIO})
async def speak(body: SpeechBody, service: Annotated[Service, Depends(service_of)]) -> Response:
    """OpenAI's speech endpoint. What fails before the first byte is a status; what fails after it breaks the
    connection off (or, among events, is one)."""
    check(body, service.settings.speech_max_characters)
    scene = await speech_scene(service, body)
    wanted = encoding(body, scene)
    media_type = service.kernel.format(wanted).media_type
    with members_named(text="input"):
        plan = await service.kernel.plan(scene)
    spoken = Spoken(service, body, plan, wanted)
    if body.stream_format == "sse":
        return await _begun(spoken, spoken.events(), "text/event-stream")
    return await _begun(spoken, spoken.audio(), media_type)


async def _begun(spoken: Spoken, chunks: AsyncGenerator[bytes, None], media_type: str) -> Response:
    """The answer, once its first bytes exist: only then is it known who speaks, and that anybody does."""
    try:
        first = await anext(chunks, b"")
    except BaseException:
        await chunks.aclose()
        raise
    return Stream(_chain(first, chunks), headers=spoken.headers(), media_type=media_type)


async def _chain(first: bytes, rest: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    try:
        yield first
        async for chunk in rest:
            yield chunk
    finally:
        await rest.aclose()
