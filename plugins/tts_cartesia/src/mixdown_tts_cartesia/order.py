"""One utterance as it is asked for over the wire."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from mixdown_kernel import Kind, Problem, SpeechRequest
from mixdown_tts_cartesia.limits import LANGUAGES, MAX_TEXT, language_of
from mixdown_tts_cartesia.parameters import dictionary_of, generation_config
from mixdown_tts_cartesia.settings import SonicSettings
from mixdown_tts_cartesia.transcript import transcript_of
from mixdown_tts_cartesia.versions import voice_member


@dataclass(frozen=True, slots=True)
class Order:
    """``transcript`` is what shall be read; ``members`` are the other ones of the request, alike in every transport."""

    transcript: str
    members: Mapping[str, JsonValue]


def order_of(request: SpeechRequest, voice: str, settings: SonicSettings) -> Order:
    """What a request means to Sonic. Raises the `Problem` that can be told without asking it.

    The sound is asked for raw: the sizes in a streamed WAV's header are placeholders (contracts/platform.md).
    """
    if len(request.text) > MAX_TEXT:
        raise Problem(
            Kind.TOO_LARGE,
            "text_too_long",
            f"An utterance of Sonic-3 has at most {MAX_TEXT} characters, not {len(request.text)}.",
            field="text",
            allowed=[0, MAX_TEXT],
        )
    members: dict[str, JsonValue] = {
        "model_id": settings.model,
        "voice": voice_member(settings.cartesia_version, voice),
        "output_format": {
            "container": "raw",
            "encoding": settings.encoding,
            "sample_rate": settings.sample_rate,
        },
    }
    if request.language is not None:
        members["language"] = _language(request.language)
    if config := generation_config(request, settings):
        members["generation_config"] = config
    if dictionary := dictionary_of(request, settings.pronunciation_dicts):
        members["pronunciation_dict_id"] = dictionary
    return Order(transcript_of(request.text).strip(), members)


def _language(tag: str) -> str:
    found = language_of(tag)
    if found is None:
        raise Problem(
            Kind.UNSUPPORTED,
            "unsupported_language",
            f"Sonic-3 does not speak {tag[:40]!r}.",
            field="language",
            allowed=list(LANGUAGES),
        )
    return found
