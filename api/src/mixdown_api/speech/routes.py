"""``POST /v1/audio/speech``."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from mixdown_api.edge import stream
from mixdown_api.scenes.members import members_named, of_speech
from mixdown_api.service import Service, service_of
from mixdown_api.speech.scene import check
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
    with members_named(of_speech):
        spoken = await Spoken.of(service, body)
    if body.stream_format == "sse":
        return await stream(spoken.events(), media_type="text/event-stream", headers=spoken.headers)
    return await stream(spoken.audio(), media_type=spoken.media_type, headers=spoken.headers)
