"""``/assemble``: from a template and its values, or from texts and stored stems, to a message and its answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from itertools import pairwise
from typing import Any, TypeVar

from mixdown_api.messages.assembly import Message, Piece, assemble
from mixdown_api.messages.assembly_schemas import AssembledAnswer, SegmentsBody, TemplateBody
from mixdown_api.messages.buckets import Mirror, wants_upload
from mixdown_api.messages.labels import Category, category_of, slug, spoken
from mixdown_api.messages.stems import Stem
from mixdown_api.messages.surface import Messages
from mixdown_api.messages.template import CLEAN_CROSSFADE_MS, DEFAULT_CROSSFADE_MS, Segment, Template
from mixdown_api.messages.voicing import RATE, GenerationConfig, Voicing
from mixdown_kernel import Kind, Problem, invalid, to_ms
from mixdown_kernel.streams import unwrap

T = TypeVar("T")
AT_ONCE = 4
"""Stems of one message that are sought, or rendered, at the same time."""
AS_NAMES: Mapping[str, tuple[Category, str]] = {
    "name": ("name", "first_name"),
    "first_name": ("name", "first_name"),
    "developer": ("developer", "developer"),
}
"""Placeholders that are names, and the member of a request that fills them."""


async def assemble_template(messages: Messages, body: TemplateBody, *, extended: bool) -> AssembledAnswer:
    """Raises `Problem`: ``unknown_template``, ``unknown_variant``, ``missing_…``, ``unknown_placeholder``, and whatever
    stems raise."""
    mirror = wants_upload(messages.service, body.upload)
    template = await messages.templates.load(body.template)
    voice = template.voice(body.variant)
    values = fill(template, body)
    segments = template.in_order()
    stems = await together([partial(messages.stems.say, *words) for words in said(messages, template, body)])
    pieces = [
        Piece(segment.id, stem, join.gap_ms, join.crossfade_ms)
        for segment, stem, join in zip(segments, stems, template.joins(), strict=True)
    ]
    who = "_".join(slug(value) for value in dict.fromkeys(values.values()))
    message = await assemble(
        messages.service,
        pieces,
        name=f"{template.template_name}_{who}" if who else template.template_name,
        told={"template": template.template_name, "variant": body.variant, "values": dict(values)},
        tail_fade_ms=body.tail_fade_ms,
        clean=body.clean,
    )
    answer = await _answer(messages, pieces, message, mirror)
    if extended:
        details = _details(messages, pieces, message)
        for detail, segment in zip(details, segments, strict=True):
            detail["estimated_duration_ms"] = segment.estimated_duration_ms
            detail["break_ms"] = segment.break_ms
        answer.stem_details = details
        answer.timing_map = _timing(pieces)
        answer.template_voice_config = voice.model_dump()
        answer.sample_rate = RATE
    return answer


async def assemble_segments(messages: Messages, body: SegmentsBody, *, extended: bool) -> AssembledAnswer:
    """Raises `Problem`: ``unknown_stem`` for a label that is not kept, ``duplicate_segment``, ``unknown_segment``, and
    whatever stems raise."""
    mirror = wants_upload(messages.service, body.upload)
    ids = _ids(body)
    _check_edges(body, ids)
    stems = await together(
        [
            partial(_text_or_stored, messages, text, body.voice_id, f"segments.{place}")
            for place, text in enumerate(body.segments)
        ]
    )
    pieces = _timed(body, ids, stems)
    message = await assemble(
        messages.service,
        pieces,
        name="segments",
        told={"segments": [stem.label for stem in stems]},
        tail_fade_ms=body.tail_fade_ms,
        clean=body.clean,
    )
    answer = await _answer(messages, pieces, message, mirror)
    if extended:
        answer.stem_details = _details(messages, pieces, message)
        answer.timing_map = _timing(pieces)
        answer.sample_rate = RATE
    return answer


def fill(template: Template, body: TemplateBody) -> dict[str, str]:
    """A value for each placeholder, as it is spoken. Raises `Problem` ``missing_<member>``, ``unknown_placeholder``."""
    for name in body.values:
        if name not in template.placeholders:
            message = f"The template {template.template_name!r} has no placeholder {name[:60]!r}."
            field, known = f"values.{name[:60]}", list(template.placeholders)
            raise invalid("unknown_placeholder", message, field=field, allowed=known)
    return {name: _value(name, template, body) for name in template.placeholders}


def _value(name: str, template: Template, body: TemplateBody) -> str:
    category, member = AS_NAMES.get(name, ("generic", f"values.{name}"))
    given = body.values.get(name, getattr(body, member, None) if name in AS_NAMES else None)
    if given is None:
        raise invalid(
            "missing_placeholder",
            f"The template {template.template_name!r} needs a value for {{{name}}}.",
            field=member,
            allowed=list(template.placeholders),
        )
    return spoken(category, given, field=member)


def said(messages: Messages, template: Template, body: TemplateBody) -> list[tuple[Category, str, Voicing]]:
    """What is said in each segment, in order, and by whom: what `Stems.say` takes. Raises what `fill` raises, and
    `Problem` ``invalid`` for a segment that cannot be spoken."""
    values, usual = fill(template, body), messages.stems.voicing(body.voice_id)
    words = []
    for segment in template.in_order():
        text = spoken("generic", segment.filled(values).strip(), field=segment.id)
        config = template.config(segment, body.variant)
        words.append(
            (_category(segment), text, Voicing(usual.voice_id, segment.model_id or usual.model_id, config))
        )
    return words


def _category(segment: Segment) -> Category:
    """A segment that is nothing but a name is that name's stem."""
    only = segment.placeholders
    if len(only) == 1 and segment.text.strip() == f"{{{only[0]}}}":
        return AS_NAMES.get(only[0], ("generic", ""))[0]
    return "generic"


async def _text_or_stored(messages: Messages, text: str, voice_id: str | None, field: str) -> Stem:
    if category_of(text.strip()) is None:
        usual = messages.stems.voicing(voice_id)
        words = spoken("generic", text, field=field)
        return await messages.stems.say(
            "generic", words, Voicing(usual.voice_id, usual.model_id, GenerationConfig())
        )
    stem = await messages.stems.labelled(text.strip(), voice_id)
    if stem is None:
        raise Problem(
            Kind.NOT_FOUND,
            "unknown_stem",
            f"There is no stem {text.strip()[:80]!r}.",
            field=field,
            hint="POST /generate/name and its like make them; GET /cache/list lists them.",
        )
    return stem


def _ids(body: SegmentsBody) -> list[str]:
    if body.segment_ids is None:
        return [f"segment_{place + 1}" for place in range(len(body.segments))]
    if len(body.segment_ids) != len(body.segments):
        count = len(body.segments)
        message = f"There are {count} segments and {len(body.segment_ids)} ids for them."
        raise invalid("wrong_segment_ids", message, field="segment_ids", allowed=[count, count])
    if len(set(body.segment_ids)) < len(body.segment_ids):
        raise invalid("duplicate_segment", "Two segments have the same id.", field="segment_ids")
    return body.segment_ids


def _timed(body: SegmentsBody, ids: Sequence[str], stems: Sequence[Stem]) -> list[Piece]:
    """By the timing map, else by what holds for every join, else a clean merge."""
    edges = {(edge.source, edge.to): edge for edge in body.timing_map}
    is_timed = bool(edges) or body.gap_ms is not None or body.crossfade_ms is not None
    usual = DEFAULT_CROSSFADE_MS if is_timed else CLEAN_CROSSFADE_MS
    pieces = []
    for place, (id_, stem) in enumerate(zip(ids, stems, strict=True)):
        if place + 1 == len(ids):
            pieces.append(Piece(id_, stem))
            break
        edge = edges.get((id_, ids[place + 1]))
        gap = edge.gap_ms if edge and edge.gap_ms is not None else body.gap_ms
        crossfade = edge.crossfade_ms if edge and edge.crossfade_ms is not None else body.crossfade_ms
        pieces.append(Piece(id_, stem, gap or 0, usual if crossfade is None else crossfade))
    return pieces


def _check_edges(body: SegmentsBody, ids: Sequence[str]) -> None:
    """Segments follow one another as they are listed; a timing map can say how, and nothing else."""
    known = set(pairwise(ids))
    seen = set()
    for place, edge in enumerate(body.timing_map):
        pair = (edge.source, edge.to)
        if pair not in known:
            message = f"{edge.to!r} does not follow {edge.source!r} in the segments."
            raise invalid("unknown_segment", message, field=f"timing_map.{place}", allowed=list(ids)[:50])
        if pair in seen:
            message = f"The timing map joins {edge.source!r} and {edge.to!r} twice."
            raise invalid("duplicate_edge", message, field=f"timing_map.{place}")
        seen.add(pair)


async def _answer(
    messages: Messages, pieces: Sequence[Piece], message: Message, mirror: Mirror | None
) -> AssembledAnswer:
    service = messages.service
    gcs = await mirror.upload(service, message.file, message.output_file) if mirror else None
    await messages.stems.count_uses([piece.stem for piece in pieces])
    messages.audit(
        "message.assembled",
        output_file=message.output_file,
        stems=[piece.stem.label for piece in pieces],
        duration_ms=message.diagnostics.duration_ms,
        uploaded=gcs is not None,
    )
    return AssembledAnswer(
        segments=len(pieces),
        output_file=message.output_file,
        upload=gcs is not None,
        url=service.renders.url(message.file.id),
        duration_ms=message.diagnostics.duration_ms,
        gcs=gcs,
        diagnostics=asdict(message.diagnostics),
    )


def _details(messages: Messages, pieces: Sequence[Piece], message: Message) -> list[dict[str, Any]]:
    return [
        {
            "id": piece.id,
            "label": piece.stem.label,
            "path": piece.stem.path,
            "text": piece.stem.text,
            "status": piece.stem.status,
            "url": messages.service.renders.url(piece.stem.file.id),
            "contract_signature": piece.stem.entry.signature,
            "generation_config": piece.stem.entry.generation_config,
            "voice_id": piece.stem.entry.voice_id,
            "notices": piece.stem.file.metadata.get("notices", []),
            "gap_ms": piece.gap_ms,
            "crossfade_ms": piece.crossfade_ms,
            "start_ms": to_ms(placed.start, RATE),
            "end_ms": to_ms(placed.end, RATE),
            "duration_ms": to_ms(placed.frames, RATE),
        }
        for piece, placed in zip(pieces, message.placed, strict=True)
    ]


def _timing(pieces: Sequence[Piece]) -> list[dict[str, Any]]:
    """The joins as they were made, breaks included."""
    return [
        {"from": one.id, "to": two.id, "gap_ms": one.gap_ms, "crossfade_ms": one.crossfade_ms}
        for one, two in pairwise(pieces)
    ]


async def together(work: Sequence[Callable[[], Awaitable[T]]]) -> list[T]:
    """A few at a time, so that one request never fills the queue that all share; the first failure stops the rest, and
    is raised as it is."""
    few = asyncio.Semaphore(AT_ONCE)

    async def in_turn(one: Callable[[], Awaitable[T]]) -> T:
        async with few:
            return await one()

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(in_turn(one)) for one in work]
    except BaseExceptionGroup as errors:
        raise unwrap(errors) from None
    return [task.result() for task in tasks]
