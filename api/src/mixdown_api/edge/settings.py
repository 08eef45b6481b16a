"""What an operator may say about the API: ``[api]`` in ``mixdown.toml``, and the environment, which wins."""

from __future__ import annotations

import os
from enum import StrEnum
from typing import Annotated, Literal

from limits import parse
from pydantic import AfterValidator, AliasChoices, BeforeValidator, Field, IPvAnyNetwork, SecretStr
from pydantic_settings import NoDecode, SettingsConfigDict

from mixdown_kernel import PluginSettings


def _split(value: object) -> object:
    return [item.strip() for item in value.split(",") if item.strip()] if isinstance(value, str) else value


def _rate(value: str) -> str:
    if value != "off":
        parse(value)
    return value


def _none_if_empty(value: object) -> object:
    return None if value == "" else value


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
"""A TOML list, or one comma-separated string in the environment."""


class Mode(StrEnum):
    """PROD refuses to start without a key, and hides the documentation from those who have none."""

    DEV = "DEV"
    PROD = "PROD"


class ApiSettings(PluginSettings):
    """Every setting of the API. ``rate_limit`` of the settings is ``MIXDOWN_RATE_LIMIT`` of the environment."""

    model_config = SettingsConfigDict(env_prefix="MIXDOWN_", extra="forbid", hide_input_in_errors=True)

    public_url: str = Field(default="http://127.0.0.1:8000", pattern=r"^https?://[^/?#]+(/[^?#]*)?$")
    """Where clients reach us: the root of every URL that we give out. Never taken from a request."""
    database_url: str | None = Field(default=None, repr=False)
    """SQLAlchemy URL; None keeps state in SQLite below the data directory."""

    mode: Mode = Field(default=Mode.DEV, validation_alias=AliasChoices("mixdown_mode", "mode"))
    api_keys: Annotated[tuple[SecretStr, ...], NoDecode, BeforeValidator(_split)] = ()
    """Any of them opens every route; with none at all the API is open."""
    internal_api_key: Annotated[SecretStr | None, BeforeValidator(_none_if_empty)] = Field(
        default=None, validation_alias=AliasChoices("mixdown_internal_api_key", "internal_api_key")
    )
    """One more key, by the name that clients of the personalised-message surface know (``INTERNAL_API_KEY``)."""

    rate_limit: Annotated[str, AfterValidator(_rate)] = "100/minute"
    """Requests of one client address, in the notation of ``limits``; ``off`` for none."""
    trusted_proxies: Annotated[tuple[IPvAnyNetwork, ...], NoDecode, BeforeValidator(_split)] = ()
    """Whose ``X-Forwarded-For`` is believed. Empty believes nobody: the client is the socket's peer."""
    cors_origins: Words = ()

    max_body_bytes: int = Field(default=8 << 20, ge=1024)
    """Of a JSON body. 500,000 characters escaped by a client take 6 MB."""
    max_upload_bytes: int = Field(default=256 << 20, ge=1024)
    """Of any other body, read as a stream."""
    speech_max_characters: int = Field(default=4096, ge=1)
    scene_max_characters: int = Field(default=500_000, ge=1)

    render_slots: int = Field(default_factory=lambda: max(2, os.cpu_count() or 1), ge=1)
    render_queue: int = Field(default=32, ge=0)
    """How many renders may wait for a slot; one more is answered 503 at once."""
    render_queue_seconds: float = Field(default=30.0, gt=0)

    streams: int = Field(default=64, ge=0)
    """Live streams at the same time; one more is answered 503 at once."""
    stream_idle_seconds: float = Field(default=60.0, gt=0)
    """A stream in which nothing sounds and nobody says anything is closed after so long."""
    stream_patience_seconds: float = Field(default=10.0, gt=0)
    """A client that takes nothing for so long is cut off."""

    render_lifetime_seconds: float = Field(default=7 * 86_400, gt=0)
    """How long a render's URL works where keys are on; without keys it does not expire."""

    messages_voice_id: str | None = Field(default=None, min_length=1, max_length=255)
    """The voice of stems where a request names none; None is the first working backend's own."""
    messages_model_id: str | None = Field(default=None, min_length=1, max_length=255)
    """The voice backend, or its model, that stems are pinned to; None is the first working one that has the voice."""
    messages_stem_seconds: float = Field(default=30 * 86_400, gt=0)
    """How long a stem is kept."""
    gcs_mode: Annotated[Literal["local", "gcs"], BeforeValidator(_lower)] = Field(
        default="local", validation_alias=AliasChoices("mixdown_gcs_mode", "gcs_mode")
    )
    """``gcs`` uploads every stem and message when it is made, ``local`` those that a request says."""

    jobs_lease_seconds: float = Field(default=15.0, ge=2)
    """How long a job belongs to a process that gives no sign of life; one that lives gives one every second."""

    voice_sample_min_seconds: float = Field(default=10.0, gt=0, le=60)
    """Of a recording that a voice is cloned from."""
    voice_sample_max_seconds: float = Field(default=30.0, gt=0, le=90)

    fetch_max_bytes: int = Field(default=64 << 20, ge=1)
    fetch_seconds: float = Field(default=30.0, gt=0)
    fetch_ports: Annotated[tuple[int, ...], NoDecode, BeforeValidator(_split)] = (80, 443)
    fetch_allow_private: Words = ()
    """Host names, addresses or networks inside, from which audio may be fetched all the same."""

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["json", "console"] = "json"

    @property
    def keys(self) -> tuple[str, ...]:
        """Every key that opens the API, in clear."""
        keys = (*self.api_keys, *((self.internal_api_key,) if self.internal_api_key else ()))
        return tuple(key.get_secret_value() for key in keys)
