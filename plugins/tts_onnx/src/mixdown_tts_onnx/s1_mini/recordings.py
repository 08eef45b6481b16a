"""Reference recordings: found, decoded once to the codec's rate, and kept for the engine to read."""

from __future__ import annotations

import asyncio
import hashlib
import os
import uuid
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mixdown_kernel import (
    Audio,
    Context,
    DecodeLimits,
    DecodingBackend,
    MixingBackend,
    Problem,
    with_channels,
)
from mixdown_kernel.assets import PREFIX, locate
from mixdown_kernel.problems import Kind, invalid
from mixdown_tts_onnx.s1_mini.eviction import evict

VOICES = "voices"
"""The folder of a model's directory with voices of one's own: a recording and, beside it, what is said in it."""
SUFFIXES = (".wav", ".flac", ".mp3", ".ogg", ".m4a")
LONGEST_SECONDS = 90.0
MAX_TEXT = 2000


@dataclass(frozen=True, slots=True)
class VoiceFile:
    """A voice of a model's own folder."""

    name: str
    recording: Path
    transcript: Path

    def text(self) -> str:
        """What is said. `Problem` for a transcript that is empty or long."""
        text = " ".join(self.transcript.read_text("utf-8", "replace").split())
        return checked_text(text, f"the transcript of the voice {self.name}")


def voice_files(directory: Path) -> list[VoiceFile]:
    """In the order of their names; a recording without a transcript is none."""
    found = []
    folder = directory / VOICES
    for recording in sorted(folder.iterdir()) if folder.is_dir() else []:
        transcript = recording.with_suffix(".txt")
        if recording.suffix.lower() in SUFFIXES and transcript.is_file():
            found.append(VoiceFile(recording.stem, recording, transcript))
    return found


def checked_text(text: str, what: str, field: str = "parameters.reference_text") -> str:
    if not 1 <= len(text) <= MAX_TEXT:
        raise invalid(
            "bad_reference_text",
            f"{what[:1].upper()}{what[1:]} has {len(text)} characters.",
            field=field,
            allowed=[1, MAX_TEXT],
            hint="Write down what is said in the recording, word for word.",
        )
    return text


class Recordings:
    """Decoded recordings in a folder, by the hash of what they were made of; the least recently used go."""

    def __init__(self, context: Context, rate: int, limit: int) -> None:
        """``rate`` is the codec's, in Hz; ``limit`` is bytes on disk."""
        self._limit = limit
        self._context = context
        self._folder = context.data_dir / "recordings"
        self._rate = rate

    async def of_file(self, file: VoiceFile) -> dict[str, str]:
        """A reference as the engine reads it."""
        content = await asyncio.to_thread(lambda: hashlib.sha256(file.recording.read_bytes()).hexdigest())
        decoder: DecodingBackend = await self._context.backend("decoding")
        blocks = decoder.decode(file.recording, DecodeLimits(max_seconds=LONGEST_SECONDS))
        return await self._reference(file.text(), content, blocks)

    async def of_asset(self, asset: str, text: str) -> dict[str, str]:
        """`Problem` ``not_found``/``unknown_asset``, ``invalid``/``bad_reference`` for one that is too long."""
        return await self._reference(text, asset.removeprefix(PREFIX), _asset_blocks(self._context, asset))

    async def _reference(self, text: str, content: str, blocks: AsyncIterator[Audio]) -> dict[str, str]:
        name = hashlib.sha256(f"{content} {self._rate}".encode()).hexdigest()
        path = self._folder / f"{name}.f32"
        if not await asyncio.to_thread(_touch, path):
            mixing: MixingBackend = await self._context.backend("mixing")
            samples = await self._converted(blocks, mixing)
            await asyncio.to_thread(self._write, path, samples)
        return {"text": text, "samples": str(path.resolve()), "sha256": name}

    async def _converted(
        self, blocks: AsyncIterator[Audio], mixing: MixingBackend
    ) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
        """Mono at the codec's rate."""
        heard: list[Audio] = []
        async with aclosing(blocks):  # type: ignore[type-var]
            async for block in blocks:
                heard.append(Audio(with_channels(block.samples, 1), block.rate))
                if sum(one.frames for one in heard) > LONGEST_SECONDS * block.rate:
                    raise too_long()
        whole = Audio.join(heard)
        if whole.rate == self._rate:
            return whole.samples[:, 0]
        resampler = mixing.resampler(whole.rate, self._rate, 1)
        parts = await asyncio.to_thread(lambda: [resampler.process(whole.samples), resampler.flush()])
        return np.concatenate(parts)[:, 0]

    def _write(self, path: Path, samples: np.ndarray[tuple[int], np.dtype[np.float32]]) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        part = self._folder / f"{uuid.uuid4().hex}.part"
        try:
            np.ascontiguousarray(samples, "<f4").tofile(part)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
        evict(self._folder.glob("*.f32"), self._limit)


def too_long() -> Problem:
    return Problem(
        Kind.TOO_LARGE,
        "reference_too_long",
        f"The reference recording is longer than {LONGEST_SECONDS:g} seconds.",
        field="parameters.reference",
        allowed=[1, LONGEST_SECONDS],
        hint="Ten to thirty seconds of one speaker are enough.",
    )


async def _asset_blocks(context: Context, asset: str) -> AsyncIterator[Audio]:
    pcm, rate = await asyncio.to_thread(locate, context.assets_dir, asset)
    if pcm.frames > LONGEST_SECONDS * rate:
        raise too_long()
    for block in await asyncio.to_thread(list, pcm.blocks(rate)):
        yield Audio(block, rate)


def _touch(path: Path) -> bool:
    try:
        os.utime(path)
    except FileNotFoundError:
        return False
    return True
