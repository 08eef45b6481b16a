"""What a job is, as everyone may see it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from pydantic import JsonValue

from mixdown_kernel import Kind, Problem

MAX_DOCUMENT = 8 * 1024 * 1024
"""Bytes of JSON that an input, a checkpoint or a result may take."""


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        return self not in {JobState.QUEUED, JobState.RUNNING}


@dataclass(frozen=True, slots=True)
class Progress:
    """``done`` of ``total`` in whatever unit the kind of job counts; ``total`` None while it is unknown."""

    done: float = 0
    total: float | None = None
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A snapshot. ``error`` holds the fields of the `Problem` that a failed job ended with; times are seconds
    since the epoch; ``owner`` is empty where nobody is told apart."""

    id: str
    kind: str
    owner: str
    state: JobState
    priority: int
    input: JsonValue
    progress: Progress
    result: JsonValue
    error: Mapping[str, JsonValue] | None
    attempts: int
    cancel_requested: bool
    created_at: float
    started_at: float | None
    updated_at: float
    finished_at: float | None = field(default=None)

    @classmethod
    def of(cls, row: Mapping[Any, Any]) -> Job:
        """From a row of the table, which has more columns than this."""
        members = {name: row[name] for name in cls.__slots__}
        return cls(**members | {"state": JobState(row["state"]), "progress": Progress(**row["progress"])})


def document(value: JsonValue, what: str) -> JsonValue:
    """The value as it comes back from the database.

    Raises `Problem` ``too_large``/``<what>_too_large``; TypeError or ValueError for what is not JSON.
    """
    text = json.dumps(value, allow_nan=False)
    if len(text) > MAX_DOCUMENT:
        raise Problem(
            Kind.TOO_LARGE,
            f"{what}_too_large",
            f"A job's {what} may take {MAX_DOCUMENT} bytes of JSON; this one takes {len(text)}.",
            hint="Split the work into several jobs.",
        )
    copy: JsonValue = json.loads(text)
    return copy


def problem_fields(problem: Problem) -> dict[str, JsonValue]:
    """A `Problem` as a document, absent fields left out."""
    fields: dict[str, JsonValue] = {
        "kind": problem.kind.value,
        "code": problem.code,
        "message": problem.message,
        "field": problem.field,
        "allowed": problem.allowed,
        "hint": problem.hint,
        "retry_after": problem.retry_after,
        "details": problem.details or None,
    }
    return {name: value for name, value in fields.items() if value is not None}
