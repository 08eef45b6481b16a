"""Mixdown's kernel: contracts, plugins, scenes, and the road from text to mixed audio."""

from mixdown_kernel.audio import Audio, Samples, to_frames, to_ms, with_channels
from mixdown_kernel.backends import Backend, Context, PluginSettings, SynthesisBackend
from mixdown_kernel.hooks import API_VERSION, GROUP, HookSpecs, hookimpl, hookspec
from mixdown_kernel.problems import Kind, Problem, invalid
from mixdown_kernel.receipts import LoudnessReceipt, Notice, Receipt, SourceReceipt
from mixdown_kernel.requests import AmbientRequest, ClipRequest, MusicRequest, SourceRequest, SpeechRequest
from mixdown_kernel.roles import (
    ROLES,
    AmbientSource,
    Chunk,
    ClipSource,
    Composer,
    Cost,
    DecodeLimits,
    DecodingBackend,
    Duck,
    Encoder,
    Encoding,
    EncodingBackend,
    Ending,
    ExecutionBackend,
    Fingerprinted,
    Format,
    Health,
    Limiter,
    Meter,
    MixBlock,
    Mixer,
    MixingBackend,
    PhonemeClause,
    Phonemizer,
    Priority,
    ReportsHealth,
    Resampler,
    Role,
    SourceSpec,
    StorageBackend,
    StoredObject,
    Synthesizer,
    TextFrontEnd,
    TextRequest,
    Track,
    Voice,
    Word,
    Work,
)
from mixdown_kernel.scene import Ducking, Layer, Master, Scene, SourceLayer, VoiceLayer
from mixdown_kernel.script import Mark, Pause, Script, Span, Utterance

__all__ = [
    "API_VERSION", "GROUP", "ROLES", "AmbientRequest", "AmbientSource", "Audio", "Backend", "Chunk",
    "ClipRequest", "ClipSource", "Composer", "Context", "Cost", "DecodeLimits", "DecodingBackend", "Duck",
    "Ducking", "Encoder", "Encoding", "EncodingBackend", "Ending", "ExecutionBackend", "Fingerprinted", "Format",
    "Health", "HookSpecs", "Kind", "Layer", "Limiter", "LoudnessReceipt", "Mark", "Master", "Meter", "MixBlock",
    "Mixer", "MixingBackend", "MusicRequest", "Notice", "Pause", "PhonemeClause", "Phonemizer",
    "PluginSettings", "Priority", "Problem", "Receipt", "ReportsHealth", "Resampler", "Role", "Samples",
    "Scene", "Script", "SourceLayer", "SourceReceipt", "SourceRequest", "SourceSpec", "Span", "SpeechRequest",
    "StorageBackend", "StoredObject", "SynthesisBackend", "Synthesizer", "TextFrontEnd", "TextRequest", "Track",
    "Utterance", "Voice", "VoiceLayer", "Word", "Work", "hookimpl", "hookspec", "invalid", "to_frames", "to_ms",
    "with_channels",
]  # fmt: skip
