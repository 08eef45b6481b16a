"""A checkpoint of S1-mini's true shape with random weights: it costs what the public one costs, and says nothing."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.s1_codec_weights import TRUE_SHAPE, RandomWeights
from mixdown_tts_onnx.s1_mini.checkpoint import expected_tensors
from mixdown_tts_onnx.s1_mini.shape import shape_of

CONFIG: dict[str, Any] = {
    "model_type": "dual_ar",
    "vocab_size": 155776,
    "n_layer": 28,
    "n_head": 16,
    "n_local_heads": 8,
    "dim": 1024,
    "head_dim": 128,
    "intermediate_size": 3072,
    "norm_eps": 1e-6,
    "rope_base": 1000000,
    "max_seq_len": 8192,
    "tie_word_embeddings": False,
    "attention_qk_norm": True,
    "scale_codebook_embeddings": True,
    "codebook_size": 4096,
    "num_codebooks": 10,
    "n_fast_layer": 4,
    "fast_dim": 1024,
    "fast_n_head": 16,
    "fast_n_local_heads": 8,
    "fast_head_dim": 64,
    "fast_intermediate_size": 3072,
    "fast_attention_qk_norm": False,
}
CONTROL = (
    "<|begin_of_text|>",
    "<|end_of_text|>",
    "<|pad|>",
    "<|im_start|>",
    "<|im_end|>",
    "<|phoneme_start|>",
    "<|phoneme_end|>",
    "<|tool_call_start|>",
    "<|tool_call_end|>",
    "<|text|>",
    "<|voice|>",
    "<|interleave|>",
    "<|audio_start|>",
    "<|audio_end|>",
    "<|audio|>",
)
BYTE_PAIRS = 151_643
HEADER_BYTES = 1 << 20

Tensor = NDArray[np.float32]


def write_checkpoint(directory: Path) -> None:
    """About four gigabytes; a directory that has one keeps it."""
    if (directory / "complete").is_file():
        return
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "config.json").write_text(json.dumps(CONFIG))
    _write_tokenizer(directory)
    _write_safetensors(directory / "model.safetensors", _transformers(), "BF16")
    codec = RandomWeights(TRUE_SHAPE)
    _write_safetensors(directory / "codec.safetensors", ((name, codec[name]) for name in codec), "F32")
    (directory / "complete").touch()


def _write_tokenizer(directory: Path) -> None:
    """As many tokens as the true one: the bytes, and then what nobody writes."""
    words = [bytes([n]) for n in range(256)] + [
        b"\xff" + n.to_bytes(3, "big") for n in range(BYTE_PAIRS - 256)
    ]
    lines = (f"{base64.b64encode(word).decode()} {rank}\n" for rank, word in enumerate(words))
    (directory / "tokenizer.tiktoken").write_text("".join(lines))
    special = [*CONTROL, *(f"<|semantic:{code}|>" for code in range(4096))]
    ids = {token: len(words) + index for index, token in enumerate(special)}
    (directory / "special_tokens.json").write_text(json.dumps(ids))


def _write_safetensors(path: Path, tensors: Iterable[tuple[str, Tensor]], dtype: str) -> None:
    """One tensor in memory at a time: the header, padded with blanks, is filled in at the end."""
    header: dict[str, Any] = {}
    offset = 0
    with path.open("wb") as file:
        file.seek(8 + HEADER_BYTES)
        for name, values in tensors:
            content = values if dtype == "F32" else (values.view(np.uint32) >> 16).astype(np.uint16)
            file.write(np.ascontiguousarray(content).data)
            ends = [offset, offset + content.nbytes]
            header[name] = {"dtype": dtype, "shape": values.shape, "data_offsets": ends}
            offset += content.nbytes
        file.seek(0)
        file.write(HEADER_BYTES.to_bytes(8, "little") + json.dumps(header).encode().ljust(HEADER_BYTES))


def _transformers() -> Iterator[tuple[str, Tensor]]:
    """Of the size that training leaves, so that nothing overflows or dies away."""
    generator = np.random.default_rng(0)
    for name, shape in expected_tensors(shape_of(CONFIG)).items():
        values = generator.standard_normal(shape, np.float32)
        if name.endswith("norm.weight"):
            values = np.abs(1 + np.float32(0.1) * values)
        elif "embeddings" in name:
            values *= np.float32(0.02)
        else:
            values /= np.float32(np.sqrt(shape[1]))
        yield name, values
