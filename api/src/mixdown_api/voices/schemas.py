"""``/v1/voices`` on the wire. Source: sources/jabbertts-spec.md 2.2, contracts/openai-audio.md."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from mixdown_api.scenes.wire import WireModel

MAX_NAME = 100
Name = Annotated[str, Field(min_length=1, max_length=MAX_NAME)]
Language = Annotated[str, Field(min_length=2, max_length=35, description="BCP 47, of the recording")]
Text = Annotated[
    str, Field(max_length=2000, description="What is said in the recording, word for word; S1-mini needs it")
]
Pinned = Annotated[
    str, Field(min_length=1, max_length=200, description="A voice backend by name; else the first that can")
]


class VoiceBody(WireModel):
    """A voice to be made: a form brings its recording in ``file``, JSON names it by ``audio_url``."""

    name: Name = Field(description="What requests call it by, besides its id")
    audio_url: Annotated[str, Field(min_length=1, max_length=4096)] | None = None
    text: Text = ""
    language: Language = "en"
    model: Pinned | None = None


class VoiceAnswer(BaseModel):
    """A cloned voice. ``quality`` is what was measured of its recording."""

    object: Literal["voice"] = "voice"
    id: str
    name: str
    backend: str
    language: str
    text: str
    tags: list[str]
    created_at: int
    duration_ms: int
    quality: dict[str, float]


class DeletedVoice(BaseModel):
    object: Literal["voice.deleted"] = "voice.deleted"
    id: str
    deleted: bool = True


class AudioVoice(BaseModel):
    """As OpenAI shows a custom voice."""

    object: Literal["audio.voice"] = "audio.voice"
    id: str
    name: str
    created_at: int
