"""``POST /v1/audio/speech`` on the wire. Source: OpenAI's public OpenAPI document, by contracts/openai-audio.md."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from mixdown_api.scenes.layers import Background, Music, Reading
from mixdown_api.scenes.wire import WireModel
from mixdown_kernel.requests import Seed

SpeechFormat = Literal["mp3", "opus", "aac", "flac", "wav", "pcm"]
Word = Annotated[str, Field(min_length=1, max_length=200)]


class VoiceReference(WireModel):
    """A voice by its id, as OpenAI's custom voices are named."""

    id: Word


class SpeechBody(Reading):
    """OpenAI's members, and ours after them; anything else is refused."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"model": "tts-1", "input": "Hello.", "voice": "alloy"},
                {
                    "model": "tts-1",
                    "input": "It costs $5.20 today.",
                    "voice": "nova",
                    "response_format": "opus",
                    "background": {"type": "rain", "volume": 20},
                },
            ]
        }
    )

    model: Word = Field(examples=["tts-1"])
    input: str = Field(
        min_length=1,
        description="At most 4096 characters, unless the operator says otherwise",
        examples=["It's a rainy day."],
    )
    voice: Word | VoiceReference = Field(examples=["alloy"])
    response_format: SpeechFormat = "mp3"
    stream_format: Literal["audio", "sse"] = "audio"

    background: Background | None = None
    music: Music | None = None
    seed: Seed | None = None
    timestamps: bool = Field(
        default=False,
        description="Word times: in the last SSE event, else at X-Timestamps-Url. Offsets are code points",
    )
    captions: Literal["srt", "vtt"] | None = None
    loudness: float | None = Field(
        default=None, ge=-40, le=-5, description="LUFS; the first byte waits for the whole"
    )
    project: str | None = Field(
        default=None, min_length=1, max_length=200, description="Keep the audio, in this project"
    )

    @property
    def voice_name(self) -> str:
        return self.voice if isinstance(self.voice, str) else self.voice.id
