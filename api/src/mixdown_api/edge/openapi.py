"""The OpenAPI document says what really fails and how: the framework's own 422 is nowhere to be met."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI

from mixdown_api.edge.problems import problem_body, surface_of
from mixdown_kernel import invalid

METHODS = ("get", "put", "post", "delete", "patch", "head")
EXAMPLE = invalid(
    "invalid_speed", "`speed` must be between 0.25 and 4, not 9.", field="speed", allowed=[0.25, 4.0]
)


def document_problems(app: FastAPI) -> None:
    """Let the application's document describe every operation's failures in the shape of its path."""
    generate: Callable[[], dict[str, Any]] = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = generate()
            for path, operations in document["paths"].items():
                for method in METHODS:
                    if method in operations:
                        _replace(operations[method]["responses"], path)
            for name in ("HTTPValidationError", "ValidationError"):
                document.get("components", {}).get("schemas", {}).pop(name, None)
        return app.openapi_schema or {}  # FastAPI keeps what it generated

    app.openapi = openapi  # type: ignore[method-assign]


def _replace(responses: dict[str, Any], path: str) -> None:
    responses.pop("422", None)
    example = problem_body(EXAMPLE, surface_of(path))
    responses["default"] = {
        "description": "Refused or failed: what was wrong, what is allowed, what to do next",
        "content": {"application/json": {"example": example}},
    }
