"""Mixdown's kernel: contracts, plugins, scenes, and the road from text to mixed audio."""

from mixdown_kernel.audio import Audio, Samples, to_frames, to_ms, with_channels
from mixdown_kernel.backends import Backend, Context, PluginSettings, SynthesisBackend
from mixdown_kernel.contracts import (
    AmbientSource,
    Bucket,
    ChecksRequests,
    Chunk,
    ClipSource,
    Clone,
    ClonesVoices,
    Composer,
    Cost,
    Costly,
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
    ImitatesVoices,
    Layered,
    Limiter,
    Meter,
    MixBlock,
    Mixer,
    MixingBackend,
    Notated,
    Notation,
    PhonemeClause,
    Phonemizer,
    Priority,
    ReadsPrompts,
    ReportsHealth,
    Resampler,
    ResolvesVoices,
    Separator,
    SourceSpec,
    StorageBackend,
    StoredObject,
    Synthesizer,
    TextFrontEnd,
    TextRequest,
    Track,
    Voice,
    VoiceSample,
    Word,
    Work,
)
from mixdown_kernel.hooks import API_VERSION, GROUP, HookSpecs, hookimpl, hookspec
from mixdown_kernel.kernel import Kernel
from mixdown_kernel.live import Live, LiveEvent
from mixdown_kernel.performance import Performance
from mixdown_kernel.plan import Plan
from mixdown_kernel.problems import Kind, Problem, invalid
from mixdown_kernel.receipts import LoudnessReceipt, Notice, Receipt, SourceReceipt
from mixdown_kernel.requests import (
    AmbientRequest,
    ClipRequest,
    MusicRequest,
    Pronunciation,
    SeparationRequest,
    SequencePart,
    SequenceRequest,
    SourceRequest,
    SpeechRequest,
)
from mixdown_kernel.roles import ROLES, Role
from mixdown_kernel.scene import Ducking, Layer, Master, Scene, SourceLayer, VoiceLayer
from mixdown_kernel.script import Mark, Pause, Script, Span, Utterance
from mixdown_kernel.settings import KernelConfig, read_config
from mixdown_kernel.timeline import TimedUtterance, TimedWord, Timeline

__all__ = [
    "API_VERSION", "GROUP", "ROLES", "AmbientRequest", "AmbientSource", "Audio", "Backend", "Bucket", "ChecksRequests", "Chunk",
    "ClipRequest", "ClipSource", "Clone", "ClonesVoices", "Composer", "Context", "Cost", "Costly", "DecodeLimits", "DecodingBackend", "Duck",
    "Ducking", "Encoder", "Encoding", "EncodingBackend", "Ending", "ExecutionBackend", "Fingerprinted", "Format",
    "Health", "HookSpecs", "ImitatesVoices", "Kernel", "KernelConfig", "Kind", "Layer", "Layered", "Limiter", "Live", "LiveEvent", "LoudnessReceipt", "Mark", "Master", "Meter", "MixBlock",
    "Mixer", "MixingBackend", "MusicRequest", "Notated", "Notation", "Notice", "Pause", "Performance", "PhonemeClause", "Phonemizer", "Plan",
    "PluginSettings", "Priority", "Problem", "Pronunciation", "ReadsPrompts", "Receipt", "ReportsHealth", "Resampler", "ResolvesVoices", "Role", "Samples",
    "Scene", "Script", "SeparationRequest", "Separator", "SequencePart", "SequenceRequest", "SourceLayer", "SourceReceipt", "SourceRequest", "SourceSpec", "Span", "SpeechRequest",
    "StorageBackend", "StoredObject", "SynthesisBackend", "Synthesizer", "TextFrontEnd", "TextRequest", "TimedUtterance", "TimedWord", "Timeline", "Track",
    "Utterance", "Voice", "VoiceLayer", "VoiceSample", "Word", "Work", "hookimpl", "hookspec", "invalid", "read_config", "to_frames", "to_ms",
    "with_channels",
]  # fmt: skip
