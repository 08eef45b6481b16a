"""A message template: segments with placeholders, how they are voiced, and how they are joined.

Source: contracts/hybrid-audio.md, "Template". Every rule that a document may break has a code of its own; members of
the wrong shape share ``bad_template_member``, which says where.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from string import Formatter
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError
from pydantic_core import to_json

from mixdown_api.messages.labels import MAX_TEXT
from mixdown_api.messages.voicing import CONTAINER, RATE, SAMPLE_ENCODING, GenerationConfig
from mixdown_kernel import invalid
from mixdown_kernel.requests import MAX_JOIN_MS

DEFAULT_CROSSFADE_MS = 10
"""Where a template times its joins, and says nothing of a crossfade."""
CLEAN_CROSSFADE_MS = 8
"""Where it times nothing at all."""
MAX_SEGMENTS = 200
Pause = Annotated[int, Field(ge=0, le=MAX_JOIN_MS)]
Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]

_PLACEHOLDER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_TAG = re.compile(r"<[A-Za-z/!?]")


class _Member(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, strict=True)


class VoiceConfig(_Member):
    """How a whole template is spoken; ``tone`` is the emotion."""

    speed: float | None = Field(default=None, ge=0.6, le=1.5)
    volume: float | None = Field(default=None, ge=0.5, le=2.0)
    tone: str | None = Field(default=None, min_length=1, max_length=64)


class SegmentConfig(_Member):
    """What one segment has of its own."""

    speed: float | None = Field(default=None, ge=0.6, le=1.5)
    volume: float | None = Field(default=None, ge=0.5, le=2.0)
    emotion: str | None = Field(default=None, min_length=1, max_length=64)


class OutputFormat(_Member):
    container: str = CONTAINER
    encoding: str = SAMPLE_ENCODING
    sample_rate: int = RATE


class Segment(_Member):
    """``gap_ms`` and ``crossfade_ms`` are those of the join behind it; ``break_ms`` is a pause that belongs to its
    text, and is added to the gap."""

    id: Id
    text: str = Field(min_length=1, max_length=MAX_TEXT)
    gap_ms: Pause | None = None
    crossfade_ms: Pause | None = None
    break_ms: Pause = 0
    estimated_duration_ms: Pause | None = None
    generation_config: SegmentConfig = SegmentConfig()
    output_format: OutputFormat = OutputFormat()
    model_id: str | None = Field(default=None, min_length=1, max_length=255)

    @property
    def placeholders(self) -> tuple[str, ...]:
        """In order of appearance."""
        return tuple(dict.fromkeys(name for _, name in _pieces(self.text) if name is not None))

    def filled(self, values: Mapping[str, str]) -> str:
        return "".join(literal + (values[name] if name else "") for literal, name in _pieces(self.text))


class Edge(_Member):
    """A join: what follows what, and how."""

    model_config = ConfigDict(populate_by_name=True)

    source: Id = Field(alias="from")
    to: Id
    gap_ms: Pause | None = None
    crossfade_ms: Pause | None = None


class Variant(_Member):
    description: str = Field(default="", max_length=2000)
    voice_config: VoiceConfig


@dataclass(frozen=True, slots=True)
class Join:
    """What lies behind a segment: silence, and the crossfade at its edge."""

    gap_ms: int
    crossfade_ms: int


class Template(_Member):
    template_name: str = Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")
    version: str = Field(default="", max_length=64)
    description: str = Field(default="", max_length=2000)
    voice_config: VoiceConfig = VoiceConfig()
    segments: tuple[Segment, ...] = Field(min_length=1, max_length=MAX_SEGMENTS)
    timing_map: tuple[Edge, ...] = ()
    variants: dict[Id, Variant] = Field(default_factory=dict)
    metadata: dict[str, JsonValue] = Field(default_factory=dict)

    @property
    def placeholders(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for segment in self.segments for name in segment.placeholders))

    def in_order(self) -> list[Segment]:
        """As the timing map leads from its root, else as they are listed."""
        known = {segment.id: segment for segment in self.segments}
        return [known[id_] for id_ in _chain(self)] if self.timing_map else list(self.segments)

    def joins(self) -> list[Join]:
        """One behind each segment, in order: by the timing map, else by the segment, else by default."""
        edges = {edge.source: edge for edge in self.timing_map}
        timed = bool(edges) or any(
            segment.gap_ms is not None or segment.crossfade_ms is not None for segment in self.segments
        )
        usual = DEFAULT_CROSSFADE_MS if timed else CLEAN_CROSSFADE_MS
        ordered = self.in_order()
        joins = [_join(segment, edges.get(segment.id), usual) for segment in ordered[:-1]]
        return [*joins, Join(ordered[-1].break_ms, 0)]

    def voice(self, variant: str | None) -> VoiceConfig:
        """Of the template, and of the variant where it says otherwise. Raises `Problem` ``unknown_variant``."""
        if variant is None:
            return self.voice_config
        if variant not in self.variants:
            raise invalid(
                "unknown_variant",
                f"The template {self.template_name!r} has no variant {variant[:60]!r}.",
                field="variant",
                allowed=sorted(self.variants),
            )
        own = self.variants[variant].voice_config.model_dump(exclude_none=True)
        return self.voice_config.model_copy(update=own)

    def config(self, segment: Segment, variant: str | None) -> GenerationConfig:
        """How a segment is spoken: its own members beat the variant's, which beat the template's."""
        voice = self.voice(variant).model_dump(exclude_none=True)
        voice["emotion"] = voice.pop("tone", None)
        return GenerationConfig(**voice | segment.generation_config.model_dump(exclude_none=True))


def parse_template(document: object) -> Template:
    """A template from its JSON. Raises `Problem` ``invalid`` with the code of the first rule that it breaks."""
    if not isinstance(document, dict):
        raise invalid("bad_template_json", "A template is a JSON object.", field="template")
    try:
        text = to_json(document)
    except ValueError:  # half a surrogate pair, or hundreds of levels
        message = "The template holds what is no text, or is nested too deeply."
        raise invalid("bad_template_json", message, field="template") from None
    try:
        template = Template.model_validate_json(text)  # strict, but lists may become tuples
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        member = ".".join(str(part) for part in first["loc"])
        raise invalid("bad_template_member", f"`{member}`: {first['msg']}.", field=member) from None
    for rule in RULES:
        rule(template)
    return template


def _join(segment: Segment, edge: Edge | None, usual: int) -> Join:
    gap, crossfade = segment.gap_ms, segment.crossfade_ms
    if edge is not None:
        gap = gap if edge.gap_ms is None else edge.gap_ms
        crossfade = crossfade if edge.crossfade_ms is None else edge.crossfade_ms
    return Join((gap or 0) + segment.break_ms, usual if crossfade is None else crossfade)


def _pieces(text: str) -> Iterator[tuple[str, str | None]]:
    """A text's runs and the placeholder behind each. ``{{`` is a brace."""
    for literal, name, specification, conversion in Formatter().parse(text):
        if name is not None and (specification or conversion or not _PLACEHOLDER.fullmatch(name)):
            raise ValueError(f"{{{name}}} is no placeholder")
        yield literal, name


# ------------------------------------------------------------ the rules


def _unique_ids(template: Template) -> None:
    seen: set[str] = set()
    for place, segment in enumerate(template.segments):
        if segment.id in seen:
            message = f"Two segments are called {segment.id!r}."
            raise invalid("duplicate_segment", message, field=f"segments.{place}.id")
        seen.add(segment.id)


def _placeholders(template: Template) -> None:
    for place, segment in enumerate(template.segments):
        try:
            list(_pieces(segment.text))
        except ValueError as error:
            message = f"The text of {segment.id!r} has a placeholder that cannot be filled: {error}."
            hint = "A placeholder is {name}; braces of the text are doubled."
            raise invalid("bad_placeholder", message, field=f"segments.{place}.text", hint=hint) from None


def _no_markup(template: Template) -> None:
    for place, segment in enumerate(template.segments):
        if _TAG.search(segment.text):
            message = f"The text of {segment.id!r} holds markup; templates are plain text."
            hint = "Use break_ms and generation_config."
            raise invalid("markup_in_template", message, field=f"segments.{place}.text", hint=hint)


def _contract_format(template: Template) -> None:
    contract = OutputFormat()
    for place, segment in enumerate(template.segments):
        if segment.output_format != contract:
            raise invalid(
                "bad_output_format",
                f"{segment.id!r} asks for another format than that of stems.",
                field=f"segments.{place}.output_format",
                allowed=[contract.model_dump()],
            )


def _known_segments(template: Template) -> None:
    known = {segment.id for segment in template.segments}
    for place, edge in enumerate(template.timing_map):
        for member, id_ in (("from", edge.source), ("to", edge.to)):
            if id_ not in known:
                message = f"The timing map names {id_!r}, which is no segment."
                field = f"timing_map.{place}.{member}"
                raise invalid("unknown_segment", message, field=field, allowed=sorted(known))


def _unique_edges(template: Template) -> None:
    seen: set[tuple[str, str]] = set()
    for place, edge in enumerate(template.timing_map):
        if (edge.source, edge.to) in seen:
            message = f"The timing map joins {edge.source!r} and {edge.to!r} twice."
            raise invalid("duplicate_edge", message, field=f"timing_map.{place}")
        seen.add((edge.source, edge.to))


def _no_branch(template: Template) -> None:
    for member, ends in (
        ("from", [edge.source for edge in template.timing_map]),
        ("to", [edge.to for edge in template.timing_map]),
    ):
        for place, id_ in enumerate(ends):
            if id_ in ends[:place]:
                message = f"{id_!r} is joined to two segments; a message has one order."
                raise invalid("branching_segments", message, field=f"timing_map.{place}.{member}")


def _no_cycle(template: Template) -> None:
    following = {edge.source: edge.to for edge in template.timing_map}
    for start in following:
        id_: str | None = start
        for _ in following:
            id_ = following.get(id_ or "")
            if id_ == start:
                message = f"The timing map leads from {start!r} back to it."
                raise invalid("segment_cycle", message, field="timing_map")


def _one_root(template: Template) -> None:
    entered = {edge.to for edge in template.timing_map}
    roots = [segment.id for segment in template.segments if segment.id not in entered]
    if template.timing_map and len(roots) > 1:
        message = f"The timing map must lead through every segment; it can begin with {', '.join(roots)}."
        raise invalid("several_roots", message, field="timing_map")


RULES = (
    _unique_ids, _placeholders, _no_markup, _contract_format, _known_segments, _unique_edges, _no_branch, _no_cycle,
    _one_root,
)  # fmt: skip


def _chain(template: Template) -> Sequence[str]:
    following = {edge.source: edge.to for edge in template.timing_map}
    (root,) = {segment.id for segment in template.segments} - set(following.values())
    chain = [root]
    while (id_ := following.get(chain[-1])) is not None:
        chain.append(id_)
    return chain
