"""What the server answers. Members that a newer server adds are kept and do no harm."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from mixdown_client.options import CaptionFormat


class Answer(BaseModel):
    """Base of every answer."""

    model_config = ConfigDict(frozen=True, extra="allow", protected_namespaces=())


class Voice(Answer):
    id: str
    name: str
    backend: str
    language: str | None = None
    gender: str | None = None
    aliases: list[str] = Field(default_factory=list)
    tags: list[str] = Field(default_factory=list)
    stands_for: str | None = None
    """For one of OpenAI's names: the voice that answers to it here."""


class ClonedVoice(Answer):
    """A voice that was made of a recording; ``quality`` is what was measured of that."""

    id: str
    name: str
    backend: str
    language: str
    text: str = ""
    tags: list[str] = Field(default_factory=list)
    created_at: int
    duration_ms: int
    quality: dict[str, float] = Field(default_factory=dict)


class Model(Answer):
    id: str
    owned_by: str = ""


class Word(Answer):
    """A spoken word: milliseconds in the audio, characters ``start`` to ``end`` of the text."""

    text: str
    start_ms: int
    end_ms: int
    start: int
    end: int


class VoiceComponent(Answer):
    url: str | None = None
    timestamps: list[tuple[int, int]]
    """One ``(start_ms, end_ms)`` per utterance."""
    words: list[Word]
    marks: list[dict[str, Any]] = Field(default_factory=list)


class BackgroundComponent(Answer):
    url: str | None = None
    type: str


class MusicComponent(Answer):
    url: str | None = None
    genre: str
    bpm: int | None = None
    key: str | None = None
    seed: int | None = None
    stems: dict[str, str] | None = None
    midi_url: str | None = None


class Components(Answer):
    """What the mix is made of; a ``url`` only where separate tracks were asked for."""

    voice: VoiceComponent
    background: BackgroundComponent | None = None
    music: MusicComponent | None = None


class Captions(Answer):
    format: CaptionFormat
    url: str
    text: str


class Generated(Answer):
    """A finished, kept render."""

    audio_url: str
    duration_ms: int
    components: Components
    captions: Captions | None = None
    cached: bool = False
    notices: list[dict[str, Any]] = Field(default_factory=list)
    receipt: dict[str, Any]


class LayerComponent(Answer):
    """A layer as it was heard; a ``url`` only where separate tracks were asked for."""

    type: str
    url: str | None = None
    start_ms: int
    end_ms: int
    timestamps: list[tuple[int, int]] | None = None
    words: list[Word] | None = None
    marks: list[dict[str, Any]] | None = None
    genre: str | None = None
    bpm: int | None = None
    key: str | None = None
    seed: int | None = None
    stems: dict[str, str] | None = None
    midi_url: str | None = None
    kind: str | None = None


class Layered(Answer):
    """A finished, kept render of layers; ``components`` by their ids."""

    audio_url: str
    duration_ms: int
    components: dict[str, LayerComponent]
    captions: Captions | None = None
    cached: bool = False
    notices: list[dict[str, Any]] = Field(default_factory=list)
    receipt: dict[str, Any]


class Piece(Answer):
    """A finished, kept piece of music. ``reading`` says how its prompt was read; ``seed`` gives it again."""

    audio_url: str
    duration_ms: int
    genre: str | None = None
    bpm: int | None = None
    key: str | None = None
    seed: int | None = None
    reading: dict[str, Any] | None = None
    stems: dict[str, str] | None = None
    midi_url: str | None = None
    cached: bool = False
    notices: list[dict[str, Any]] = Field(default_factory=list)
    receipt: dict[str, Any]


class Stems(Answer):
    """A mixture apart: a URL for each stem. ``method`` is ``exact`` where it was composed there, else who separated."""

    stems: dict[str, str]
    duration_ms: int
    method: str
    cached: bool = False
    notices: list[dict[str, Any]] = Field(default_factory=list)
    receipt: dict[str, Any]


class Preset(Answer):
    """``members`` of voice, background, music and output that it fills in."""

    name: str
    description: str
    levels: str
    members: dict[str, Any]


class Levels(Answer):
    name: str
    members: dict[str, Any]


class Presets(Answer):
    """Presets, and the levels that they and requests may name."""

    presets: list[Preset]
    levels: list[Levels]


class DryRun(Answer):
    """What a request would make. ``scene`` is what ``mixdown render`` takes."""

    estimated_duration_ms: int
    seed: int
    cached: bool
    layers: list[dict[str, Any]]
    scene: dict[str, Any]


class Offer(Answer):
    role: str
    backend: str


class Plugin(Answer):
    """An installed plugin; ``stage`` and ``error`` say where and why one failed."""

    name: str
    distribution: str
    version: str
    editable: bool
    state: str
    stage: str = ""
    error: str = ""
    offers: list[Offer] = Field(default_factory=list)


class BackendStatus(Answer):
    role: str
    name: str
    plugin: str
    state: str
    stage: str = ""
    error: str = ""


class PluginReport(Answer):
    plugins: list[Plugin]
    backends: list[BackendStatus]


class Health(Answer):
    """``status`` is ``ok`` or ``degraded``."""

    status: str
    version: str
    ready: bool
    uptime_seconds: float
    backends: list[dict[str, Any]]
    missing_backends: list[str]
    broken_plugins: list[dict[str, Any]]
    models_loaded: list[str]
    admission: dict[str, Any]
