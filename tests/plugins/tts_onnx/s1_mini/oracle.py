"""The model as the public reference has it, written again in float64 NumPy without a cache: the judge of the graphs.

Source: fish-speech d3df505, ``text2semantic/llama.py`` and ``inference.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


@dataclass(frozen=True)
class Config:
    """The members of config.json, by their names there."""

    values: Mapping[str, Any]

    def __getattr__(self, name: str) -> Any:
        return self.values[name]


def bfloat16(array: Array) -> Array:
    bits = array.astype(np.float32).view(np.uint32)
    return (
        ((bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000)
        .astype(np.uint32)
        .view(np.float32)
        .astype(np.float64)
    )


def softmax(x: Array) -> Array:
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def times(x: Array, matrix: Array) -> Array:
    """Without BLAS, whose threads only get in each other's way at this size."""
    return np.einsum("...i,oi->...o", x, matrix)


class Oracle:
    def __init__(
        self, config: Mapping[str, Any], weights: Mapping[str, Array], semantic: tuple[int, int, int]
    ) -> None:
        self.c = Config(config)
        self.w = {name: np.asarray(weight, np.float64) for name, weight in weights.items()}
        self.begin, self.end_semantic, self.im_end = semantic

    def norm(self, x: Array, name: str) -> Array:
        return x / np.sqrt((x * x).mean(-1, keepdims=True) + self.c.norm_eps) * self.w[name]

    def rotate(self, x: Array) -> Array:
        """Interleaved pairs; x is (positions, heads, head_dim)."""
        length, _, width = x.shape
        frequencies = 1.0 / (
            self.c.rope_base ** (np.arange(0, width, 2, dtype=np.float32) / np.float32(width))
        )
        angles = np.outer(np.arange(length), frequencies).astype(np.float32)
        cos, sin = bfloat16(np.cos(angles))[:, None], bfloat16(np.sin(angles))[:, None]
        even, odd = x[..., 0::2], x[..., 1::2]
        return np.stack([even * cos - odd * sin, odd * cos + even * sin], -1).reshape(x.shape)

    def layer(self, x: Array, name: str, heads: int, kv: int, width: int, qk_norm: bool) -> Array:
        h = self.norm(x, f"{name}.attention_norm.weight")
        qkv = times(h, self.w[f"{name}.attention.wqkv.weight"])
        q, k, v = np.split(qkv, [heads * width, (heads + kv) * width], -1)
        q, k, v = q.reshape(-1, heads, width), k.reshape(-1, kv, width), v.reshape(-1, kv, width)
        if qk_norm:
            q = self.norm(q, f"{name}.attention.q_norm.weight")
            k = self.norm(k, f"{name}.attention.k_norm.weight")
        q, k = self.rotate(q), self.rotate(k)
        k, v = np.repeat(k, heads // kv, 1), np.repeat(v, heads // kv, 1)
        scores = np.einsum("qhd,khd->hqk", q, k) / np.sqrt(width)
        scores = np.where(np.tri(len(x), dtype=bool), scores, -np.inf)
        attended = np.einsum("hqk,khd->qhd", softmax(scores), v).reshape(len(x), -1)
        x = x + times(attended, self.w[f"{name}.attention.wo.weight"])
        h = self.norm(x, f"{name}.ffn_norm.weight")
        gate, up = (times(h, self.w[f"{name}.feed_forward.{w}.weight"]) for w in ("w1", "w3"))
        return x + times(gate / (1 + np.exp(-gate)) * up, self.w[f"{name}.feed_forward.w2.weight"])

    def slow(self, tokens: Array) -> tuple[Array, Array]:
        """Logits over the whole vocabulary and the hidden state after the last of ``tokens`` (1 + codebooks, positions)."""
        c = self.c
        codes = sum(
            self.w["codebook_embeddings.weight"][tokens[i + 1] + i * c.codebook_size]
            for i in range(c.num_codebooks)
        )
        x = self.w["embeddings.weight"][tokens[0]]
        frames = ((tokens[0] >= self.begin) & (tokens[0] <= self.end_semantic))[:, None]
        scale = np.sqrt(c.num_codebooks + 1) if c.scale_codebook_embeddings else 1.0
        x = np.where(frames, (x + codes) / scale, x)
        for i in range(c.n_layer):
            x = self.layer(x, f"layers.{i}", c.n_head, c.n_local_heads, c.head_dim, c.attention_qk_norm)
        head = self.w["embeddings.weight" if c.tie_word_embeddings else "output.weight"]
        return times(self.norm(x[-1], "norm.weight"), head), x[-1]

    def fast(self, hidden: Array, codes: list[int]) -> Array:
        """Logits of the next code, cut to the first 1024."""
        c = self.c
        x = np.concatenate([hidden[None], self.w["fast_embeddings.weight"][codes]])
        for i in range(c.n_fast_layer):
            x = self.layer(
                x,
                f"fast_layers.{i}",
                c.fast_n_head,
                c.fast_n_local_heads,
                c.fast_head_dim,
                c.fast_attention_qk_norm,
            )
        return times(self.norm(x[-1], "fast_norm.weight"), self.w["fast_output.weight"])[:1024]


def draw(
    logits: Array, noise: Array, temperature: float, top_p: float, penalty: float, previous: Array | None
) -> int:
    """``logits_to_probs`` and ``multinomial_sample_one_no_sync``."""
    logits = logits.astype(np.float64).copy()
    if previous is not None:
        score = logits[previous]
        logits[previous] = np.where(score < 0, score * penalty, score / penalty)
    order = np.argsort(-logits, kind="stable")
    remove = np.cumsum(softmax(logits[order])) > top_p
    remove[0] = False
    logits[order[remove]] = -np.inf
    return int(np.argmax(softmax(logits / max(temperature, 1e-5)) / noise))


def generate(
    oracle: Oracle,
    prompt: Array,
    frames: int,
    noise: Callable[[], tuple[Array, Array]],
    temperature: float,
    top_p: float,
    penalty: float,
) -> Array:
    """The codes (frames, codebooks) of a speech, as ``generate`` and ``decode_n_tokens`` draw them; a draw of the end
    is not among them. Only tokens that can follow (the semantic ones and the end) have any chance."""
    c = oracle.c
    can_follow = [*range(oracle.begin, oracle.end_semantic + 1), oracle.im_end]
    tokens, previous, drawn = prompt.copy(), np.zeros((c.num_codebooks + 1, frames), np.int64), []
    for step in range(frames):
        place = step - 1  # the first one is drawn by the prefill, and not kept
        window = None
        if place >= 0:
            window = previous[:, :16] if place < 16 else previous[:, place - 16 : place]
        first_noise, rest_noise = noise()
        logits, hidden = oracle.slow(tokens)
        penalised = (
            None if window is None else [can_follow.index(t) for t in window[:1, 0] if t in can_follow]
        )
        index = draw(logits[can_follow], first_noise, temperature, top_p, penalty, _indices(penalised))
        token = can_follow[index]
        if token == oracle.im_end and place >= 0:
            break
        codes = [max(token - oracle.begin, 0)]
        for book in range(1, c.num_codebooks):
            before = None if window is None else window[book + 1]
            codes.append(
                draw(oracle.fast(hidden, codes), rest_noise[book - 1], temperature, top_p, penalty, before)
            )
        frame = np.array([token, *codes])
        if place >= 0:
            previous[:, place] = frame
        drawn.append(codes)
        tokens = np.concatenate([tokens, frame[:, None]], 1)
    return np.array(drawn)


def _indices(values: list[int] | None) -> Array | None:
    return np.array(values, np.int64) if values else None
