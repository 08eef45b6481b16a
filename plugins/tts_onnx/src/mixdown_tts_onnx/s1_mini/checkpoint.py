"""A checkpoint's weights: ``.pth`` or ``.safetensors``, whole and of the shape that its configuration states."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from mixdown_tts_onnx.s1_mini.shape import Shape, TransformerShape, bad_checkpoint
from mixdown_tts_onnx.s1_mini.tensors import (
    Stored,
    StoredWeights,
    Weights,
    contiguous_strides,
)
from mixdown_tts_onnx.s1_mini.unpickling import MAX_INDEX_BYTES, read_index

_SAFETENSORS = {"BF16": "bf16", "F16": "f16", "F32": "f32", "F64": "f64", "I64": "i64", "I32": "i32"}
_SAFETENSORS |= {"I16": "i16", "I8": "i8", "U8": "u8", "BOOL": "bool"}


def open_weights(directory: Path, stem: str) -> StoredWeights:
    """The tensors of ``<stem>.safetensors`` or ``<stem>.pth`` in a checkpoint's directory, read on access.

    Training's prefixes (``model.``, ``generator.``) are taken off. `EngineError` ``bad_checkpoint`` where there is
    neither file, or the one there is cannot be read.
    """
    for suffix, reader in ((".safetensors", read_safetensors), (".pth", read_index)):
        path = directory / f"{stem}{suffix}"
        if path.is_file():
            return StoredWeights(_without_prefix(reader(path)))
    raise bad_checkpoint(f"there is neither {stem}.pth nor {stem}.safetensors")


def read_safetensors(path: Path) -> dict[str, Stored]:
    """The index of a safetensors file: eight bytes of length, a JSON header, the tensors."""
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if not 2 <= length <= min(MAX_INDEX_BYTES, size - 8):
            raise bad_checkpoint(f"{path.name} is no safetensors file, or it is cut short")
        try:
            header = json.loads(file.read(length))
            stored = {
                name: _entry(path, 8 + length, entry)
                for name, entry in header.items()
                if name != "__metadata__"
            }
        except (ValueError, KeyError, TypeError, AttributeError):
            raise bad_checkpoint(f"the header of {path.name} cannot be read") from None
    for name, tensor in stored.items():
        tensor.check(name, size)
    return stored


def _entry(path: Path, start: int, entry: Mapping[str, Any]) -> Stored:
    shape = tuple(int(length) for length in entry["shape"])
    begin, _ = entry["data_offsets"]
    capacity = int(np.prod(shape, dtype=np.int64))
    return Stored(
        path, start + int(begin), capacity, _SAFETENSORS[entry["dtype"]], shape, contiguous_strides(shape)
    )


def _without_prefix(stored: Mapping[str, Stored]) -> dict[str, Stored]:
    if any(name.startswith("generator.") for name in stored):
        return {name.removeprefix("generator."): one for name, one in stored.items() if "generator." in name}
    return {name.removeprefix("model."): one for name, one in stored.items()}


class TransformerWeights:
    """The tensors of both transformers under the reference's names; whole and of the stated shape, or refused."""

    def __init__(self, weights: Weights, shape: Shape) -> None:
        """`EngineError` ``bad_checkpoint`` naming the first tensors that are missing or of another shape."""
        self._weights = weights
        missing, wrong = [], []
        for name, expected in expected_tensors(shape).items():
            actual = self._shape_of(name)
            if actual is None:
                missing.append(name)
            elif actual != expected:
                wrong.append(f"{name} is {list(actual)} instead of {list(expected)}")
        if missing:
            raise bad_checkpoint(f"{len(missing)} tensors are missing, the first {', '.join(missing[:3])}")
        if wrong:
            raise bad_checkpoint(f"{len(wrong)} tensors have another shape: {'; '.join(wrong[:3])}")

    def __getitem__(self, name: str) -> NDArray[np.float32]:
        if name in self._weights:
            return self._weights[name]
        return np.concatenate([self._weights[part] for part in _split_names(name)])

    def _shape_of(self, name: str) -> tuple[int, ...] | None:
        names = [name] if name in self._weights else _split_names(name)
        if not names or any(part not in self._weights for part in names):
            return None
        shapes = [_shape(self._weights, part) for part in names]
        return (sum(shape[0] for shape in shapes), *shapes[0][1:])


class CountedWeights:
    """Weights that tell, as they are read, which share of ``count`` tensors has been."""

    def __init__(self, weights: TransformerWeights, count: int, told: Callable[[float], None]) -> None:
        self._weights, self._count, self._told = weights, count, told
        self._read: set[str] = set()

    def __getitem__(self, name: str) -> NDArray[np.float32]:
        self._read.add(name)
        self._told(min(1.0, len(self._read) / self._count))
        return self._weights[name]


class Readable(Protocol):
    """Tensors by their names in the reference."""

    def __getitem__(self, name: str, /) -> NDArray[np.float32]: ...


def _split_names(name: str) -> list[str]:
    """Older checkpoints hold queries, keys and values apart."""
    if not name.endswith("attention.wqkv.weight"):
        return []
    return [re.sub(r"wqkv\.weight$", f"{part}.weight", name) for part in ("wq", "wk", "wv")]


def _shape(weights: Weights, name: str) -> tuple[int, ...]:
    return weights.shape(name) if isinstance(weights, StoredWeights) else weights[name].shape


def expected_tensors(shape: Shape) -> dict[str, tuple[int, ...]]:
    """Every tensor that the graphs are built of, with its shape."""
    width = shape.slow.width
    expected: dict[str, tuple[int, ...]] = {
        "embeddings.weight": (shape.vocabulary, width),
        "codebook_embeddings.weight": (shape.codebooks * shape.codebook_size, width),
        "norm.weight": (width,),
        "fast_embeddings.weight": (shape.codebook_size, width),
        "fast_norm.weight": (width,),
        "fast_output.weight": (shape.codebook_size, width),
    }
    if not shape.tied_head:
        expected["output.weight"] = (shape.vocabulary, width)
    for prefix, transformer in (("layers", shape.slow), ("fast_layers", shape.fast)):
        for layer in range(transformer.layers):
            expected |= {f"{prefix}.{layer}.{name}": of for name, of in _layer_tensors(transformer).items()}
    return expected


def _layer_tensors(shape: TransformerShape) -> dict[str, tuple[int, ...]]:
    tensors: dict[str, tuple[int, ...]] = {
        "attention_norm.weight": (shape.width,),
        "ffn_norm.weight": (shape.width,),
        "attention.wqkv.weight": (shape.qkv_width, shape.width),
        "attention.wo.weight": (shape.width, shape.heads * shape.head_width),
        "feed_forward.w1.weight": (shape.ffn_width, shape.width),
        "feed_forward.w3.weight": (shape.ffn_width, shape.width),
        "feed_forward.w2.weight": (shape.width, shape.ffn_width),
    }
    if shape.qk_norm:
        tensors |= {f"attention.{name}_norm.weight": (shape.head_width,) for name in "qk"}
    return tensors
