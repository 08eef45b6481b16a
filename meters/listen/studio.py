"""The kernel as a user has it, rendering for the meters."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from pydantic import JsonValue

from meters.alignment import Aligner
from meters.matrix import MatrixMeter
from meters.transcription import Transcriber
from mixdown_kernel import (
    AmbientRequest,
    Audio,
    Encoding,
    Kernel,
    Master,
    MusicRequest,
    Samples,
    Scene,
    SourceLayer,
    Timeline,
    VoiceLayer,
)

T = TypeVar("T")
SEED = 7


@dataclass(frozen=True)
class Take:
    """A scene as it sounded. ``parts`` are its layers' shares before the limiter, times the master's gain."""

    audio: Audio
    timeline: Timeline
    parts: Mapping[str, Samples] = field(default_factory=dict)


class Studio:
    """Renders through one embedded kernel, and holds the instruments that load slowly."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel

    @cached_property
    def matrix(self) -> MatrixMeter:
        return MatrixMeter()

    @cached_property
    def transcriber(self) -> Transcriber:
        return Transcriber()

    @cached_property
    def aligner(self) -> Aligner:
        return Aligner()

    async def measure(self, instrument: Callable[..., T], *arguments: Any) -> T:
        """An instrument in a thread, so that the kernel goes on."""
        return await asyncio.to_thread(instrument, *arguments)

    async def take(self, scene: Scene, *, parts: bool = False) -> Take:
        async with self.kernel.perform(await self.kernel.plan(scene), parts=parts) as performance:
            audio = Audio.join([block async for block in performance.blocks()])
            shares = {
                layer: part.read() * np.float32(performance.part_gain)
                for layer, part in (performance.parts if parts else {}).items()
            }
            return Take(audio, performance.timeline, shares)

    async def speak(
        self, text: str, voice: str, speed: float = 1.0, *, backend: str | None = None, rate: int = 24_000
    ) -> Take:
        """Speech as the speech route makes it: 24 kHz mono, no master."""
        layer = VoiceLayer(id="voice", text=text, voice=voice, speed=speed, backend=backend)
        scene = Scene(layers=(layer,), rate=rate, channels=1, seed=SEED, master=Master(mode="none"))
        return await self.take(scene)

    async def bed(self, kind: str, seconds: float, intensity: float) -> Audio:
        """A bed as long as it is asked for, by the road, at the level that the source has."""
        request: dict[str, JsonValue] = {"kind": kind, "intensity": intensity}
        layer = SourceLayer(
            id="bed", role="ambient", request=request, loop=True, duration_ms=round(seconds * 1000)
        )
        return (await self.take(Scene(layers=(layer,), seed=SEED, master=Master(mode="none")))).audio

    async def cycle(self, kind: str, intensity: float) -> Audio:
        """One cycle of a bed, as the source yields it."""
        backend = self.kernel.backend("ambient")
        request = AmbientRequest(kind=kind, intensity=intensity, seed=SEED)
        return Audio.join([chunk.audio async for chunk in backend.render(request)])

    async def compose(self, request: MusicRequest) -> tuple[Audio, Mapping[str, Samples]]:
        """A piece and its stems."""
        blocks: list[Audio] = []
        stems: dict[str, list[Samples]] = {}
        async for chunk in self.kernel.backend("music").render(request):
            blocks.append(chunk.audio)
            for name, stem in chunk.stems.items():
                stems.setdefault(name, []).append(stem.samples)
        return Audio.join(blocks), {name: np.concatenate(parts) for name, parts in stems.items()}

    async def encoded(self, scene: Scene, encoding: Encoding) -> bytes:
        """The scene as a file, its header filled in as storage has it."""
        path = self.kernel.spool / "encoded"
        async with self.kernel.perform(await self.kernel.plan(scene)) as performance:
            await self.kernel.encode_file(performance.blocks(), encoding, scene.rate, scene.channels, path)
        return await asyncio.to_thread(path.read_bytes)


@asynccontextmanager
async def open_studio(folder: Path) -> AsyncIterator[Studio]:
    """A studio with its kernel's data in ``folder``; whatever does not open is an error here."""
    async with Kernel({"data_dir": folder}, strict=True) as kernel:
        yield Studio(kernel)
