"""What a backend of any role may offer besides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from pydantic import JsonValue

from mixdown_kernel.contracts.sources import Voice


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
