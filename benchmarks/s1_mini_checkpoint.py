"""A checkpoint of S1-mini's true shape with random weights: it costs what the public one costs, and says nothing."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from mixdown_tts_onnx.s1_mini.checkpoint import expected_tensors
from mixdown_tts_onnx.s1_mini.convert.codec.shape import CodecShape, TransformerShape
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
WINDOWED = TransformerShape(layers=8, width=1024, hidden=3072, window=128, positions=4096)
CODEC = CodecShape(
    latent=1024,
    codebooks=(4096, *[1024] * 9),
    code_width=8,
    resampling=(2, 2),
    decoder_width=1536,
    decoder_rates=(8, 8, 4, 2),
    encoder_width=64,
    encoder_rates=(2, 4, 8, 8),
    post=WINDOWED,
    pre=WINDOWED,
    encoder_transformers=(None, None, None, TransformerShape(4, 1024, 3072, 512, 16384)),
)
CONTROL = (
    "<|begin_of_text|>",
    "<|end_of_text|>",
    "<|pad|>",
    "<|im_start|>",
    "<|im_end|>",
    "<|phoneme_start|>",
)
CONTROL += (
    "<|phoneme_end|>",
    "<|tool_call_start|>",
    "<|tool_call_end|>",
    "<|text|>",
    "<|voice|>",
    "<|interleave|>",
)
CONTROL += ("<|audio_start|>", "<|audio_end|>", "<|audio|>")
BYTE_PAIRS = 151_643


def write_checkpoint(directory: Path) -> None:
    """About four gigabytes; a directory that has one keeps it."""
    if (directory / "complete").is_file():
        return
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "config.json").write_text(json.dumps(CONFIG))
    _write_tokenizer(directory)
    _write_safetensors(directory / "model.safetensors", expected_tensors(shape_of(CONFIG)).items(), "BF16")
    tensors = {**dict(CODEC.decoder_tensors()), **dict(CODEC.encoder_tensors())}
    _write_safetensors(directory / "codec.safetensors", tensors.items(), "F32")
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


def _write_safetensors(path: Path, tensors: Iterable[tuple[str, tuple[int, ...]]], dtype: str) -> None:
    width = {"BF16": 2, "F32": 4}[dtype]
    header: dict[str, Any] = {}
    offset = 0
    for name, shape in tensors:
        size = width * int(np.prod(shape, dtype=np.int64))
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [offset, offset + size]}
        offset += size
    text = json.dumps(header).encode()
    rng = np.random.default_rng(0)
    with path.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for name, entry in header.items():
            values = _random(rng, name, entry["shape"])
            file.write(
                (values.view(np.uint32) >> 16).astype(np.uint16).tobytes()
                if dtype == "BF16"
                else values.tobytes()
            )


def _random(
    rng: np.random.Generator, name: str, shape: tuple[int, ...]
) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Of the size that training leaves, so that nothing overflows or dies away."""
    values = rng.standard_normal(shape, np.float32)
    if name.endswith(("alpha", "norm.weight")):
        return np.abs(1 + 0.1 * values)
    if name.endswith("gamma"):
        return 0.01 + 0.001 * values
    if name.endswith("bias"):
        return 0.01 * values
    if "embedding" in name or "codebook" in name:
        return 0.02 * values if "embeddings" in name else values
    return values / np.sqrt(np.float32(max(1, int(np.prod(shape[1:])))))
