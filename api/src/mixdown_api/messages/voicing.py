"""Who speaks a stem, and how: the scene of one voice that it is, and the signature under which it is found again.

Source: contracts/hybrid-audio.md, "Contract signature".
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from mixdown_kernel import (
    Encoding,
    Fingerprinted,
    Kernel,
    Master,
    Plan,
    Problem,
    Scene,
    VoiceLayer,
)
from mixdown_kernel.lifecycle import RunningBackend
from mixdown_kernel.voices import VoiceChoice

log = logging.getLogger("mixdown.messages")

RATE = 48_000
CHANNELS: Literal[1] = 1
WAV = Encoding(format="wav")
CONTAINER, SAMPLE_ENCODING = "wav", "pcm_s16le"
LAYER = "stem"
SEED = 0
"""A stem has no moods: a backend that draws lots draws the same one for equal words."""


class GenerationConfig(BaseModel):
    """How a text is spoken; ranges are those of Sonic-3 (contracts/platform.md)."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, strict=True)

    speed: float = Field(default=1.0, ge=0.6, le=1.5)
    volume: float = Field(default=1.0, ge=0.5, le=2.0)
    emotion: str | None = Field(default=None, min_length=1, max_length=64)


@dataclass(frozen=True, slots=True)
class Voicing:
    """``voice_id`` None is the voice that is configured; ``model_id`` a backend, or the model that one speaks with,
    None the first backend that has the voice."""

    voice_id: str | None = None
    model_id: str | None = None
    config: GenerationConfig = field(default_factory=GenerationConfig)


@dataclass(frozen=True, slots=True)
class VoicedText:
    """A text that is ready to be spoken, and what it is signed with."""

    text: str
    plan: Plan
    signature: str
    voice: str
    """The backend's own id; empty for its default voice."""
    config: GenerationConfig

    @property
    def running(self) -> RunningBackend:
        return self.plan.voices[0].backends[0]

    async def voice_id(self) -> str:
        """The voice by name, the default one too."""
        return self.voice or await _default_voice(self.running) or self.running.name

    @property
    def model_id(self) -> str:
        return behind(self.running).get("model", self.running.name)

    @property
    def cartesia_version(self) -> str | None:
        """Where that is what is spoken to."""
        return behind(self.running).get("cartesia_version")


def behind(running: RunningBackend) -> dict[str, str]:
    """What a backend says of the service behind it, where its fingerprint is an object."""
    try:
        told = (
            json.loads(running.instance.fingerprint()) if isinstance(running.instance, Fingerprinted) else {}
        )
    except ValueError:
        return {}
    return (
        {name: value for name, value in told.items() if isinstance(value, str)}
        if isinstance(told, dict)
        else {}
    )


async def voiced(kernel: Kernel, text: str, voicing: Voicing) -> VoicedText:
    """Check and sign a text. Raises `Problem`: ``unknown_voice`` (``voice_id``), ``unknown_backend``, and what the
    voice cannot speak."""
    await kernel.ready()
    chosen = await _speaker(kernel, voicing)
    # The default voice by its name is the default voice; without one, nothing needs to be listed.
    named = chosen.voice and chosen.voice != await _default_voice(chosen.running)
    voice = chosen.voice if named else ""
    plan = await _plan(kernel, text, voice, chosen.running.name, voicing.config)
    signature = kernel.file_signature(kernel.mix_signature(plan), WAV)
    return VoicedText(text, plan, signature, voice, voicing.config)


async def _speaker(kernel: Kernel, voicing: Voicing) -> VoiceChoice:
    """One backend: a stem never falls back to another, or names would be spoken by two voices."""
    able = [running for running in kernel.backends.of("synthesis") if running.state == "open"]
    if voicing.model_id is not None:
        able = [one for one in able if behind(one).get("model") == voicing.model_id] or [
            kernel.backends.named("synthesis", voicing.model_id)
        ]
    try:
        return (await kernel.voices.resolve(voicing.voice_id, able))[0]
    except Problem as problem:
        problem.field = "voice_id"
        raise


async def _default_voice(running: RunningBackend) -> str:
    """What the backend calls it; empty where it does not say."""
    try:
        listed = await running.instance.voices()
    except Exception as error:
        log.warning("backend %s did not list its voices: %s", running.name, type(error).__name__)
        return ""
    return str(listed[0].id) if listed else ""


async def _plan(kernel: Kernel, text: str, voice: str, backend: str, config: GenerationConfig) -> Plan:
    """Volume and emotion are the backend's own where it has them; else a gain and an instruction."""
    own = {"volume": config.volume if config.volume != 1 else None, "emotion": config.emotion}
    parameters = {name: value for name, value in own.items() if value is not None}
    if parameters:
        try:
            return await kernel.plan(_scene(text, voice, backend, config, parameters=parameters))
        except Problem as problem:
            if not (problem.field or "").startswith("parameters"):
                raise
    return await kernel.plan(
        _scene(text, voice, backend, config, effort=config.volume, instructions=config.emotion)
    )


def _scene(text: str, voice: str, backend: str, config: GenerationConfig, **members: Any) -> Scene:
    layer = VoiceLayer(
        id=LAYER,
        text=text,
        markup="plain",
        voice=voice or None,
        backend=backend,
        speed=config.speed,
        **members,
    )
    return Scene(layers=(layer,), rate=RATE, channels=CHANNELS, master=Master(mode="none"), seed=SEED)
