"""A layer's problem, said of the request's member that the layer was made from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from mixdown_kernel import Problem

LAYERS = {
    "kind": "background.type",
    "distance": "background.distance",
    "brightness": "background.brightness",
    "genre": "music.genre",
    "key": "music.key",
}
OUTPUT = ("format", "bitrate_kbps", "rate", "channels")
SCENE = LAYERS | dict.fromkeys(OUTPUT, "output.format") | {"bitrate_kbps": "output.bitrate_kbps"}
SPEECH = LAYERS | dict.fromkeys(OUTPUT, "response_format") | {"text": "input"}
"""What backends name of layers and encodings, as the requests of the two surfaces call it."""


@contextmanager
def members_named(names: Mapping[str, str]) -> Iterator[None]:
    """Name the request's members in problems that come from inside."""
    try:
        yield
    except Problem as problem:
        if problem.field is not None:
            problem.field = _member(problem.field, names)
        raise


def _member(field: str, names: Mapping[str, str]) -> str:
    return f"background.{field}" if field.startswith("parameters.") else names.get(field, field)
