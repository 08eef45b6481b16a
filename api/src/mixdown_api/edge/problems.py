"""One shape of failure inside, four outside: which one is a matter of the path (docs/http.md)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from pydantic import JsonValue
from starlette.responses import JSONResponse
from starlette.types import Scope

from mixdown_kernel import Kind, Problem

STATUS: Mapping[Kind, int] = {
    Kind.INVALID: 400,
    Kind.UNAUTHENTICATED: 401,
    Kind.FORBIDDEN: 403,
    Kind.NOT_FOUND: 404,
    Kind.CONFLICT: 409,
    Kind.TOO_LARGE: 413,
    Kind.UNSUPPORTED: 422,
    Kind.RATE_LIMITED: 429,
    Kind.INTERNAL: 500,
    Kind.UPSTREAM: 502,
    Kind.OVERLOADED: 503,
    Kind.UNAVAILABLE: 503,
    Kind.TIMEOUT: 504,
}
CODE_STATUS: Mapping[str, int] = {
    "method_not_allowed": 405,
    "unsupported_media_type": 415,
    "range_not_satisfiable": 416,
}
LASTING = frozenset({"no_bucket"})
"""What is unavailable until an operator changes it: waiting does not help."""
OPENAI_TYPE: Mapping[Kind, str] = {
    Kind.UNAUTHENTICATED: "authentication_error",
    Kind.FORBIDDEN: "authentication_error",
    Kind.NOT_FOUND: "not_found_error",
    Kind.RATE_LIMITED: "rate_limit_error",
    Kind.OVERLOADED: "overloaded_error",
    Kind.UNAVAILABLE: "api_error",
    Kind.UPSTREAM: "api_error",
    Kind.TIMEOUT: "api_error",
    Kind.INTERNAL: "api_error",
}
SCENE_ROOTS = (
    "/v1/audio/generate", "/v1/audio/layers", "/v1/audio/presets", "/v1/audio/stream", "/v1/music",
)  # fmt: skip
MESSAGE_ROOTS = (
    "/generate",
    "/assemble",
    "/rotation",
    "/batch",
    "/cache",
    "/external",
    "/integrity",
    "/contract",
    "/health/extended",
)


class Surface(StrEnum):
    """The five surfaces have four shapes of failure between them."""

    OPENAI = "openai"
    SCENES = "scenes"
    STUDIO = "studio"
    MESSAGES = "messages"


def under(path: str, *roots: str) -> bool:
    """Whether the path is one of the roots or lies below it, by whole segments."""
    return any(path == root or path.startswith(f"{root}/") for root in roots)


def surface_of(path: str) -> Surface:
    """The surface that a path belongs to; what belongs to none fails in OpenAI's shape."""
    if under(path, *SCENE_ROOTS):
        return Surface.SCENES
    if under(path, "/api/v1"):
        return Surface.STUDIO
    if under(path, *MESSAGE_ROOTS):
        return Surface.MESSAGES
    return Surface.OPENAI


def status_of(problem: Problem, surface: Surface = Surface.OPENAI) -> int:
    """The status of a problem; the personalised-message surface answers 422 to what cannot be meant."""
    if problem.kind is Kind.INVALID and surface is Surface.MESSAGES and problem.code not in CODE_STATUS:
        return 422
    return CODE_STATUS.get(problem.code, STATUS[problem.kind])


def problem_body(problem: Problem, surface: Surface, request_id: str | None = None) -> dict[str, Any]:
    """The problem in the words of a surface; ``details`` follow the members of the shape, never over them."""
    message = f"{_sentence(problem.message)} {problem.hint}" if problem.hint else problem.message
    more: dict[str, Any] = dict(problem.details)
    if request_id and problem.kind is Kind.INTERNAL:
        more["request_id"] = request_id
    match surface:
        case Surface.SCENES:
            return (
                _without_none({"error": problem.code.upper(), "message": message, **_allowed(problem)}) | more
            )
        case Surface.STUDIO:
            shape = {
                "success": False,
                "error": problem.message,
                "detail": message,
                "error_code": problem.code.upper(),
                "timestamp": datetime.now(UTC).isoformat(),
            }
            return more | shape | _without_none({"field": problem.field, "allowed": _choice(problem)})
        case Surface.MESSAGES:
            members = {"field": problem.field, "allowed": _choice(problem)}
            return more | {"detail": message, "code": problem.code} | _without_none(members)
        case Surface.OPENAI:
            kind = OPENAI_TYPE.get(problem.kind, "invalid_request_error")
            return {
                "error": more
                | {"message": message, "type": kind, "param": problem.field, "code": problem.code}
            }


def _sentence(text: str) -> str:
    """Whoever raised it wrote a clause or a sentence; a hint follows."""
    return text if text.endswith((".", "!", "?")) else f"{text}."


def problem_headers(problem: Problem) -> dict[str, str]:
    """What official SDKs read before they try again, and what a browser reads on 401."""
    headers = {}
    if problem.retry_after is not None:
        headers["retry-after"] = str(max(1, math.ceil(problem.retry_after)))
        headers["retry-after-ms"] = str(max(1, math.ceil(problem.retry_after * 1000)))
        headers["x-should-retry"] = "true"
    elif problem.kind is Kind.CONFLICT or problem.code in LASTING:
        headers["x-should-retry"] = "false"
    if problem.kind is Kind.UNAUTHENTICATED:
        headers["www-authenticate"] = "Bearer"
    return headers


def problem_response(
    problem: Problem, scope: Scope, *, status: int | None = None, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """The problem as an answer to the request in ``scope`` (an HTTP one, or a WebSocket's before it is accepted)."""
    surface = surface_of(scope["path"])
    return JSONResponse(
        problem_body(problem, surface, scope.get("state", {}).get("request_id")),
        status or status_of(problem, surface),
        {**problem_headers(problem), **(headers or {})},
    )


def _allowed(problem: Problem) -> dict[str, Any]:
    is_range = problem.allowed is not None and not any(isinstance(item, str) for item in problem.allowed)
    name = "valid_range" if is_range else "valid_values"
    return {name: _choice(problem), "field": problem.field}


def _choice(problem: Problem) -> list[JsonValue] | None:
    """What is allowed, unless that is nothing but leaving the member out: the message says so, and a range of one
    null does not."""
    return None if problem.allowed == [None] else problem.allowed


def _without_none(members: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}
