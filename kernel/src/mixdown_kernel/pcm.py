"""Sound on disk in the simplest form: raw little-endian float32 frames, interleaved.

Used for spools, stored sources and decoded assets. Blocking; the road calls it in threads.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import numpy as np

from mixdown_kernel.audio import Samples

BYTES = 4


class PcmWriter:
    """Appends blocks to a file; ``frames`` counts them."""

    def __init__(self, path: Path, channels: int) -> None:
        self.path = path
        self.channels = channels
        self.frames = 0
        self._file: BinaryIO = path.open("wb", buffering=1 << 18)

    def write(self, samples: Samples) -> None:
        self._file.write(np.ascontiguousarray(samples, dtype="<f4").data)
        self.frames += len(samples)

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class PcmFile:
    """A finished file of frames, read in blocks so that its length costs no memory."""

    def __init__(self, path: Path, channels: int) -> None:
        self.path = path
        self.channels = channels
        self.frames = os.path.getsize(path) // (BYTES * channels)

    def blocks(self, frames: int, start: int = 0) -> Iterator[Samples]:
        """Blocks of at most ``frames`` frames from frame ``start``."""
        with self.path.open("rb") as file:
            file.seek(start * BYTES * self.channels)
            while data := file.read(frames * BYTES * self.channels):
                whole = len(data) // (BYTES * self.channels) * BYTES * self.channels
                yield np.frombuffer(data[:whole], dtype="<f4").reshape(-1, self.channels)

    def mapped(self) -> Samples:
        """All of it as it lies on disk: what is never looked at costs neither time nor memory."""
        if not self.frames:  # nothing cannot be mapped
            return np.zeros((0, self.channels), np.float32)
        return np.memmap(self.path, dtype="<f4", mode="r").reshape(-1, self.channels)

    def read(self) -> Samples:
        """All of it at once; for what is known to be short."""
        return np.fromfile(self.path, dtype="<f4").reshape(-1, self.channels)
