"""The backend ``loops``: makes the asked kind's cycles in a thread."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from zlib import crc32

import numpy as np
from pydantic import JsonValue

from mixdown_ambient.circle import RATE, Circle
from mixdown_ambient.cycles import TAKES, WHOLE, Cycle
from mixdown_ambient.finish import finish
from mixdown_ambient.kind import Kind, Scene
from mixdown_ambient.kinds import KINDS
from mixdown_kernel import AmbientRequest, Audio, Chunk, Samples, invalid

_LUFS = -20.0


class LoopSource:
    """Meets `mixdown_kernel.AmbientSource`, `ChecksRequests` and `Layered`."""

    def kinds(self) -> Sequence[str]:
        return tuple(KINDS)

    def check(self, request: AmbientRequest) -> None:
        """Raises `Problem` (``invalid``): ``unknown_background``, ``unknown_parameter``, ``invalid_parameter``."""
        _find(request.kind)
        _cycle(request.parameters)

    def cycles(self, request: AmbientRequest) -> Sequence[AmbientRequest]:
        """Three that sound together, of lengths without a common factor; one that is a layer already is itself."""
        if "layer" in request.parameters:
            return (request,)
        return tuple(
            request.model_copy(update={"parameters": {**request.parameters, "layer": cycle.layer}})
            for cycle in TAKES
        )

    async def render(self, request: AmbientRequest) -> AsyncIterator[Chunk]:
        """One seamless cycle at 48 kHz stereo, whole in one chunk: 30 s at about -20 LUFS, or a layer of a bed that
        is as loud. Raises like `check`."""
        kind, cycle = _find(request.kind), _cycle(request.parameters)
        samples = await asyncio.to_thread(loop, kind, scene(kind, request), request.seed, cycle)
        yield Chunk(Audio(samples, RATE))


def scene(kind: Kind, request: AmbientRequest) -> Scene:
    return Scene(
        intensity=request.intensity,
        distance=kind.distance if request.distance is None else request.distance,
        brightness=kind.brightness if request.brightness is None else request.brightness,
    )


def loop(kind: Kind, scene: Scene, seed: int, cycle: Cycle = WHOLE) -> Samples:
    """The cycle, shape (frames, 2); the same for the same arguments."""
    entropy = [seed, crc32(kind.name.encode()), cycle.layer]
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence(entropy)))
    circle = Circle(cycle.frames, rng, cycle.share, cycle.rarities)
    lufs = _LUFS + kind.swing * (scene.intensity - 0.5) + 10 * np.log10(cycle.share)
    return np.ascontiguousarray(finish(circle, kind, scene, kind.make(circle, scene), float(lufs)))


def _find(name: str) -> Kind:
    kind = KINDS.get(name)
    if kind is None:
        raise invalid(
            "unknown_background",
            f"There is no ambience {name[:40]!r}.",
            field="kind",
            allowed=list(KINDS),
            hint="Choose one of the kinds allowed.",
        )
    return kind


def _cycle(parameters: Mapping[str, JsonValue]) -> Cycle:
    for name in parameters:
        if name != "layer":
            raise invalid(
                "unknown_parameter",
                f"Ambience has no parameter {name[:40]!r}.",
                field=f"parameters.{name[:40]}",
                allowed=["layer"],
                hint="Intensity, distance and brightness are members of their own.",
            )
    layer = parameters.get("layer")
    if "layer" not in parameters:
        return WHOLE
    for cycle in TAKES:
        if layer == cycle.layer and not isinstance(layer, bool):
            return cycle
    raise invalid(
        "invalid_parameter",
        "layer is the number of one of a bed's layers.",
        field="parameters.layer",
        allowed=[cycle.layer for cycle in TAKES],
        hint="Leave it out for a cycle that is complete by itself.",
    )
