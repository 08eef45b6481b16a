"""Roles: the kinds of backend there are.

A role is data. The road knows the built-in ones by name; a plugin adds one of its own by the hook ``roles``,
and from then on the kernel collects, configures, opens and closes its backends like any other's.
"""

from __future__ import annotations

from dataclasses import dataclass

from mixdown_kernel.contracts import (
    AmbientSource,
    ClipSource,
    Composer,
    Cost,
    DecodingBackend,
    EncodingBackend,
    ExecutionBackend,
    MixingBackend,
    Phonemizer,
    Separator,
    StorageBackend,
    Synthesizer,
    TextFrontEnd,
)
from mixdown_kernel.requests import (
    AmbientRequest,
    ClipRequest,
    MusicRequest,
    SeparationRequest,
    SourceRequest,
    SpeechRequest,
)


@dataclass(frozen=True, slots=True)
class Role:
    """A kind of backend. Its backends are offered by the hook ``<name>_backends``.

    ``request`` marks a *source* role: its backends have ``render(request) -> AsyncIterator[Chunk]``, and scenes
    may hold layers of it.
    """

    name: str
    protocol: type
    request: type[SourceRequest] | None = None
    cost: Cost = "medium"
    keep: bool = True
    """Rendered sources are worth storing (a clip lies on disk already)."""

    @property
    def hook(self) -> str:
        return f"{self.name}_backends"


ROLES: tuple[Role, ...] = (
    Role("text", TextFrontEnd),
    Role("phonemes", Phonemizer),
    Role("synthesis", Synthesizer, SpeechRequest),
    Role("music", Composer, MusicRequest),
    Role("ambient", AmbientSource, AmbientRequest, cost="light"),
    Role("clip", ClipSource, ClipRequest, cost="light", keep=False),
    Role("separation", Separator, SeparationRequest, cost="heavy"),
    Role("mixing", MixingBackend),
    Role("encoding", EncodingBackend),
    Role("decoding", DecodingBackend),
    Role("storage", StorageBackend),
    Role("execution", ExecutionBackend),
)
