"""Recordings joined to one: the source role ``sequence``, of which assembled messages consist.

What is joined lies decoded among the assets. Parts keep their samples, bit for bit, except where a fade or a
crossfade was asked for; those have the shape of a raised cosine, and the two of a crossfade sum to one.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from mixdown_kernel.assets import locate
from mixdown_kernel.audio import Audio, Samples, to_frames
from mixdown_kernel.backends import Backend, Context, PluginSettings
from mixdown_kernel.contracts import Chunk
from mixdown_kernel.pcm import PcmFile
from mixdown_kernel.problems import invalid
from mixdown_kernel.requests import SequencePart, SequenceRequest
from mixdown_kernel.roles import Role
from mixdown_kernel.scene import SEQUENCE_ROLE

BLOCK_FRAMES = 1 << 20
"""Most messages are shorter, and are made in one step."""


class SequenceSource(Protocol):
    """Role ``sequence``."""

    def render(self, request: SequenceRequest) -> AsyncIterator[Chunk]: ...


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a part lies in the sequence, in frames, and how long it fades at its edges."""

    start: int
    frames: int
    fade_in: int
    fade_out: int

    @property
    def end(self) -> int:
        return self.start + self.frames


def place(lengths: Sequence[int], request: SequenceRequest, rate: int) -> tuple[tuple[Placed, ...], int]:
    """The parts on the sequence's timeline, given their ``lengths`` in frames, and the sequence's own length.

    No fade takes more than half of its part, so that fades of one part never meet.
    """
    parts = request.parts
    tail = min(to_frames(request.tail_fade_ms, rate), lengths[-1])
    placed: list[Placed] = []
    position = fade_in = 0
    for index, (part, frames) in enumerate(zip(parts, lengths, strict=True)):
        last = index == len(parts) - 1
        following = frames if last else lengths[index + 1]
        crossfade = min(to_frames(part.crossfade_ms, rate), frames // 2, following // 2)
        gap = to_frames(part.gap_ms, rate)
        placed.append(Placed(position, frames, fade_in, tail if last else crossfade))
        position += frames + (gap if gap or last else -crossfade)
        fade_in = crossfade
    return tuple(placed), position


def length_of(part: SequencePart, frames: int) -> int:
    """How many frames a part takes of a recording of ``frames``. Raises `Problem` ``invalid``/``empty_part``."""
    end = frames if part.end_frame is None else min(part.end_frame, frames)
    if end <= part.start_frame:
        raise invalid("empty_part", f"{part.asset} has no frames from {part.start_frame} on", field="parts")
    return end - part.start_frame


@dataclass(frozen=True, slots=True)
class _Joined:
    """A sequence whose parts have been found."""

    files: tuple[PcmFile, ...]
    first_frames: tuple[int, ...]
    placed: tuple[Placed, ...]
    frames: int
    rate: int
    channels: int

    def block(self, begin: int, end: int) -> Samples:
        """The frames ``begin`` to ``end``."""
        joined = np.zeros((end - begin, self.channels), np.float32)
        for file, first, at in zip(self.files, self.first_frames, self.placed, strict=True):
            start, stop = max(begin, at.start), min(end, at.end)
            if start < stop:
                inside = _part(file, first, at, start - at.start, stop - at.start)
                joined[start - begin : stop - begin] += inside
        return joined


def _part(file: PcmFile, first: int, at: Placed, begin: int, end: int) -> Samples:
    """A part's frames ``begin`` to ``end``, faded at its edges."""
    samples = file.mapped()[first + begin : first + end]
    fades_in, fades_out = begin < at.fade_in, end > at.frames - at.fade_out
    if not (fades_in or fades_out):
        return samples
    samples = samples.copy()
    if fades_in:
        stop = min(end, at.fade_in)
        samples[: stop - begin] *= _rise(at.fade_in)[begin:stop]
    if fades_out:
        start = max(begin, at.frames - at.fade_out)
        fall = np.float32(1) - _rise(at.fade_out)
        samples[start - begin :] *= fall[start - at.frames + at.fade_out : end - at.frames + at.fade_out]
    return samples


def _rise(frames: int) -> Samples:
    """From 0 to 1 as half a period of a raised cosine, shape (frames, 1)."""
    phase = (np.arange(frames, dtype=np.float64) + 0.5) / frames
    return np.square(np.sin(phase * np.pi / 2)).astype(np.float32)[:, None]


def _find(folder: Path, request: SequenceRequest) -> _Joined:
    found = [locate(folder, part.asset) for part in request.parts]
    files, rates = tuple(file for file, _ in found), {rate for _, rate in found}
    channels = {file.channels for file in files}
    if len(rates) > 1 or len(channels) > 1:
        message = f"the parts differ: rates {sorted(rates)}, channels {sorted(channels)}"
        raise invalid("mixed_parts", message, field="parts")
    rate = rates.pop()
    pairs = zip(request.parts, files, strict=True)
    placed, frames = place([length_of(part, file.frames) for part, file in pairs], request, rate)
    firsts = tuple(part.start_frame for part in request.parts)
    return _Joined(files, firsts, placed, frames, rate, channels.pop())


class _Sequences:
    """Meets `SequenceSource`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def render(self, request: SequenceRequest) -> AsyncIterator[Chunk]:
        if request.parameters:
            raise invalid("unknown_parameter", "a sequence has no parameters", field="parameters", allowed=[])
        joined = await asyncio.to_thread(_find, self._folder, request)
        for begin in range(0, joined.frames, BLOCK_FRAMES):
            end = min(begin + BLOCK_FRAMES, joined.frames)
            yield Chunk(Audio(await asyncio.to_thread(joined.block, begin, end), joined.rate))


@asynccontextmanager
async def _open(_settings: PluginSettings, context: Context) -> AsyncIterator[SequenceSource]:
    yield _Sequences(context.assets_dir)


SEQUENCE = Role(SEQUENCE_ROLE, SequenceSource, SequenceRequest, cost="light", keep=False)
sequences = Backend(
    name="joined-assets", open=_open, description="Recordings joined with gaps and crossfades"
)
