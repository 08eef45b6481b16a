"""Typed HTTP client for Mixdown, synchronous (`Mixdown`) and asynchronous (`AsyncMixdown`)."""

from mixdown_client.asynchronous import AsyncMixdown, AsyncSpeech
from mixdown_client.errors import MixdownError
from mixdown_client.jobs import Job, JobState, Progress
from mixdown_client.models import (
    BackendStatus,
    Captions,
    Components,
    DryRun,
    Generated,
    Health,
    Model,
    Offer,
    Plugin,
    PluginReport,
    Voice,
    Word,
)
from mixdown_client.options import Background, GenerateOptions, Music, Output, SpeechOptions
from mixdown_client.synchronous import Mixdown, Speech

__all__ = [
    "AsyncMixdown",
    "AsyncSpeech",
    "BackendStatus",
    "Background",
    "Captions",
    "Components",
    "DryRun",
    "GenerateOptions",
    "Generated",
    "Health",
    "Job",
    "JobState",
    "Mixdown",
    "MixdownError",
    "Model",
    "Music",
    "Offer",
    "Output",
    "Plugin",
    "PluginReport",
    "Progress",
    "Speech",
    "SpeechOptions",
    "Voice",
    "Word",
]
