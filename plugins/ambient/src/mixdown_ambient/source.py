"""The backend ``loops``: makes the asked kind's cycle in a thread."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from zlib import crc32

import numpy as np

from mixdown_ambient.circle import RATE
from mixdown_ambient.kind import Kind, Settings, read_parameters
from mixdown_ambient.kinds import KINDS
from mixdown_ambient.loudness import at
from mixdown_kernel import AmbientRequest, Audio, Chunk, Samples, invalid

_LUFS = -20.0


class LoopSource:
    """Meets `mixdown_kernel.AmbientSource`."""

    def kinds(self) -> Sequence[str]:
        return tuple(KINDS)

    def check(self, request: AmbientRequest) -> None:
        """Raises `Problem` (``invalid``): ``unknown_background``, ``unknown_parameter``, ``invalid_parameter``."""
        _read(request)

    async def render(self, request: AmbientRequest) -> AsyncIterator[Chunk]:
        """One seamless cycle of 30 s at 48 kHz stereo, about -20 LUFS, whole in one chunk. Raises like `check`."""
        kind, settings = _read(request)
        yield Chunk(Audio(await asyncio.to_thread(loop, kind, settings, request.seed), RATE))


def loop(kind: Kind, settings: Settings, seed: int) -> Samples:
    """The cycle, shape (FRAMES, 2); the same for the same arguments."""
    entropy = [seed, crc32(kind.name.encode())]
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence(entropy)))
    sound = kind.make(settings, rng)
    return np.ascontiguousarray(at(sound, _LUFS + kind.swing * (settings["intensity"] - 0.5)).T)


def _read(request: AmbientRequest) -> tuple[Kind, Settings]:
    kind = _find(request.kind)
    return kind, {"intensity": request.intensity, **read_parameters(kind, request.parameters)}


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
