"""The one shape of failure. Each surface renders it in its own words; the kernel knows no status codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

from pydantic import JsonValue


class Kind(StrEnum):
    """What sort of failure it is, and by that whose turn it is to act."""

    INVALID = "invalid"
    NOT_FOUND = "not_found"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    CONFLICT = "conflict"
    TOO_LARGE = "too_large"
    UNSUPPORTED = "unsupported"
    RATE_LIMITED = "rate_limited"
    OVERLOADED = "overloaded"
    UNAVAILABLE = "unavailable"
    UPSTREAM = "upstream"
    TIMEOUT = "timeout"
    INTERNAL = "internal"


class Problem(Exception):
    """A failure that a caller can read and act on.

    Args:
        kind: what sort of failure it is.
        code: a stable word for programs, lower_snake_case (``unknown_voice``).
        message: one sentence for people: what was wrong. Never a secret, never a path of ours.
        field: the request's member at fault, dotted (``background.volume``).
        allowed: what would have been right: ``[low, high]`` for a range, the names for a choice.
        hint: what to do next.
        retry_after: seconds after which a second try may succeed.
        details: further members for programs.
    """

    def __init__(
        self,
        kind: Kind,
        code: str,
        message: str,
        *,
        field: str | None = None,
        allowed: Sequence[JsonValue] | None = None,
        hint: str | None = None,
        retry_after: float | None = None,
        details: Mapping[str, JsonValue] | None = None,
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.code = code
        self.message = message
        self.field = field
        self.allowed = list(allowed) if allowed is not None else None
        self.hint = hint
        self.retry_after = retry_after
        self.details = dict(details or {})

    def __repr__(self) -> str:
        return f"Problem({self.kind.value}, {self.code!r}, {self.message!r}, field={self.field!r})"


def invalid(
    code: str,
    message: str,
    *,
    field: str | None = None,
    allowed: Sequence[JsonValue] | None = None,
    hint: str | None = None,
) -> Problem:
    """The commonest problem: a request that cannot be meant as it stands."""
    return Problem(Kind.INVALID, code, message, field=field, allowed=allowed, hint=hint)
