"""What a member of a request may be, read from the OpenAPI document that the framework makes of the route."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import JsonValue

Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Bounds:
    """The limits of one value; ``low`` and ``high`` count ``unit`` where it has one (characters, items)."""

    low: float | None = None
    high: float | None = None
    unit: str = ""
    choices: tuple[JsonValue, ...] = ()
    low_included: bool = True
    high_included: bool = True

    @property
    def limited(self) -> bool:
        return self.low is not None or self.high is not None

    @property
    def allowed(self) -> list[JsonValue] | None:
        """``[low, high]`` with None for an open end, or the choices, or None where anything goes."""
        if self.choices:
            return list(self.choices)
        return [_plain(self.low), _plain(self.high)] if self.limited else None

    def words(self) -> str:
        """``be between 60 and 200``, ``have at most 4096 characters``."""
        verb, unit = ("have", f" {self.unit}") if self.unit else ("be", "")
        low, high = _plain(self.low), _plain(self.high)
        if self.low is not None and self.high is not None and self.low_included and self.high_included:
            return f"{verb} between {low} and {high}{unit}"
        least = f"{'at least' if self.low_included else 'more than'} {low}"
        most = f"{'at most' if self.high_included else 'less than'} {high}"
        if self.low is not None and self.high is not None:
            return f"{verb} {least} and {most}{unit}"
        return f"{verb} {most if self.low is None else least}{unit}"

    def with_context(self, kind: str, context: Mapping[str, Any]) -> Bounds:
        """Itself, or what a single error tells where the schema told nothing."""
        if self.limited:
            return self
        low = context.get("ge", context.get("gt", context.get("min_length")))
        high = context.get("le", context.get("lt", context.get("max_length")))
        unit = "" if "than" in kind else "characters" if kind.startswith("string") else "items"
        return replace(
            self,
            low=low,
            high=high,
            unit=unit,
            low_included="gt" not in context,
            high_included="lt" not in context,
        )


def bounds_of(document: Schema, operation: Schema, source: str, path: Sequence[str], body: object) -> Bounds:
    """The limits of the member at ``path`` of the request's ``source``; nothing where the document is silent."""
    if source == "body":
        content = _resolve(document, operation.get("requestBody", {})).get("content", {})
        schemas = [media["schema"] for media in content.values() if "schema" in media]
        for part in path:
            found = (inner for schema in schemas for inner in _members(document, schema, part, body))
            schemas, body = list(found), _child(body, part)
    else:
        parameters = operation.get("parameters", ())
        schemas = [item["schema"] for item in parameters if item["in"] == source and item["name"] in path]
    return _bounds([inner for schema in schemas for inner in _alternatives(document, schema)])


def _bounds(schemas: Sequence[Schema]) -> Bounds:
    choices = [choice for schema in schemas for choice in schema.get("enum", [schema.get("const")])]
    names = tuple(dict.fromkeys(choice for choice in choices if choice is not None))
    for low, high, unit in (
        ("minimum", "maximum", ""),
        ("exclusiveMinimum", "exclusiveMaximum", ""),
        ("minLength", "maxLength", "characters"),
        ("minItems", "maxItems", "items"),
    ):
        for schema in schemas:
            if low in schema or high in schema:
                exclusive = low.startswith("exclusive")
                return Bounds(
                    schema.get(low, schema.get("exclusiveMinimum")),
                    schema.get(high, schema.get("exclusiveMaximum")),
                    unit,
                    names,
                    low_included=not exclusive and "exclusiveMinimum" not in schema,
                    high_included=not exclusive and "exclusiveMaximum" not in schema,
                )
    return Bounds(choices=names)


def _members(document: Schema, schema: Schema, part: str, body: object) -> Iterator[Schema]:
    """The schemas of a member, in each of the schema's alternatives that the body may have meant."""
    tag = body.get("type") if isinstance(body, Mapping) else None
    for form in _alternatives(document, schema):
        properties = form.get("properties", {})
        own = _resolve(document, properties.get("type", {})).get("const")
        if part in properties and (part == "type" or tag is None or own in (None, tag)):
            yield properties[part]
        elif part.isdigit() and "items" in form:
            yield form["items"]


def _alternatives(document: Schema, schema: Schema) -> Iterator[Schema]:
    schema = _resolve(document, schema)
    yield schema
    for group in ("anyOf", "oneOf", "allOf"):
        for inner in schema.get(group, ()):
            yield from _alternatives(document, inner)


def _resolve(document: Schema, schema: Schema) -> Schema:
    while "$ref" in schema:
        target: Any = document
        for part in schema["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        schema = target
    return schema


def _child(body: object, part: str) -> object:
    if isinstance(body, Mapping):
        return body.get(part)
    if isinstance(body, list) and part.isdigit() and int(part) < len(body):
        return body[int(part)]
    return None


def _plain(number: float | None) -> JsonValue:
    return int(number) if isinstance(number, float) and number.is_integer() else number
