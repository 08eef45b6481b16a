"""What a request may say, as it goes over the wire. The server checks ranges: it alone knows them."""

from __future__ import annotations

from typing import Any, Literal, Required, TypedDict

Format = Literal["mp3", "wav", "pcm", "flac", "opus", "aac"]
CaptionFormat = Literal["srt", "vtt"]


LevelsName = Literal["voice_first", "balanced", "bed_first"]


class Ducking(TypedDict, total=False):
    """How a layer steps back while a voice speaks."""

    depth_db: float
    attack_ms: float
    release_ms: float


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
    duck: bool | Ducking
    fade_in: int
    fade_out: int
    parameters: dict[str, Any]


class Music(TypedDict, total=False):
    """Music under the voice. ``bpm`` 60 to 200; ``volume`` and ``intensity`` are percent; ``key`` like ``C_minor``."""

    genre: str
    bpm: int
    intensity: float
    key: str
    volume: float
    seed: int
    duck: bool | Ducking
    fade_in: int
    fade_out: int
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


class Reference(TypedDict, total=False):
    """A recording of somebody who shall be the voice, by URL (a render's is one), and what is said in it."""

    audio_url: Required[str]
    text: str


class VoiceOptions(TypedDict, total=False):
    """Members of ``POST /v1/voices`` besides recording and name. ``text`` is what is said in the recording; ``model`` a
    backend that clones."""

    text: str
    language: str
    model: str


class GenerateOptions(TypedDict, total=False):
    """Members of ``POST /v1/audio/generate`` besides the text. A ``preset`` (see `presets`) fills in what is left out."""

    preset: str
    levels: LevelsName
    voice: str
    background: Background | None
    music: Music | None
    output: Output
    model: str
    language: str
    speed: float
    instructions: str
    normalize: dict[str, bool]
    lexicon: dict[str, str]
    parameters: dict[str, Any]
    reference: Reference
    seed: int
    reuse: bool


class _Placed(TypedDict, total=False):
    """What all layers share. A start in milliseconds, or ``after`` another layer by its id; ``volume`` is percent,
    ``pan`` -100 (left) to 100."""

    id: str
    start_ms: int
    after: str
    gap_ms: int
    crossfade_ms: int
    duration_ms: int
    fade_in: int
    fade_out: int
    volume: float
    pan: float
    duck: bool | Ducking


class VoiceLayer(_Placed, total=False):
    """A text, spoken."""

    type: Required[Literal["voice"]]
    text: Required[str]
    voice: str
    model: str
    language: str
    speed: float
    instructions: str
    normalize: dict[str, bool]
    lexicon: dict[str, str]
    parameters: dict[str, Any]
    reference: Reference


class MusicLayer(_Placed, total=False):
    """A piece, as long as its ``duration_ms`` or as the scene."""

    type: Required[Literal["music"]]
    model: str
    genre: str
    bpm: int
    key: str
    intensity: float
    seed: int
    stems: bool
    midi: bool


class BackgroundLayer(_Placed, total=False):
    """A bed of ambience, or a loop of your own by its URL."""

    type: Required[Literal["background"]]
    kind: str
    audio_url: str
    loop: bool
    intensity: float
    distance: float
    brightness: float
    seed: int
    parameters: dict[str, Any]


class ClipLayer(_Placed, total=False):
    """Somebody's recording, by its URL."""

    type: Required[Literal["clip"]]
    audio_url: Required[str]
    loop: bool


class SilenceLayer(_Placed, total=False):
    """Nothing, for ``duration_ms``."""

    type: Required[Literal["silence"]]


Layer = VoiceLayer | MusicLayer | BackgroundLayer | ClipLayer | SilenceLayer


class LayersOptions(TypedDict, total=False):
    """Members of ``POST /v1/audio/layers`` besides the layers."""

    preset: str
    levels: LevelsName
    output: Output
    seed: int
    reuse: bool


class MusicParams(TypedDict, total=False):
    """What beats the prompt. ``bpm`` 60 to 200; ``key`` like ``C_minor``; ``intensity`` is percent."""

    genre: str
    bpm: int
    key: str
    intensity: float
    mood: str
    instruments: list[str]
    without: list[str]


class StartFrom(TypedDict, total=False):
    """Sound that a piece starts from, by its URL, where the backend can: varied by ``strength`` (0.01 to 1), or made anew
    from ``mask_start`` to ``mask_end``, in seconds."""

    audio_url: Required[str]
    strength: float
    mask_start: float
    mask_end: float


class MusicOptions(TypedDict, total=False):
    """Members of ``POST /v1/music/generate`` besides the prompt; ``duration_sec`` 1 to 3600, ``model`` pins a backend."""

    duration_sec: float
    params: MusicParams
    start_from: StartFrom
    model: str
    stems: bool
    midi: bool
    output: Output
    seed: int
    reuse: bool


class StemsOptions(TypedDict, total=False):
    """Members of ``POST /v1/music/stems`` besides the mixture; ``model`` pins a separation backend."""

    stems: list[str]
    model: str


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
    parameters: dict[str, Any]
    reference: Reference
    timestamps: bool
    captions: CaptionFormat
    loudness: float
    project: str
