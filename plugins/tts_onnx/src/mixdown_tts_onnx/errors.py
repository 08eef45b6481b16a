"""How the engine half says what is wrong. It does not import the kernel, whose import would double its start."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class EngineError(Exception):
    """What a caller can read and act on; the parent half makes it a `mixdown_kernel.Problem` with the same members.

    Args:
        code: a stable word for programs, lower_snake_case (``corrupt_model``).
        message: one sentence for people. No path, no secret.
        kind: a value of `mixdown_kernel.Kind`: whose turn it is to act. ``unavailable`` lets another voice take over,
            ``invalid`` and ``not_found`` are the request's own fault, ``unsupported`` is what this model cannot do.
        field: the request's member at fault, dotted (``parameters.temperature``).
        allowed: what would have been right.
        hint: what to do next.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        kind: str = "unavailable",
        field: str | None = None,
        allowed: Sequence[Any] | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.code = code
        self.message = message
        self.field = field
        self.allowed = list(allowed) if allowed is not None else None
        self.hint = hint

    def members(self) -> dict[str, Any]:
        """As plain JSON."""
        return {
            "kind": self.kind,
            "code": self.code,
            "message": self.message,
            "field": self.field,
            "allowed": self.allowed,
            "hint": self.hint,
        }
