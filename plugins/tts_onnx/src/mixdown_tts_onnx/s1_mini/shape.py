"""The shape of a dual-autoregressive speech model, read from its checkpoint's ``config.json``.

Source: fishaudio/fish-speech at d3df505, ``fish_speech/models/text2semantic/llama.py``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mixdown_tts_onnx.errors import EngineError

RESIDUAL_CODES = 1024
"""The reference cuts the fast transformer's logits to this many codes, whatever the codebook's size."""


@dataclass(frozen=True, slots=True)
class TransformerShape:
    """One stack of layers: grouped-query attention with rotary positions, and a SwiGLU feed-forward network."""

    layers: int
    width: int
    heads: int
    kv_heads: int
    head_width: int
    ffn_width: int
    qk_norm: bool

    @property
    def qkv_width(self) -> int:
        return (self.heads + 2 * self.kv_heads) * self.head_width


@dataclass(frozen=True, slots=True)
class Shape:
    """A slow transformer over text and frames, a fast one over the codebooks of a frame."""

    vocabulary: int
    codebooks: int
    codebook_size: int
    slow: TransformerShape
    fast: TransformerShape
    positions: int
    rope_base: float
    epsilon: float
    tied_head: bool
    scaled_embeddings: bool
    """Embeddings of frames are divided by the square root of the number of tokens that they sum."""

    @property
    def residual_codes(self) -> int:
        return min(RESIDUAL_CODES, self.codebook_size)


def read_shape(checkpoint: Path) -> Shape:
    """The shape that ``config.json`` of a checkpoint's directory states.

    `EngineError` ``bad_checkpoint`` for a missing or unreadable file, another kind of model, or a shape that
    the graphs cannot take.
    """
    try:
        config = json.loads((checkpoint / "config.json").read_text("utf-8"))
    except FileNotFoundError:
        raise bad_checkpoint("there is no config.json", "Name the directory that holds it.") from None
    except (OSError, ValueError) as error:
        raise bad_checkpoint(f"config.json cannot be read ({type(error).__name__})") from None
    if not isinstance(config, dict) or config.get("model_type") != "dual_ar":
        kind = config.get("model_type") if isinstance(config, dict) else None
        raise bad_checkpoint(f"config.json describes a model of the type {kind!r}, not 'dual_ar'")
    return shape_of(config)


def shape_of(config: Mapping[str, Any]) -> Shape:
    """As `read_shape`, of a configuration that has been read. Absent members have the reference's defaults."""
    _refuse_unsupported(config)
    slow = _transformer(config, "", "n_layer", {})
    fast = _transformer(config, "fast_", "n_fast_layer", {"n_layer": 4, **_members(slow)})
    if fast.width != slow.width:
        raise bad_checkpoint(f"its fast transformer is {fast.width} wide, the slow one {slow.width}")
    return Shape(
        vocabulary=_count(config, "vocab_size", 32000),
        codebooks=_count(config, "num_codebooks", 4),
        codebook_size=_count(config, "codebook_size", 160),
        slow=slow,
        fast=fast,
        positions=_count(config, "max_seq_len", 2048),
        rope_base=float(config.get("rope_base", 10000)),
        epsilon=float(config.get("norm_eps", 1e-5)),
        tied_head=bool(config.get("tie_word_embeddings", True)),
        scaled_embeddings=bool(config.get("scale_codebook_embeddings", False)),
    )


def bad_checkpoint(what: str, hint: str | None = None) -> EngineError:
    return EngineError(
        "bad_checkpoint",
        f"This is no checkpoint that can be converted: {what}.",
        kind="invalid",
        hint=hint or "An S1-mini checkpoint comes from huggingface.co/fishaudio/openaudio-s1-mini, whole.",
    )


def _refuse_unsupported(config: Mapping[str, Any]) -> None:
    for name in ("attention_qkv_bias", "attention_o_bias", "norm_fastlayer_input", "is_reward_model"):
        if config.get(name) or config.get(f"fast_{name}"):
            raise bad_checkpoint(f"{name} is set, and S1-mini has none")


def _members(shape: TransformerShape) -> dict[str, Any]:
    """What the fast transformer takes from the slow one where the configuration leaves it out."""
    return {
        "dim": shape.width,
        "n_head": shape.heads,
        "n_local_heads": shape.kv_heads,
        "head_dim": shape.head_width,
        "intermediate_size": shape.ffn_width,
        "attention_qk_norm": shape.qk_norm,
    }


def _transformer(
    config: Mapping[str, Any], prefix: str, layers: str, inherited: Mapping[str, Any]
) -> TransformerShape:
    def given(name: str, default: Any) -> Any:
        value = config.get(prefix + name)
        return inherited.get(name, default) if value is None else value

    own = {name: given(name, default) for name, default in _DEFAULTS.items()}
    width, heads = _whole(prefix + "dim", own["dim"]), _whole(prefix + "n_head", own["n_head"])
    kv_heads = heads if own["n_local_heads"] in (-1, None) else own["n_local_heads"]
    ffn = own["intermediate_size"]
    shape = TransformerShape(
        layers=_count(config, layers, inherited.get("n_layer", 32)),
        width=width,
        heads=heads,
        kv_heads=_whole(prefix + "n_local_heads", kv_heads),
        head_width=_whole(prefix + "head_dim", own["head_dim"] or width // heads),
        ffn_width=_whole(
            prefix + "intermediate_size", -(-(8 * width // 3) // 256) * 256 if ffn is None else ffn
        ),
        qk_norm=bool(own["attention_qk_norm"]),
    )
    if shape.heads % shape.kv_heads or shape.head_width % 2:
        raise bad_checkpoint(
            f"{shape.heads} heads, {shape.kv_heads} key-value heads and {shape.head_width} dimensions a head "
            "do not go together"
        )
    return shape


_DEFAULTS: Mapping[str, Any] = {
    "dim": 4096,
    "n_head": 32,
    "n_local_heads": -1,
    "head_dim": 64,
    "intermediate_size": None,
    "attention_qk_norm": False,
}


def _count(config: Mapping[str, Any], name: str, default: int) -> int:
    return _whole(name, config.get(name, default))


def _whole(name: str, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= 1 << 24:
        raise bad_checkpoint(f"{name} is {value!r}, no whole number above zero")
    return value
