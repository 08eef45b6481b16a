"""Weights in few bits: symmetric, one scale for each block of a row, as ONNX Runtime's MatMulNBits reads them.

Layout: onnxruntime ``docs/ContribOperators.md``, MatMulNBits and GatherBlockQuantized. The zero point is 2^(bits-1).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

BITS = (2, 4, 8)
"""What ONNX Runtime's CPU kernels take; three bits are refused there."""
_SHRINK = {2: np.linspace(0.4, 1.0, 6), 4: np.linspace(0.8, 1.0, 4), 8: np.ones(1)}
_CHUNK = 1 << 17
"""Elements at a time, so that they stay near the processor."""


def quantize(
    matrix: NDArray[np.float32], bits: int, block: int
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Packed levels (rows, blocks, block × bits / 8) and scales (rows, blocks) of a matrix (rows, columns).

    A block's scale is the one of several that leaves the least squared error; its sign puts the largest element on
    the lowest level, which lies one further from zero than the highest.
    """
    rows, columns = matrix.shape
    if bits not in BITS or columns % block:
        raise ValueError(f"{columns} columns do not go into blocks of {block} at {bits} bits")
    packed = np.empty((rows, columns // block, block * bits // 8), np.uint8)
    scales = np.empty((rows, columns // block), np.float32)
    step = max(1, _CHUNK // columns)
    for start in range(0, rows, step):
        chunk = slice(start, start + step)
        blocks = matrix[chunk].reshape(-1, columns // block, block)
        scales[chunk] = _scales(blocks, bits)
        packed[chunk] = _pack(_levels(blocks, scales[chunk], bits), bits)
    return packed, scales


def dequantize(packed: NDArray[np.uint8], scales: NDArray[np.float32], bits: int) -> NDArray[np.float32]:
    """The matrix that `quantize`'s result stands for."""
    rows = packed.shape[0]
    shifts = np.arange(0, 8, bits, dtype=np.uint8)
    levels = (packed[..., None] >> shifts) & np.uint8((1 << bits) - 1)
    values = levels.reshape(*packed.shape[:2], -1).astype(np.float32) - (1 << (bits - 1))
    return (values * scales[..., None]).reshape(rows, -1)


def _scales(blocks: NDArray[np.float32], bits: int) -> NDArray[np.float32]:
    largest = np.take_along_axis(blocks, np.abs(blocks).argmax(-1, keepdims=True), -1)[..., 0]
    full = np.where(np.abs(largest) < 1e-12, 1e-12, largest / -(1 << (bits - 1))).astype(np.float32)
    if bits == 8:
        return full
    best, least = full, np.full(full.shape, np.inf, np.float32)
    for shrink in _SHRINK[bits]:
        scales = full * np.float32(shrink)
        levels = _levels(blocks, scales, bits).astype(np.float32) - (1 << (bits - 1))
        error = np.square(levels * scales[..., None] - blocks).sum(-1)
        best, least = np.where(error < least, scales, best), np.minimum(error, least)
    return best


def _levels(blocks: NDArray[np.float32], scales: NDArray[np.float32], bits: int) -> NDArray[np.uint8]:
    zero = 1 << (bits - 1)
    nearest = np.rint(blocks / scales[..., None]) + zero
    levels: NDArray[np.uint8] = np.clip(nearest, 0, 2 * zero - 1).astype(np.uint8)
    return levels


def _pack(levels: NDArray[np.uint8], bits: int) -> NDArray[np.uint8]:
    """Several levels a byte, the first lowest."""
    apart = levels.reshape(*levels.shape[:-1], -1, 8 // bits)
    shifts = np.arange(0, 8, bits, dtype=np.uint8)
    packed: NDArray[np.uint8] = np.bitwise_or.reduce(apart << shifts, axis=-1)
    return packed
