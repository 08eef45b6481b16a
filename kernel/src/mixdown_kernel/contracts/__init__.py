"""The protocols that backends meet, and what passes between them and the road. One file a matter."""

from mixdown_kernel.contracts.encoding import (
    DecodeLimits,
    DecodingBackend,
    Encoder,
    Encoding,
    EncodingBackend,
    Ending,
    Format,
)
from mixdown_kernel.contracts.execution import (
    Cost,
    ExecutionBackend,
    Priority,
    SourceSpec,
    Work,
)
from mixdown_kernel.contracts.mixing import (
    Duck,
    Limiter,
    Meter,
    MixBlock,
    Mixer,
    MixingBackend,
    Resampler,
    Track,
)
from mixdown_kernel.contracts.optional import (
    ChecksRequests,
    Fingerprinted,
    Health,
    Layered,
    Notated,
    Notation,
    ReportsHealth,
    ResolvesVoices,
)
from mixdown_kernel.contracts.separation import Separator
from mixdown_kernel.contracts.sources import (
    AmbientSource,
    Chunk,
    ClipSource,
    Composer,
    Synthesizer,
    Voice,
    Word,
)
from mixdown_kernel.contracts.storage import (
    StorageBackend,
    StoredObject,
)
from mixdown_kernel.contracts.text import (
    PhonemeClause,
    Phonemizer,
    TextFrontEnd,
    TextRequest,
)

__all__ = [
    "AmbientSource",
    "ChecksRequests",
    "Chunk",
    "ClipSource",
    "Composer",
    "Cost",
    "DecodeLimits",
    "DecodingBackend",
    "Duck",
    "Encoder",
    "Encoding",
    "EncodingBackend",
    "Ending",
    "ExecutionBackend",
    "Fingerprinted",
    "Format",
    "Health",
    "Layered",
    "Limiter",
    "Meter",
    "MixBlock",
    "Mixer",
    "MixingBackend",
    "Notated",
    "Notation",
    "PhonemeClause",
    "Phonemizer",
    "Priority",
    "ReportsHealth",
    "Resampler",
    "ResolvesVoices",
    "Separator",
    "SourceSpec",
    "StorageBackend",
    "StoredObject",
    "Synthesizer",
    "TextFrontEnd",
    "TextRequest",
    "Track",
    "Voice",
    "Word",
    "Work",
]
