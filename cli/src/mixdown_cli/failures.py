"""Failures as people read them: one line, and what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

SHOWN = 10
"""So many allowed values or faulty members are named."""


class Failure(click.ClickException):
    """Something went wrong on the way: exit status 1. (A command line that cannot be meant is click's, and 2.)"""

    exit_code = 1


def describe(error: Exception) -> str:
    """An error in a sentence."""
    from mixdown_client import MixdownError
    from mixdown_kernel import Problem

    match error:
        case Problem():
            hint = f" {error.hint}" if error.hint else ""
            return f"{error.message}{hint}{_where(error.field, error.allowed)}"
        case MixdownError():
            return (
                f"{error.message}{_advice(error.code)}{_where(error.field, error.allowed, error.request_id)}"
            )
        case OSError() if error.filename:
            return f"{error.filename}: {error.strerror}"
        case _ if type(error).__name__ == "MissingKeyError":
            return str(error)
    return f"{type(error).__name__}: {error}. `mixdown --debug …` shows where."


def members(error: Any) -> str:
    """A pydantic ValidationError: each member at fault, and what is wrong with it."""
    faults = error.errors(include_url=False, include_input=False, include_context=False)
    told = [f"{'.'.join(map(str, fault['loc'])) or 'it'}: {fault['msg']}" for fault in faults[:SHOWN]]
    more = [f"and {len(faults) - SHOWN} more"] if len(faults) > SHOWN else []
    return "; ".join(told + more)


def _advice(code: str) -> str:
    match code:
        case "connection_failed":
            return " `mixdown serve` starts a server; without --server none is needed."
        case "job_failed" | "internal_error":
            return " Without a server, `mixdown --debug …` shows the log."
    return ""


def _where(field: str | None, allowed: Sequence[Any] | None, request_id: str | None = None) -> str:
    parts = [f"in {field}"] if field else []
    if allowed:
        shown = ", ".join(str(value) for value in allowed[:SHOWN])
        parts.append(f"allowed: {shown}{', …' if len(allowed) > SHOWN else ''}")
    if request_id:
        parts.append(f"request {request_id}")
    return f" ({'; '.join(parts)})" if parts else ""
