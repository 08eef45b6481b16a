"""Problems that point at a place of the text."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import JsonValue

from mixdown_kernel import Kind, Problem


def mistake(
    code: str,
    message: str,
    text: str,
    offset: int,
    *,
    allowed: Sequence[JsonValue] | None = None,
    hint: str | None = None,
) -> Problem:
    """An ``invalid`` problem of the field ``text``; details hold ``offset`` (from 0), ``line`` and ``column`` (from 1)."""
    line = text.count("\n", 0, offset) + 1
    column = offset - text.rfind("\n", 0, offset)
    return Problem(
        Kind.INVALID,
        code,
        f"{message} (line {line}, column {column})",
        field="text",
        allowed=allowed,
        hint=hint,
        details={"offset": offset, "line": line, "column": column},
    )
