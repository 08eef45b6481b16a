"""A text as a voice layer: spoken by a voice that is named, or like a recording that comes with the request."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from mixdown_api.scenes.layers import Background, Reading, reading_members
from mixdown_api.scenes.outside import fetch_clip
from mixdown_api.service import Service
from mixdown_api.speech.voices import backend_of
from mixdown_api.voices.samples import NOT_YET, Imitation, fetch_sample
from mixdown_kernel import VoiceLayer, VoiceSample

Fetch = Callable[..., Awaitable[str]]


class Outside(NamedTuple):
    """Audio by URL that a layer is made of: the member that holds its URL, and how it is fetched and checked."""

    url: str
    field: str
    fetch: Fetch = fetch_clip

    async def fetched(self, service: Service) -> str:
        return await self.fetch(service, self.url, field=self.field)


def recording_of(reading: Reading, place: str = "") -> Outside | None:
    """The recording that a request brings; ``place`` stands before its members."""
    if reading.reference is None:
        return None
    return Outside(reading.reference.audio_url, f"{place}reference.audio_url", fetch_sample)


def outside_audio(reading: Reading, background: Background | None) -> dict[str, Outside]:
    """What a request of one voice over a bed brings by URL, by layer."""
    found = {}
    if (recording := recording_of(reading)) is not None:
        found["voice"] = recording
    if background is not None and background.is_custom:
        found["background"] = Outside(background.custom_audio_url, "background.custom_audio_url")
    return found


def voice_layer(
    service: Service,
    reading: Reading,
    text: str,
    voice: str | None,
    model: str | None,
    asset: str | None = None,
    **placed: Any,
) -> VoiceLayer:
    """The text, spoken; ``model`` pins who speaks. ``asset`` is the recording of a reference, once it is there."""
    members = {"id": "voice", **placed, **reading_members(reading), "text": text}
    if reading.reference is None:
        backend = backend_of(service, model) if model else None
        return VoiceLayer(**members, voice=voice, backend=backend)
    sample = VoiceSample(asset or NOT_YET, reading.reference.text, reading.language)
    imitation = Imitation.of(service, model, sample, field="reference")
    members["parameters"] = {**reading.parameters, **imitation.clone.parameters}
    return VoiceLayer(**members, voice=imitation.clone.voice or None, backend=imitation.backend)
