"""Finished blocks to bytes: for a socket as they are made, or into a file that is corrected at the end."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from mixdown_kernel.audio import Audio
from mixdown_kernel.contracts import Encoder, Encoding, EncodingBackend, Format
from mixdown_kernel.problems import invalid
from mixdown_kernel.streams import closing


@dataclass(frozen=True)
class EncodedFile:
    path: Path
    size: int
    sha256: str
    media_type: str


def format_of(backend: EncodingBackend, encoding: Encoding) -> Format:
    """The backend's description of a format; `Problem` ``unsupported_format`` names those there are."""
    formats = backend.formats()
    if encoding.format not in formats:
        raise invalid(
            "unsupported_format",
            f"there is no encoder for {encoding.format[:40]!r}",
            field="format",
            allowed=sorted(formats),
            hint='Where it is not installed yet, `pip install "mixdown[ffmpeg]"` adds aac.',
        )
    return formats[encoding.format]


async def encode_stream(
    backend: EncodingBackend, blocks: AsyncIterator[Audio], encoding: Encoding, rate: int, channels: int
) -> AsyncIterator[bytes]:
    """Bytes as soon as they exist. The encoder works in threads, while the road makes the next block."""
    encoder = backend.encoder(encoding, rate, channels, seekable=False)
    async with closing(blocks):
        async for block in blocks:
            if data := await asyncio.to_thread(encoder.encode, block.samples):
                yield data
    if tail := (await asyncio.to_thread(encoder.finish)).tail:
        yield tail


async def encode_file(
    backend: EncodingBackend,
    blocks: AsyncIterator[Audio],
    encoding: Encoding,
    rate: int,
    channels: int,
    path: Path,
) -> EncodedFile:
    """The blocks as a file at ``path`` with its headers filled in. Nothing stays there after a failure."""
    encoder = backend.encoder(encoding, rate, channels, seekable=True)
    try:
        with path.open("wb") as file:
            async with closing(blocks):
                async for block in blocks:
                    await asyncio.to_thread(
                        lambda samples: file.write(encoder.encode(samples)), block.samples
                    )
            await asyncio.to_thread(_finish, encoder, file)
        size, sha256 = await asyncio.to_thread(_summary, path)
    except BaseException:
        path.unlink(missing_ok=True)  # noqa: ASYNC240 - a cancelled task must not await
        raise
    return EncodedFile(path, size, sha256, format_of(backend, encoding).media_type)


def _finish(encoder: Encoder, file: BinaryIO) -> None:
    ending = encoder.finish()
    file.write(ending.tail)
    for offset, data in ending.patches:
        file.seek(offset)
        file.write(data)


def _summary(path: Path) -> tuple[int, str]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return file.tell(), digest
