"""What the framework says about a request that it cannot read, said as a problem: which member, and what is allowed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi.exceptions import RequestValidationError
from pydantic import JsonValue
from starlette.requests import Request

from mixdown_api.edge.routes import route_template
from mixdown_api.edge.schemas import Bounds, bounds_of
from mixdown_kernel import Kind, Problem, invalid

UNKNOWN = frozenset({"voice", "genre", "model", "type", "kind", "preset", "levels"})
"""Members whose values are names: a wrong one is unknown rather than invalid."""
WANTED = {
    "int": "an integer", "float": "a number", "decimal": "a number", "bool": "true or false", "string": "a string",
    "list": "a list", "tuple": "a list", "set": "a list", "dict": "an object", "model": "an object",
    "finite": "a finite number", "url": "a URL", "uuid": "a UUID", "json": "JSON", "none": "null",
}  # fmt: skip
CHOICES = ("literal_error", "enum", "union_tag_invalid")
RANGES = (
    "greater_than", "greater_than_equal", "less_than", "less_than_equal",
    "too_short", "too_long", "string_too_short", "string_too_long",
)  # fmt: skip


def request_problem(error: RequestValidationError, request: Request) -> Problem:
    """The first thing wrong with a request, as a problem. What else is wrong is counted."""
    if any(item["type"] == "json_invalid" for item in error.errors()):
        return invalid("invalid_json", "The body is not JSON.", field=None)
    if isinstance(error.body, bytes) and not _is_json(request):
        return Problem(
            Kind.UNSUPPORTED,
            "unsupported_media_type",
            "The body must be JSON, sent with `Content-Type: application/json`.",
            allowed=["application/json"],
        )
    document = request.app.openapi()
    operation = (
        document.get("paths", {}).get(route_template(request.scope), {}).get(request.method.lower(), {})
    )
    return validation_problem(error.errors(), error.body, document, operation)


def validation_problem(
    errors: Sequence[Mapping[str, Any]],
    body: object,
    document: Mapping[str, Any] | None = None,
    operation: Mapping[str, Any] | None = None,
) -> Problem:
    """Pydantic's errors as one problem.

    Args:
        errors: as ``ValidationError.errors()`` gives them, ``loc`` beginning with where the value came from
            (``body``, ``query``, ``path``, ``header``).
        body: the parsed body; tells members from the tags that pydantic mixes into ``loc``.
        document: the OpenAPI document, and ``operation`` the route in it: what is allowed is read there.
    """
    first = errors[0]
    field = _field(first, body)
    for other in errors[1:]:  # a union reports each of its members: the deepest knows best
        deeper = _field(other, body)
        if deeper.startswith(f"{field}."):
            first, field = other, deeper
    bounds = bounds_of(document or {}, operation or {}, str(first["loc"][0]), field.split("."), body)
    problem = _problem(first, field, bounds)
    others = len({_field(item, body) for item in errors} - {field})
    if others:
        problem.hint = f"{others} more {'members are' if others > 1 else 'member is'} wrong."
    return problem


def _problem(error: Mapping[str, Any], field: str, bounds: Bounds) -> Problem:
    kind, leaf = str(error["type"]), _leaf(field)
    name = f"`{field}`" if field else "The body"
    if kind in ("missing", "union_tag_not_found"):
        return invalid(f"missing_{leaf}", f"{name} is required.", field=field, allowed=bounds.allowed)
    if kind == "extra_forbidden":
        return invalid("unknown_field", f"{name} is not a member of this request.", field=field)
    if kind in CHOICES:
        choices: Sequence[JsonValue] = bounds.choices or _expected(error)
        said = f"{name} must be one of {', '.join(map(str, choices))}{_not(error)}."
        return invalid(_choice_code(leaf), said, field=field, allowed=choices)
    return invalid(f"invalid_{leaf}", f"{name} {_rule(error, bounds)}.", field=field, allowed=bounds.allowed)


def _rule(error: Mapping[str, Any], bounds: Bounds) -> str:
    kind, context = str(error["type"]), error.get("ctx", {})
    if kind in RANGES:
        return f"must {bounds.with_context(kind, context).words()}{_not(error)}"
    if kind in ("value_error", "assertion_error"):
        return f"is wrong: {context.get('error', error['msg'])}"
    if kind == "string_pattern_mismatch":
        return f"must have the form {context['pattern']}"
    if kind == "multiple_of":
        return f"must be a multiple of {context['multiple_of']}"
    wanted = WANTED.get(kind.split("_")[0])
    if wanted is None:
        return f"is wrong: {error['msg']}"
    within = f" ({bounds.words()})" if bounds.limited else ""
    return f"must be {wanted}{within}{_not(error)}"


def _field(error: Mapping[str, Any], body: object) -> str:
    """The member's path: ``loc`` without its source, and without the names of union members among it."""
    source, *parts = error["loc"]
    path: list[str] = []
    value, known, tagged = body, source == "body" and isinstance(body, (Mapping, list)), False
    for position, part in enumerate(parts):
        last = position == len(parts) - 1
        if known and isinstance(value, Mapping):
            is_tag = not last and not tagged and value.get("type") == part
            if is_tag or (
                part not in value and not (last and error["type"] in ("missing", "extra_forbidden"))
            ):
                tagged = tagged or is_tag
                continue
            value = value.get(part)
        elif known and isinstance(value, list) and isinstance(part, int):
            value = value[part] if part < len(value) else None
        elif known:
            break
        tagged = False
        path.append(str(part))
    if error["type"] in ("union_tag_invalid", "union_tag_not_found"):
        path.append(str(error["ctx"]["discriminator"]).strip("'"))
    return ".".join(path)


def _leaf(field: str) -> str:
    """``bpm`` for ``music.bpm``; a type is named with what it is the type of: ``layer_type``."""
    names = [part for part in field.split(".") if part and not part.isdigit()]
    if not names:
        return "body"
    if names[-1] == "type" and len(names) > 1:
        return f"{names[-2].removesuffix('s')}_type"
    return names[-1].lower()


def _choice_code(leaf: str) -> str:
    return f"unknown_{leaf}" if leaf.rsplit("_", 1)[-1] in UNKNOWN else f"invalid_{leaf}"


def _expected(error: Mapping[str, Any]) -> list[JsonValue]:
    context = error.get("ctx", {})
    words = str(context.get("expected_tags") or context.get("expected", ""))
    return [word.strip().strip("'") for word in words.replace(" or ", ", ").split(",")]


def _not(error: Mapping[str, Any]) -> str:
    """What it was instead: short values only, for texts are private and names may be long."""
    value = error.get("input")
    if error["type"] == "union_tag_invalid":
        value = error["ctx"]["tag"]
    if isinstance(value, (bool, int, float)) and abs(value) < 1e15:
        return f", not {value}"
    if isinstance(value, str) and error["type"] in CHOICES and len(value) <= 40:
        return f", not {value!r}"
    if isinstance(value, (str, list)) and "too_" in error["type"]:
        return f", not {len(value)}"
    return ""


def _is_json(request: Request) -> bool:
    media_type = request.headers.get("content-type", "").split(";")[0].strip().lower()
    return media_type == "application/json" or media_type.endswith("+json")
