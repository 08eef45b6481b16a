"""Where sources are rendered."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Literal, Protocol

from mixdown_kernel.contracts.sources import Chunk
from mixdown_kernel.requests import SourceRequest

Cost = Literal["light", "medium", "heavy", "remote"]
"""What work takes of the machine that does it: hardly anything, a core for a while, all of it for long (a neural model);
or nothing but patience, because another machine does it."""


class Priority(IntEnum):
    """Lower goes first."""

    INTERACTIVE = 0
    STANDARD = 10
    BATCH = 20


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """Everything that decides how a source sounds, as plain data: it can be signed, sent and rendered anywhere."""

    role: str
    backend: str
    request: SourceRequest


@dataclass(frozen=True, slots=True)
class Work:
    """A source to render. Works with an equal key may be rendered once."""

    spec: SourceSpec
    key: str
    cost: Cost = "medium"
    priority: Priority = Priority.STANDARD


class ExecutionBackend(Protocol):
    """Role ``execution``: where sources are rendered."""

    def submit(self, work: Work) -> AsyncIterator[Chunk]:
        """The render's chunks as they are made. Closing the iterator cancels the work."""
        ...
