"""The graph that completes a frame: it samples the first code, and the fast transformer the others, in one call."""

from __future__ import annotations

import numpy as np
import onnx
from onnx import TensorProto

from mixdown_tts_onnx.s1_mini.checkpoint import Readable
from mixdown_tts_onnx.s1_mini.convert.graph import FLOAT, INT64, ExternalData, GraphBuilder, value
from mixdown_tts_onnx.s1_mini.convert.layers import (
    Cache,
    Layers,
    Positions,
    embedding,
    linear,
    rms_norm,
    rotary_tables,
)
from mixdown_tts_onnx.s1_mini.convert.profiles import Profile
from mixdown_tts_onnx.s1_mini.convert.sampling import Choice, sample
from mixdown_tts_onnx.s1_mini.sampling import WINDOW
from mixdown_tts_onnx.s1_mini.shape import Shape


def build_frame(weights: Readable, shape: Shape, profile: Profile, data: ExternalData) -> onnx.ModelProto:
    """The fast transformer with all of a frame's sampling.

    Inputs, for a batch of frames: ``logits`` and ``hidden`` as the slow transformer gives them; ``first_noise`` (batch,
    codebook_size + 1) and ``noise`` (batch, codebooks - 1, residual_codes), Exp(1)-distributed; ``first_penalised`` int64
    (batch, 1) and ``penalised`` int64 (batch, codebooks - 1, `WINDOW`), the codes that came before; ``penalty`` (batch,
    codebooks), 1 for none; ``temperature`` and ``top_p`` (batch, 1).

    Outputs: ``choice`` int64 (batch, 1), the first code or, behind the last of them, the end; ``codes`` int64 (batch,
    codebooks), at the end with zero in the first place, as in the reference.
    """
    graph = GraphBuilder(data)
    last = shape.codebook_size
    choice = sample(graph, "logits", last + 1, _choice(graph, "first_noise", "first_penalised", "first"))
    graph.add("Identity", [choice], ["choice"])
    ended = graph.one("Equal", choice, graph.constant(last, np.int64))
    first = graph.one("Where", ended, graph.constant(0, np.int64), choice)
    rest = _FastTransformer(graph, weights, shape, profile).codes(first)
    graph.add("Concat", [first, *rest], ["codes"], axis=1)
    return graph.as_model("frame", _inputs(shape), _outputs(shape))


def _choice(graph: GraphBuilder, noise: str, penalised: str, index: str) -> Choice:
    """``index`` names the codebook: a value, or ``first``."""
    column = graph.constant(0, np.int64) if index == "first" else index
    penalty = graph.one("Unsqueeze", graph.one("Gather", "penalty", column, axis=1), graph.ints(1))
    return Choice(noise, penalised, penalty, "temperature", "top_p")


class _FastTransformer:
    """Codes 1 to codebooks - 1: the first of them in one pass over two positions, the others in a loop."""

    def __init__(self, graph: GraphBuilder, weights: Readable, shape: Shape, profile: Profile) -> None:
        self._graph, self._weights, self._shape, self._profile = graph, weights, shape, profile
        self._layers = Layers(graph, weights, shape, shape.fast, "fast_layers", profile)
        cosines, sines = rotary_tables(shape.codebooks, shape.fast.head_width, shape.rope_base)
        self._cosines, self._sines = graph.weight("fast.cosines", cosines), graph.weight("fast.sines", sines)

    def codes(self, first: str) -> list[str]:
        """Each (batch, …), to be joined."""
        graph, layers = self._graph, self._shape.fast.layers
        batch = graph.one("Slice", graph.one("Shape", "hidden"), graph.ints(0), graph.ints(1))
        x = graph.one("Concat", "hidden", self._embed(graph, first), axis=1)
        caches = [self._empty_cache(batch)] * layers
        x, caches = self._layers.apply(x, caches, self._positions(graph, batch, graph.constant(1, np.int64)))
        second = self._sample(graph, x, graph.constant(0, np.int64))
        if self._shape.codebooks == 2:
            return [second]
        return [second, self._loop(second, batch, caches)]

    def _loop(self, code: str, batch: str, caches: list[Cache]) -> str:
        graph = self._graph
        body = self._body(batch)
        state = [code, *(name for cache in caches for name in (cache.keys, cache.values))]
        count = graph.constant(self._shape.codebooks - 2, np.int64)
        outputs = graph.add(
            "Loop", [count, graph.constant(True, np.bool_), *state], len(state) + 1, body=body
        )
        return graph.one("Transpose", graph.one("Squeeze", outputs[-1], graph.ints(2)), perm=[1, 0])

    def _body(self, batch: str) -> onnx.GraphProto:
        """One round: ``round`` counts from zero, and the code that comes in is that of codebook ``round`` + 1."""
        body, shape = self._graph.body(), self._shape
        past = [Cache(f"loop_keys_{i}", f"loop_values_{i}") for i in range(shape.fast.layers)]
        index = body.one("Add", "round", body.constant(1, np.int64))
        x = self._embed(body, "code")
        position = body.one("Add", index, body.constant(1, np.int64))
        x, grown = self._layers.within(body).apply(x, past, self._positions(body, batch, position))
        code = self._sample(body, x, index)
        body.add("Identity", ["go_on"], ["goes_on"])
        body.add("Identity", [code], ["scanned"])
        names_in = ["code", *(name for cache in past for name in (cache.keys, cache.values))]
        names_out = [code, *(name for cache in grown for name in (cache.keys, cache.values))]
        return body.as_body(
            "residual_codes",
            [value("round", INT64), value("go_on", TensorProto.BOOL), *self._state(names_in)],
            [
                value("goes_on", TensorProto.BOOL),
                *self._state(names_out),
                value("scanned", INT64, "batch", 1),
            ],
        )

    def _state(self, names: list[str]) -> list[onnx.ValueInfoProto]:
        fast = self._shape.fast
        caches = [value(name, FLOAT, "batch", fast.kv_heads, "", fast.head_width) for name in names[1:]]
        return [value(names[0], INT64, "batch", 1), *caches]

    def _embed(self, graph: GraphBuilder, code: str) -> str:
        name, profile = "fast_embeddings.weight", self._profile
        return embedding(graph, name, lambda: self._weights[name], code, profile.embeddings, profile.block)

    def _empty_cache(self, batch: str) -> Cache:
        graph, fast = self._graph, self._shape.fast
        shape = graph.one("Concat", batch, graph.ints(fast.kv_heads, 0, fast.head_width), axis=0)
        empty = graph.one("Expand", graph.constant(0, np.float32), shape)
        return Cache(empty, empty)

    def _positions(self, graph: GraphBuilder, batch: str, last: str) -> Positions:
        last32 = graph.one("Cast", last, to=TensorProto.INT32)
        total = graph.one("Add", last32, graph.constant(1, np.int32))
        return Positions(graph.one("Expand", last32, batch), total, self._cosines, self._sines)

    def _sample(self, graph: GraphBuilder, x: str, index: str) -> str:
        """The code after the last position of ``x``; ``index`` counts the codebooks behind the first."""
        width = self._shape.residual_codes
        x = graph.one("Gather", x, graph.constant(-1, np.int64), axis=1)
        normed = rms_norm(graph, self._weights, "fast_norm.weight", x, self._shape.epsilon)
        name = "fast_output.weight"
        logits = linear(
            graph, name, lambda: self._weights[name][:width], normed, self._profile.head, self._profile.block
        )
        column = graph.one("Add", index, graph.constant(1, np.int64))
        noise, penalised = (graph.one("Gather", each, index, axis=1) for each in ("noise", "penalised"))
        return sample(graph, logits, width, _choice(graph, noise, penalised, column))


def _inputs(shape: Shape) -> list[onnx.ValueInfoProto]:
    rest = shape.codebooks - 1
    return [
        value("logits", FLOAT, "batch", shape.codebook_size + 1),
        value("hidden", FLOAT, "batch", 1, shape.fast.width),
        value("first_noise", FLOAT, "batch", shape.codebook_size + 1),
        value("noise", FLOAT, "batch", rest, shape.residual_codes),
        value("first_penalised", INT64, "batch", 1),
        value("penalised", INT64, "batch", rest, WINDOW),
        value("penalty", FLOAT, "batch", shape.codebooks),
        value("temperature", FLOAT, "batch", 1),
        value("top_p", FLOAT, "batch", 1),
    ]


def _outputs(shape: Shape) -> list[onnx.ValueInfoProto]:
    return [value("choice", INT64, "batch", 1), value("codes", INT64, "batch", shape.codebooks)]
