"""``[plugins.stable-audio]`` and ``MIXDOWN_STABLE_AUDIO_…``."""

from __future__ import annotations

from typing import Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import SettingsConfigDict

from mixdown_kernel import PluginSettings
from mixdown_music.stable_audio.models import CFG_SCALE, MODELS, ModelName


class StableAudioSettings(PluginSettings):
    """Key, model, and how patient to be."""

    model_config = SettingsConfigDict(env_prefix="MIXDOWN_STABLE_AUDIO_")

    api_key: SecretStr | None = None
    """From platform.stability.ai. Without one the backend does not open."""
    model: ModelName = "stable-audio-2.5"
    base_url: str = Field(default="https://api.stability.ai", pattern=r"^https?://[^\s/?#@]+$")
    steps: int | None = Field(default=None, ge=1, le=1000)
    """Sampling steps; None is the API's own (50 for version 2, 8 for 2.5). More take longer."""
    cfg_scale: float | None = Field(default=None, ge=CFG_SCALE[0], le=CFG_SCALE[1])
    """How closely to follow the prompt; None is the API's own (7 for version 2, 1 for 2.5)."""
    timeout_seconds: float = Field(default=300.0, gt=0, le=3600)
    """For one piece, from the request to its last byte."""
    poll_seconds: float = Field(default=2.0, gt=0, le=60)
    """Between two questions after a piece of version 3."""
    concurrency: int = Field(default=2, ge=1, le=64)
    """Requests at the same time; more wait."""

    @model_validator(mode="after")
    def _steps_suit_the_model(self) -> Self:
        bounds = MODELS[self.model].steps
        if self.steps is None:
            return self
        if bounds is None:
            raise ValueError(f"{self.model} takes no steps")
        if not bounds[0] <= self.steps <= bounds[1]:
            raise ValueError(f"{self.model} takes {bounds[0]} to {bounds[1]} steps")
        return self
