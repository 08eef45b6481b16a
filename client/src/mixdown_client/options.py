"""What a request may say, as it goes over the wire. The server checks ranges: it alone knows them."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

Format = Literal["mp3", "wav", "pcm", "flac", "opus", "aac"]
CaptionFormat = Literal["srt", "vtt"]


class Background(TypedDict, total=False):
    """A bed of ambience. ``volume`` and ``intensity`` are percent."""

    type: str
    volume: float
    loop: bool
    custom_audio_url: str
    intensity: float
    seed: int
    distance: float
    brightness: float
    duck: bool
    parameters: dict[str, Any]


class Music(TypedDict, total=False):
    """Music under the voice. ``bpm`` 60 to 200; ``volume`` and ``intensity`` are percent; ``key`` like ``C_minor``."""

    genre: str
    bpm: int
    intensity: float
    key: str
    volume: float
    seed: int
    duck: bool
    stems: bool
    midi: bool


class Output(TypedDict, total=False):
    """The file that is wanted. ``loudness`` in LUFS, ``tail_ms`` how long the beds outlast the voice."""

    format: Format
    separate_tracks: bool
    bitrate_kbps: int
    loudness: float
    captions: CaptionFormat
    tail_ms: int
    project: str


class GenerateOptions(TypedDict, total=False):
    """Members of ``POST /v1/audio/generate`` besides the text."""

    voice: str
    background: Background
    music: Music
    output: Output
    model: str
    language: str
    speed: float
    instructions: str
    normalize: dict[str, bool]
    lexicon: dict[str, str]
    seed: int
    reuse: bool


class SpeechOptions(TypedDict, total=False):
    """Members of ``POST /v1/audio/speech`` besides text and voice; ``format`` is its ``response_format``."""

    model: str
    format: Format
    speed: float
    instructions: str
    background: Background
    music: Music
    language: str
    seed: int
    normalize: dict[str, bool]
    lexicon: dict[str, str]
    timestamps: bool
    captions: CaptionFormat
    loudness: float
    project: str
