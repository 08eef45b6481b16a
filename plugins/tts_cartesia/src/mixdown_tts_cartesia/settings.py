"""``[plugins.sonic-3]`` and ``MIXDOWN_SONIC_3_…``."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, AliasChoices, Field, SecretStr
from pydantic_settings import SettingsConfigDict

from mixdown_kernel import PluginSettings
from mixdown_tts_cartesia.limits import BUFFER_DELAY_MS, SPEED, VOLUME, Encoding, SampleRate, Transport
from mixdown_tts_cartesia.versions import DEFAULT_VERSION, Version

UUID = r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"
ID = r"^[A-Za-z0-9_-]{1,128}$"


def _known_as(own: str, original: str) -> AliasChoices:
    """Our own variable, and the one that the original of the personalised-message surface reads."""
    return AliasChoices(f"mixdown_sonic_3_{own}", original)


def _printable(key: SecretStr) -> SecretStr:
    """A header cannot hold anything else, and libraries complain by repeating it."""
    found = key.get_secret_value().strip()
    if not all("!" <= character <= "~" for character in found):
        raise ValueError("a key has printable ASCII characters only")
    return SecretStr(found)


class SonicSettings(PluginSettings):
    """Key, voice, sound, and how patient to be."""

    model_config = SettingsConfigDict(env_prefix="MIXDOWN_SONIC_3_", populate_by_name=True)

    api_key: Annotated[SecretStr, AfterValidator(_printable)] | None = Field(
        default=None, validation_alias=_known_as("api_key", "cartesia_api_key"), repr=False
    )
    """From play.cartesia.ai. Without one the backend does not open."""
    voice: str = Field(
        default="6ccbfb76-1fc6-48f7-b71d-91ac6298247b",
        pattern=UUID,
        validation_alias=_known_as("voice", "voice_id"),
    )
    """The default voice; ours is the one of the official SDK."""
    model: str = Field(
        default="sonic-3",
        pattern=r"^sonic-3(-\d{4}-\d{2}-\d{2})?$",
        validation_alias=_known_as("model", "model_id"),
    )
    """A snapshot (``sonic-3-2026-01-12``) stays as it is. Other generations take no generation_config: they would
    not do what the descriptor of this backend says."""
    cartesia_version: Version = DEFAULT_VERSION
    transport: Transport = "websocket"
    encoding: Encoding = "pcm_s16le"
    sample_rate: SampleRate = 48000
    speed: float = Field(default=1.0, ge=SPEED[0], le=SPEED[1])
    """The pace that a request's speed multiplies."""
    volume: float | None = Field(default=None, ge=VOLUME[0], le=VOLUME[1])
    """How loudly Sonic speaks; None is its own."""
    emotion: str | None = Field(default=None, min_length=1, max_length=64)
    """Of requests that name none."""
    pronunciation_dicts: tuple[Annotated[str, Field(pattern=ID)], ...] = ()
    """Ids of pronunciation dictionaries that requests may name; the first is used where one names none."""
    max_buffer_delay_ms: int | None = Field(default=None, ge=BUFFER_DELAY_MS[0], le=BUFFER_DELAY_MS[1])
    """How long Sonic may wait for more of a text that is sent in parts; None is its own."""
    continuation_chars: int = Field(default=500, ge=20, le=5000)
    """A longer utterance goes over a socket in parts, as continuations of one context."""
    concurrency: int = Field(default=2, ge=1, le=512)
    """Utterances at the same time, by the account's plan (2, 3, 5, 15); more wait."""
    timeout_seconds: float = Field(default=30.0, gt=0, le=600)
    """For the first sound, and from one piece of it to the next."""
    retries: int = Field(default=3, ge=0, le=10)
    """Further tries of what certainly was not rendered: a refused connection, too many at once."""
    base_url: str = Field(default="https://api.cartesia.ai", pattern=r"^https?://[^\s?#@]+[^\s?#@/]$")
