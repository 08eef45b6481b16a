"""Tensors of a checkpoint on disk: described by its index, read when they are asked for, always as float32."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mixdown_tts_onnx.s1_mini.shape import bad_checkpoint

Weights = Mapping[str, NDArray[np.float32]]
"""A state dictionary. Each access reads the tensor anew, so that a whole checkpoint never lies in memory."""

WIDTHS = {"bf16": 2, "f16": 2, "f32": 4, "f64": 8, "i8": 1, "i16": 2, "i32": 4, "i64": 8, "u8": 1, "bool": 1}
_NUMPY = {"f16": "<f2", "f32": "<f4", "f64": "<f8", "i8": "i1", "i16": "<i2", "i32": "<i4", "i64": "<i8"}
_NUMPY |= {"u8": "u1", "bool": "u1", "bf16": "<u2"}


@dataclass(frozen=True, slots=True)
class Stored:
    """Where a tensor's elements lie: a run of ``capacity`` elements from byte ``position`` of a file, of which the
    tensor takes those at ``offset`` + its strides (in elements)."""

    file: Path
    position: int
    capacity: int
    dtype: str
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    offset: int = 0

    def check(self, name: str, size: int) -> None:
        """`EngineError` ``bad_checkpoint`` where it reaches beyond its file's ``size`` or its own storage."""
        last = self.offset + sum((n - 1) * step for n, step in zip(self.shape, self.strides, strict=True))
        inside = min((self.offset, *self.shape, *self.strides, self.capacity)) >= 0
        if 0 in self.shape or (inside and last < self.capacity and self._end <= size):
            return
        raise bad_checkpoint(f"{self.file.name} ends before the tensor {name}", "Download it again.")

    @property
    def _end(self) -> int:
        return self.position + self.capacity * WIDTHS[self.dtype]

    def read(self) -> NDArray[np.float32]:
        """The tensor as float32, contiguous."""
        if math.prod(self.shape) == 0:
            return np.zeros(self.shape, np.float32)
        raw = np.memmap(self.file, _NUMPY[self.dtype], "r", self.position, (self.capacity,))
        width = raw.itemsize
        view = np.lib.stride_tricks.as_strided(
            raw[self.offset :], self.shape, tuple(width * step for step in self.strides), writeable=False
        )
        if self.dtype == "bf16":
            return (np.ascontiguousarray(view).astype(np.uint32) << 16).view(np.float32)
        return np.array(view, np.float32, order="C")


class StoredWeights(Weights):
    """A state dictionary on disk."""

    def __init__(self, stored: Mapping[str, Stored]) -> None:
        self._stored = dict(stored)

    def __getitem__(self, name: str) -> NDArray[np.float32]:
        return self._stored[name].read()

    def __iter__(self) -> Iterator[str]:
        return iter(self._stored)

    def __len__(self) -> int:
        return len(self._stored)

    def shape(self, name: str) -> tuple[int, ...]:
        return self._stored[name].shape


def contiguous_strides(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(math.prod(shape[axis + 1 :]) for axis in range(len(shape)))
