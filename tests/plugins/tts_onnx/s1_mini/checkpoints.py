"""Checkpoints with random weights, small enough for tests and in every other respect like the public one."""

from __future__ import annotations

import base64
import io
import json
import pickle
import sys
import types
import zipfile
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mixdown_tts_onnx.s1_mini.convert.codec.shape import CodecShape, TransformerShape

CONFIG: dict[str, Any] = {
    "model_type": "dual_ar",
    "vocab_size": 1900,
    "n_layer": 2,
    "n_head": 4,
    "n_local_heads": 2,
    "dim": 128,
    "head_dim": 32,
    "intermediate_size": 256,
    "norm_eps": 1e-6,
    "rope_base": 1000000,
    "max_seq_len": 1024,
    "tie_word_embeddings": False,
    "attention_qkv_bias": False,
    "attention_o_bias": False,
    "attention_qk_norm": True,
    "scale_codebook_embeddings": True,
    "codebook_size": 1536,
    "num_codebooks": 4,
    "n_fast_layer": 2,
    "fast_dim": 128,
    "fast_n_head": 4,
    "fast_n_local_heads": 2,
    "fast_head_dim": 32,
    "fast_intermediate_size": 256,
    "fast_attention_qk_norm": False,
}
CONTROL = ["<|begin_of_text|>", "<|pad|>", "<|im_start|>", "<|im_end|>", "<|interleave|>"]


def random_weights(config: Mapping[str, Any], seed: int = 0) -> dict[str, NDArray[np.float32]]:
    """A state dictionary with the reference's names."""
    rng = np.random.default_rng(seed)
    c = config
    shapes: dict[str, tuple[int, ...]] = {
        "embeddings.weight": (c["vocab_size"], c["dim"]),
        "codebook_embeddings.weight": (c["codebook_size"] * c["num_codebooks"], c["dim"]),
        "output.weight": (c["vocab_size"], c["dim"]),
        "norm.weight": (c["dim"],),
        "fast_embeddings.weight": (c["codebook_size"], c["dim"]),
        "fast_norm.weight": (c["dim"],),
        "fast_output.weight": (c["codebook_size"], c["dim"]),
    }
    for prefix, own, count in (("layers", "", "n_layer"), ("fast_layers", "fast_", "n_fast_layer")):
        heads, kv, head, ffn = (
            c[own + n] for n in ("n_head", "n_local_heads", "head_dim", "intermediate_size")
        )
        for i in range(c[count]):
            name = f"{prefix}.{i}"
            shapes[f"{name}.attention.wqkv.weight"] = ((heads + 2 * kv) * head, c["dim"])
            shapes[f"{name}.attention.wo.weight"] = (c["dim"], heads * head)
            shapes |= {f"{name}.feed_forward.{w}.weight": (ffn, c["dim"]) for w in ("w1", "w3")}
            shapes[f"{name}.feed_forward.w2.weight"] = (c["dim"], ffn)
            shapes |= {f"{name}.{norm}.weight": (c["dim"],) for norm in ("attention_norm", "ffn_norm")}
            if c[f"{own}attention_qk_norm"]:
                shapes |= {f"{name}.attention.{x}_norm.weight": (head,) for x in "qk"}
    weights = {}
    for name, shape in shapes.items():
        if len(shape) == 1:
            weights[name] = (1 + 0.2 * rng.standard_normal(shape)).astype(np.float32)
        else:
            scale = 1.0 if "embeddings" in name else 1.5 / np.sqrt(shape[1])
            weights[name] = (scale * rng.standard_normal(shape)).astype(np.float32)
    return weights


def write_tokenizer(directory: Path, config: Mapping[str, Any] = CONFIG) -> tuple[int, int, int]:
    """Single bytes and a few pairs; returns the first and last semantic id and the end's."""
    tokens = [bytes([n]) for n in range(256)] + [b"th", b"he", b"in", b"the", b" t"]
    lines = [f"{base64.b64encode(token).decode()} {rank}" for rank, token in enumerate(tokens)]
    (directory / "tokenizer.tiktoken").write_text("\n".join(lines) + "\n")
    special = CONTROL + [f"<|semantic:{n}|>" for n in range(config["codebook_size"])]
    ids = {token: len(tokens) + n for n, token in enumerate(special)}
    (directory / "special_tokens.json").write_text(json.dumps(ids))
    return ids["<|semantic:0|>"], ids[special[-1]], ids["<|im_end|>"]


def write_checkpoint(
    directory: Path, config: Mapping[str, Any] = CONFIG, weights: Mapping[str, NDArray[Any]] | None = None
) -> dict[str, NDArray[np.float32]]:
    """config.json, tokenizer and model.pth (in bfloat16, as the public one is); returns the weights as they read back."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "config.json").write_text(json.dumps(config))
    write_tokenizer(directory, config)
    weights = random_weights(config) if weights is None else weights
    rounded = {name: bfloat16(weight) for name, weight in weights.items()}
    write_pth(directory / "model.pth", rounded, "BFloat16Storage")
    books = (config["codebook_size"], *[1024] * (config["num_codebooks"] - 1))
    write_pth(directory / "codec.pth", codec_weights(books), "FloatStorage")
    return {name: (bits.astype(np.uint32) << 16).view(np.float32) for name, bits in rounded.items()}


def codec_weights(codebooks: tuple[int, ...], seed: int = 0) -> dict[str, NDArray[np.float32]]:
    """A codec of 64 samples a frame, in the checkpoint's own names."""
    transformer = TransformerShape(layers=1, width=64, hidden=64, window=128, positions=4096)
    shape = CodecShape(
        latent=64,
        codebooks=codebooks,
        code_width=8,
        resampling=(2, 2),
        decoder_width=64,
        decoder_rates=(4, 4),
        encoder_width=16,
        encoder_rates=(4, 4),
        post=transformer,
        pre=transformer,
        encoder_transformers=(None, None),
    )
    rng = np.random.default_rng(seed)
    weights = {}
    for name, size in {**dict(shape.decoder_tensors()), **dict(shape.encoder_tensors())}.items():
        if name.endswith(("alpha", "norm.weight", "gamma")):
            weights[name] = (0.5 + rng.random(size)).astype(np.float32)
        elif name.endswith("bias"):
            weights[name] = (0.01 * rng.standard_normal(size)).astype(np.float32)
        else:
            fan = max(1, int(np.prod(size[1:])))
            weights[name] = (rng.standard_normal(size) / np.sqrt(fan)).astype(np.float32)
    return weights


def bfloat16(array: NDArray[Any]) -> NDArray[np.uint16]:
    bits = np.ascontiguousarray(array, np.float32).view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)


class _Tensor:
    def __init__(self, key: str, array: NDArray[Any], storage: str) -> None:
        self.key, self.array, self.storage = key, array, storage


def write_pth(path: Path, arrays: Mapping[str, NDArray[Any]], storage: str, wrap: str | None = None) -> None:
    """What ``torch.save`` writes for a dictionary of tensors, without PyTorch."""
    rebuild = types.ModuleType("torch._utils")
    torch = types.ModuleType("torch")

    def _rebuild_tensor_v2() -> None: ...

    _rebuild_tensor_v2.__module__, _rebuild_tensor_v2.__qualname__ = "torch._utils", "_rebuild_tensor_v2"
    rebuild._rebuild_tensor_v2 = _rebuild_tensor_v2  # type: ignore[attr-defined]
    kind = type(storage, (), {"__module__": "torch"})
    setattr(torch, storage, kind)
    torch._utils = rebuild  # type: ignore[attr-defined]

    class Pickler(pickle.Pickler):
        def persistent_id(self, obj: Any) -> Any:
            if isinstance(obj, _Tensor):
                return None
            return obj[1:] if isinstance(obj, tuple) and obj[:1] == ("persistent",) else None

        def reducer_override(self, obj: Any) -> Any:
            if not isinstance(obj, _Tensor):
                return NotImplemented
            array = obj.array
            pid = ("persistent", "storage", kind, obj.key, "cpu", array.size)
            strides = tuple(step // array.itemsize for step in array.strides)
            return _rebuild_tensor_v2, (pid, 0, array.shape, strides, False, OrderedDict())

    index: Any = {name: _Tensor(str(n), array, storage) for n, (name, array) in enumerate(arrays.items())}
    if wrap is not None:
        index = {wrap: index, "epoch": 3}
    known = {name: sys.modules.get(name) for name in ("torch", "torch._utils")}
    sys.modules |= {"torch": torch, "torch._utils": rebuild}
    try:
        buffer = io.BytesIO()
        Pickler(buffer, protocol=2).dump(index)
    finally:
        for name, module in known.items():
            sys.modules.pop(name)
            if module is not None:
                sys.modules[name] = module
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("archive/data.pkl", buffer.getvalue())
        for n, array in enumerate(arrays.values()):
            archive.writestr(f"archive/data/{n}", np.ascontiguousarray(array).tobytes())


def write_safetensors(path: Path, arrays: Mapping[str, NDArray[np.float32]]) -> None:
    header, offset = {}, 0
    for name, array in arrays.items():
        header[name] = {"dtype": "F32", "shape": array.shape, "data_offsets": [offset, offset + array.nbytes]}
        offset += array.nbytes
    text = json.dumps(header).encode()
    with path.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for array in arrays.values():
            file.write(array.tobytes())
