"""Keys and values of the sequences that the slow transformer is working on, in memory that ONNX Runtime writes to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

Prefix = NDArray[Any]
"""Keys and values of a sequence's beginning: (layers, 2, kv_heads, positions, head_width), in the cache's own type."""
TYPES = {"tensor(float)": np.float32, "tensor(int8)": np.int8}


class Cache:
    """Rows of keys and values, one for each sequence of a batch. Memory is taken as rows fill, and then kept.

    A batch is always the first rows: who takes a sequence out moves the last one into its place.
    """

    def __init__(self, session: Any, rows: int, capacity: int) -> None:
        """``capacity`` is how many positions a row has."""
        self.capacity = capacity
        self._arrays = {
            given.name.removeprefix("past_"): np.zeros(
                (rows, given.shape[1], capacity, given.shape[3]), TYPES[given.type]
            )
            for given in session.get_inputs()
            if given.name.startswith("past_")
        }

    def bind(self, binding: Any, rows: slice) -> None:
        """Let a run read and extend the given rows in place."""
        for name, array in self._arrays.items():
            # It shares the array's memory, which a slice of whole rows has in one piece.
            held = onnxruntime.OrtValue.ortvalue_from_numpy(array[rows])
            binding.bind_ortvalue_input(f"past_{name}", held)
            binding.bind_ortvalue_output(f"present_{name}", held)

    def save(self, row: int, length: int) -> Prefix:
        """A copy of a row's first positions."""
        prefix = np.stack([array[row, :, :length] for array in self._ordered()])
        return prefix.reshape(len(prefix) // 2, 2, *prefix.shape[1:])

    def load(self, row: int, prefix: Prefix) -> None:
        for array, saved in zip(
            self._ordered(), prefix.reshape(2 * len(prefix), *prefix.shape[2:]), strict=True
        ):
            array[row, :, : saved.shape[1]] = saved

    def move(self, source: int, target: int, length: int) -> None:
        """Copy a row's first positions to another row."""
        for array in self._arrays.values():
            array[target, :, :length] = array[source, :, :length]

    def prefix_shape(self, length: int) -> tuple[int, ...]:
        first = next(self._ordered())
        return (len(self._arrays) // 2, 2, first.shape[1], length, first.shape[3])

    @property
    def dtype(self) -> np.dtype[Any]:
        return next(self._ordered()).dtype

    @property
    def bytes_per_position(self) -> int:
        """Of one row."""
        return sum(array[0, :, 0].nbytes for array in self._arrays.values())

    def _ordered(self) -> Iterator[NDArray[Any]]:
        """Keys and values in turn, by layer."""
        for layer in range(len(self._arrays) // 2):
            yield self._arrays[f"keys_{layer}"]
            yield self._arrays[f"values_{layer}"]
