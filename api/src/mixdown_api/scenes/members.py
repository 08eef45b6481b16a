"""A problem that the kernel found, said of the member of the request that it is about."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from pydantic import JsonValue

from mixdown_kernel import Problem

MemberOf = Callable[[str | None, str], str]
"""From a layer's id (None: of the whole scene) and a member of it to the request's own."""

_OF_MODEL = ("unknown_backend", "backend_unavailable")
_OUTPUT = ("format", "bitrate_kbps", "rate", "channels")


@contextmanager
def members_named(member_of: MemberOf) -> Iterator[None]:
    """Name the request's members in problems that come from inside."""
    try:
        yield
    except Problem as problem:
        layer = problem.details.pop("layer", None)
        name_model(problem)
        if problem.field is not None:
            inside, problem.field = (
                problem.field,
                member_of(None if layer is None else str(layer), problem.field),
            )
            if inside.endswith("_ms") and problem.field.endswith("_sec"):
                problem.allowed = [_seconds(value) for value in problem.allowed or ()] or None
        raise


def name_model(problem: Problem) -> None:
    """A backend that is not to be had was asked for as a ``model``."""
    if problem.code in _OF_MODEL and problem.field is None:
        problem.field = "model"


def _seconds(value: JsonValue) -> JsonValue:
    return value / 1000 if isinstance(value, int | float) else value


def of_generate(layer: str | None, member: str) -> str:
    """As ``/v1/audio/generate`` has it."""
    if layer is None and member in _OUTPUT:
        return "output.bitrate_kbps" if member == "bitrate_kbps" else "output.format"
    return _of_bed(layer, member)


def of_speech(layer: str | None, member: str) -> str:
    """As ``/v1/audio/speech`` has it."""
    if layer is None and member in _OUTPUT:
        return "response_format"
    return "input" if (layer, member) == ("voice", "text") else _of_bed(layer, member)


def _of_bed(layer: str | None, member: str) -> str:
    if layer == "background":
        return "background.type" if member == "kind" else f"background.{member}"
    return f"music.{member}" if layer == "music" else member


def of_layers(ids: Sequence[str]) -> MemberOf:
    """As ``/v1/audio/layers`` has it; ``ids`` in the request's order."""
    places = {id_: place for place, id_ in enumerate(ids)}

    def member_of(layer: str | None, member: str) -> str:
        return of_generate(None, member) if layer is None else f"layers.{places[layer]}.{member}"

    return member_of
