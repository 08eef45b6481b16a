"""How a plugin describes a backend, and what the backend is given when it is opened."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from mixdown_kernel.contracts import Chunk, SourceSpec, Synthesizer

B_co = TypeVar("B_co", covariant=True)


class PluginSettings(BaseSettings):
    """Base of a backend's typed settings. The environment beats the configuration file, which beats defaults;
    unknown keys are refused."""

    model_config = SettingsConfigDict(extra="forbid", hide_input_in_errors=True)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        # pydantic-settings puts keyword arguments first; ours carry the configuration file's section.
        return env_settings, file_secret_settings, init_settings


class Logger(Protocol):
    """The part of a standard logger that backends use."""

    def debug(self, msg: str, *args: object) -> None: ...
    def info(self, msg: str, *args: object) -> None: ...
    def warning(self, msg: str, *args: object) -> None: ...
    def error(self, msg: str, *args: object) -> None: ...


@dataclass(frozen=True, slots=True)
class Context:
    """What a backend may use of its surroundings.

    ``data_dir`` is the backend's own folder (it exists); ``assets_dir`` the shared, read-only one of decoded
    clips; ``threads`` how many threads its engine may take. ``backend(role)`` waits for and returns the first
    working backend of another role, `Problem` ``unavailable`` where there is none. ``render`` renders a source
    in this process: what an executor calls.
    """

    data_dir: Path
    assets_dir: Path
    threads: int
    logger: Logger
    backend: Callable[[str], Awaitable[Any]]
    render: Callable[[SourceSpec], AsyncIterator[Chunk]]


@dataclass(frozen=True, kw_only=True)
class Backend(Generic[B_co]):
    """What a plugin offers: cheap to build, opened only when it is used.

    ``open(settings, context)`` returns an async context manager yielding an object that meets the role's
    protocol. Heavy imports belong inside it. It runs on the event loop, so what blocks goes to a thread.

    Attributes:
        name: unique within its role; what ``[backends]`` and the API's ``model`` name.
        settings: the type of its section, ``[plugins.<name>]`` and ``MIXDOWN_<NAME>_…``.
        preference: order among the backends of a role that nobody configured, highest first;
            None for a backend that is used only when configured by name (it needs a key, or costs money).
        aliases: other names by which a request may ask for this backend.
        deterministic: equal specifications give equal bits, in any process.
        seeded: the request's seed changes the sound.
        uses: the roles that it asks while it renders (`Context.backend`). Who answers there is part of its signatures.
        description: one line for people.
    """

    name: str
    open: Callable[[Any, Context], AbstractAsyncContextManager[B_co]]
    settings: type[PluginSettings] = PluginSettings
    preference: int | None = 0
    aliases: tuple[str, ...] = ()
    deterministic: bool = True
    seeded: bool = False
    uses: tuple[str, ...] = ()
    description: str = ""


@dataclass(frozen=True, kw_only=True)
class SynthesisBackend(Backend[Synthesizer]):
    """A `Backend` of the role ``synthesis``.

    Attributes:
        streaming: chunks arrive before the utterance is complete, so the road passes them on at once. A backend
            that is fast or makes whole utterances leaves it False: the road then checks each utterance's length
            before a listener hears it, and tries a truncated one again.
        speed_range: what ``SpeechRequest.speed`` may be; the road stretches the rest of the way.
        pitch_range: what ``SpeechRequest.pitch`` may be, in semitones; the road shifts the rest of the way.
        honours: which of ``pitch``, ``volume``, ``instructions``, ``phonemes`` have an effect. The road makes up for
            pitch and volume; what is asked of the others in vain is reported.
        paid: every render is charged for, so the road asks once and takes what comes. The backend itself asks again
            where it knows that nothing was charged.
    """

    streaming: bool = False
    speed_range: tuple[float, float] = (1.0, 1.0)
    pitch_range: tuple[float, float] = (-24.0, 24.0)
    honours: frozenset[str] = frozenset()
    paid: bool = False
