"""Where each layer of a scene begins: at a time of its own, or after another layer."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from graphlib import CycleError, TopologicalSorter

from mixdown_kernel.audio import to_frames
from mixdown_kernel.problems import Problem, invalid
from mixdown_kernel.scene import Layer


def in_order(layers: Sequence[Layer]) -> list[Layer]:
    """Layers such that each comes after the one it follows. Raises `Problem` ``unknown_layer``, ``endless_order``
    for layers that wait for one another, ``two_starts`` for one that also names a time, ``gap_without_layer`` for one that follows none."""
    known = {layer.id: layer for layer in layers}
    for layer in layers:
        with said_of(layer):
            _check(layer, known)
    waits = {layer.id: [layer.after] if layer.after else [] for layer in layers}
    try:
        return [known[id_] for id_ in TopologicalSorter(waits).static_order()]
    except CycleError as error:
        ring = error.args[1]
        message = f"these layers wait for one another: {' → '.join(reversed(ring))}"
        with said_of(known[ring[0]]):
            raise invalid("endless_order", message, field="after") from None


def _check(layer: Layer, known: Collection[str]) -> None:
    if layer.after is not None and layer.after not in known:
        message = f"{layer.id!r} follows {layer.after!r}, which the scene does not have"
        raise invalid("unknown_layer", message, field="after", allowed=sorted(known)[:50])
    if layer.after is None and layer.gap_ms:
        message = f"{layer.id!r} has a gap_ms, but nothing that it follows"
        raise invalid("gap_without_layer", message, field="gap_ms", hint="Give it after.")
    if layer.after is not None and layer.start_ms:
        message = f"{layer.id!r} follows a layer and cannot have start_ms, too: use gap_ms"
        raise invalid("two_starts", message, field="start_ms", allowed=[0])


@contextmanager
def said_of(layer: Layer) -> Iterator[None]:
    """What is wrong is wrong with this layer: ``details["layer"]`` of a `Problem` says so, and ``field`` is a
    member of it."""
    try:
        yield
    except Problem as problem:
        problem.details.setdefault("layer", layer.id)
        raise


def starts(layers: Sequence[Layer], lengths: Mapping[str, int], rate: int) -> dict[str, int]:
    """The first frame of every layer, given the ``lengths`` in frames of those that others follow.

    A layer that overlaps the one it follows never begins before it.
    """
    found: dict[str, int] = {}
    for layer in in_order(layers):
        if layer.after is None:
            found[layer.id] = to_frames(layer.start_ms, rate)
            continue
        begin = found[layer.after]
        gap = to_frames(abs(layer.gap_ms), rate)
        found[layer.id] = max(begin, begin + lengths[layer.after] + (gap if layer.gap_ms >= 0 else -gap))
    return found


def followed(layers: Sequence[Layer]) -> set[str]:
    """The layers whose ends decide where others begin."""
    return {layer.after for layer in layers if layer.after is not None}
