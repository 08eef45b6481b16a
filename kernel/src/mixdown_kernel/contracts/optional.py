"""What a backend of any role may offer besides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from pydantic import JsonValue

from mixdown_kernel.contracts.execution import Cost
from mixdown_kernel.contracts.sources import Voice
from mixdown_kernel.requests import SourceRequest


@dataclass(frozen=True, slots=True)
class Health:
    ok: bool
    detail: str = ""
    figures: Mapping[str, JsonValue] = field(default_factory=dict)


@runtime_checkable
class ReportsHealth(Protocol):
    """A backend of any role may say how it is."""

    async def health(self) -> Health: ...


@runtime_checkable
class Fingerprinted(Protocol):
    """A backend of any role whose sound depends on more than its plugin's version: model files, fonts, settings."""

    def fingerprint(self) -> str: ...


@runtime_checkable
class ChecksRequests(Protocol):
    """A backend of a source role that knows what it cannot render before it tries: an unknown genre, a bad key."""

    def check(self, request: Any) -> None:
        """Raise the `Problem` that rendering would raise. Quick: called for every plan."""
        ...


@runtime_checkable
class ResolvesVoices(Protocol):
    """A synthesis backend whose voices are more than it lists: variants, blends."""

    def resolve_voice(self, name: str) -> Voice | None:
        """The voice that ``name`` means, or None. Quick: called for every request that names such a voice."""
        ...


@dataclass(frozen=True, slots=True)
class VoiceSample:
    """Somebody's speech, to be spoken with their voice."""

    asset: str
    """``asset:<sha256>``: decoded, one speaker."""
    text: str = ""
    """What is said in it; empty where nobody wrote it down."""
    language: str | None = None
    """BCP 47."""


@dataclass(frozen=True, slots=True)
class Clone:
    """How a backend is asked to speak as in a sample: members of its `SpeechRequest`, which say all that the sound
    depends on."""

    voice: str = ""
    parameters: Mapping[str, JsonValue] = field(default_factory=dict)


@runtime_checkable
class ImitatesVoices(Protocol):
    """A synthesis backend that speaks in the voice of a sample that comes with the request."""

    def imitation(self, sample: VoiceSample) -> Clone:
        """Quick, and nothing is made of it: called for every request with a sample, which may not have been fetched
        yet. `Problem` for a sample that cannot do (``text`` is missing), and where this backend cannot imitate now."""
        ...


@runtime_checkable
class ClonesVoices(Protocol):
    """A synthesis backend that has to be shown a sample once, and keeps what it makes of it: an account's own voices."""

    async def clone(self, sample: VoiceSample, name: str) -> Clone:
        """Make a voice. `Problem` where none was made."""
        ...

    async def forget(self, clone: Clone) -> None:
        """Delete it, with everything that was kept of its sample. One that has gone already is no error."""
        ...


@runtime_checkable
class ReadsPrompts(Protocol):
    """A backend of a source role that is asked in words, too, and can say what it makes of them."""

    def reading(self, request: Any) -> Mapping[str, JsonValue]:
        """What ``render`` of the request plays, by the names of the request's members, and ``ignored``, what of its
        words has no effect. Quick, and only for requests that were checked."""
        ...


@runtime_checkable
class Costly(Protocol):
    """A backend of a source role that takes more or less of the machine than its role does, always or for some
    requests: by their duration and its steps."""

    def cost(self, request: Any) -> Cost:
        """What rendering takes. Quick: asked for every source that is not stored."""
        ...


@runtime_checkable
class Layered(Protocol):
    """A backend of a source role whose loops are sums of several cycles of different lengths, so that a bed longer
    than any of them does not audibly repeat."""

    def cycles(self, request: Any) -> Sequence[SourceRequest]:
        """The requests whose renders, each repeated by itself, sum to what ``request`` means in a layer that loops;
        their lengths have no common measure. ``render(request)`` remains one cycle that is complete by itself.
        Quick, and only for requests that were checked."""
        ...


@dataclass(frozen=True, slots=True)
class Notation:
    """A piece as written."""

    bpm: float
    """Quarter notes a minute, as it begins."""
    key: str
    """``C_minor``, ``F#_major``."""
    midi: bytes
    """A Standard MIDI File."""


@runtime_checkable
class Notated(Protocol):
    """A music backend that knows the notes it plays."""

    def notation(self, request: Any) -> Notation:
        """What ``render`` of the request plays. Synchronous and pure; called off the event loop."""
        ...
