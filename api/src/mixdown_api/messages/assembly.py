"""Messages assembled of stems: a scene of one sequence, which passes the mix untouched.

Source: contracts/hybrid-audio.md, "Semantic assembly"; why it is a source of the road: docs/decisions/0016-messages.md.
"""

from __future__ import annotations

import asyncio
import math
import secrets
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

import numpy as np
from pydantic import JsonValue

from mixdown_api.messages.labels import plain
from mixdown_api.messages.recordings import Recording, decoded
from mixdown_api.messages.stems import Stem
from mixdown_api.messages.voicing import CHANNELS, RATE, WAV
from mixdown_api.service import Service
from mixdown_api.state.files import File
from mixdown_kernel import Audio, Master, Scene, SequencePart, SequenceRequest, SourceLayer, to_ms
from mixdown_kernel.sequences import Placed, place

KIND = "message"
"""Of the files that messages are."""
TAIL_FADE_MS = 5
CLIPPED = 32_767 / 32_768
"""The largest sample of 16 bits; whatever reaches it may have been cut."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stem in a message; gap and crossfade are those of the join behind it."""

    id: str
    stem: Stem
    gap_ms: int = 0
    crossfade_ms: int = 0


@dataclass(frozen=True, slots=True)
class Diagnostics:
    """Measured on what leaves for the encoder; levels are linear, 1.0 is full scale."""

    duration_ms: int
    rms: float
    peak: float
    clipped_samples: int


@dataclass(frozen=True, slots=True)
class Message:
    """A finished message; ``placed`` says, piece by piece, where in its frames it lies."""

    file: File
    output_file: str
    placed: tuple[Placed, ...]
    diagnostics: Diagnostics


async def assemble(
    service: Service,
    pieces: Sequence[Piece],
    *,
    name: str,
    told: dict[str, JsonValue],
    tail_fade_ms: int = TAIL_FADE_MS,
    clean: bool = False,
) -> Message:
    """Join pieces into a file that is kept under ``output/<name>_<time>.wav``, with what is ``told`` of it.

    ``clean`` leaves the padding of stems out. Raises what the road raises.
    """
    recordings = await asyncio.gather(*(decoded(service, piece.stem.file) for piece in pieces))
    request = sequence(pieces, recordings, tail_fade_ms=tail_fade_ms, clean=clean)
    output = f"output/{plain(name)[:120]}_{datetime.now(UTC):%Y%m%dT%H%M%S%f}_{secrets.token_hex(2)}.wav"
    plan = await service.kernel.plan(scene_of(request))
    signature = service.kernel.file_signature(service.kernel.mix_signature(plan), WAV)
    measuring = _Measuring()
    async with (
        service.edge.admission.slot(),
        service.kernel.perform(plan) as performance,
        service.renders.keeping() as batch,
    ):
        blocks = measuring.watched(performance.blocks())

        async def inspect(_: object) -> dict[str, JsonValue]:
            return {
                "message": {**told, "output_file": output, "diagnostics": asdict(measuring.diagnostics())}
            }

        file = await batch.encode(
            blocks,
            WAV,
            RATE,
            CHANNELS,
            name=output.removeprefix("output/").removesuffix(".wav"),
            kind=KIND,
            signature=signature,
            inspect=inspect,
        )
        await batch.commit()
    lengths = [(part.end_frame or 0) - part.start_frame for part in request.parts]
    placed, _ = place(lengths, request, RATE)
    return Message(file, output, placed, measuring.diagnostics())


def sequence(
    pieces: Sequence[Piece], recordings: Sequence[Recording], *, tail_fade_ms: int, clean: bool
) -> SequenceRequest:
    """What the road is asked for: stems by their content."""
    parts = [
        SequencePart(
            asset=recording.asset,
            start_frame=recording.first if clean else 0,
            end_frame=recording.end if clean else recording.frames,
            gap_ms=piece.gap_ms,
            crossfade_ms=piece.crossfade_ms,
        )
        for piece, recording in zip(pieces, recordings, strict=True)
    ]
    return SequenceRequest(parts=tuple(parts), tail_fade_ms=tail_fade_ms)


def scene_of(request: SequenceRequest) -> Scene:
    """48 kHz mono, and nothing done to it but the joins."""
    layer = SourceLayer(
        id="message",
        role="sequence",
        request=request.model_dump(mode="json", exclude={"seed", "parameters"}, exclude_defaults=True),
    )
    return Scene(layers=(layer,), rate=RATE, channels=CHANNELS, master=Master(mode="none"), seed=0)


class _Measuring:
    """Counts what passes."""

    def __init__(self) -> None:
        self._frames = self._clipped = 0
        self._energy = self._peak = 0.0

    async def watched(self, blocks: AsyncIterator[Audio]) -> AsyncIterator[Audio]:
        async for block in blocks:
            self._see(block.samples[:, 0])
            yield block

    def _see(self, samples: np.ndarray) -> None:
        peak = float(max(samples.max(initial=0.0), -samples.min(initial=0.0)))
        self._frames += len(samples)
        self._energy += float(np.dot(samples, samples))
        self._peak = max(self._peak, peak)
        if peak >= CLIPPED:
            self._clipped += int(np.count_nonzero(np.abs(samples) >= CLIPPED))

    def diagnostics(self) -> Diagnostics:
        rms = math.sqrt(self._energy / self._frames) if self._frames else 0.0
        return Diagnostics(to_ms(self._frames, RATE), round(rms, 6), round(self._peak, 6), self._clipped)
