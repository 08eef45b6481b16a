"""A layer's problem, said of the request's member that the layer was made from."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from mixdown_kernel import Problem

MEMBERS = {"kind": "background.type", "genre": "music.genre", "key": "music.key"}
"""Members of layers, which backends name, as requests with one bed and one piece of music name them."""


@contextmanager
def members_named(text: str = "text") -> Iterator[None]:
    """Name the request's members in problems that come from inside; ``text`` is the one that is spoken."""
    try:
        yield
    except Problem as problem:
        if problem.field is not None:
            problem.field = _member(problem.field, text)
        raise


def _member(field: str, text: str) -> str:
    if field.startswith("parameters."):
        return f"background.{field}"
    return text if field == "text" else MEMBERS.get(field, field)
