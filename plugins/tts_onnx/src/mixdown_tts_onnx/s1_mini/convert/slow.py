"""The graph of the slow transformer: text and past frames in, logits of the next frame's first code out."""

from __future__ import annotations

import math

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto

from mixdown_tts_onnx.s1_mini.checkpoint import Readable
from mixdown_tts_onnx.s1_mini.convert.graph import FLOAT, INT32, INT64, ExternalData, GraphBuilder, value
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
from mixdown_tts_onnx.s1_mini.shape import Shape
from mixdown_tts_onnx.s1_mini.tokenizer import Vocabulary


def build_slow(
    weights: Readable, shape: Shape, vocabulary: Vocabulary, profile: Profile, data: ExternalData
) -> onnx.ModelProto:
    """The slow transformer with its key-value cache in float32.

    Inputs: ``tokens`` int64 (batch, 1 + codebooks, positions): the vocabulary's ids over the frames' codes; ``last``
    int32 (batch,) and ``total`` int32 (), see `Positions`; ``past_keys_<layer>`` and ``past_values_<layer>`` (batch,
    kv_heads, capacity, head_width), which may be bound to the same memory as their ``present_…`` outputs. Several
    positions at once take a batch of one; several sequences at once take one position each, and each its own length.

    Outputs: ``logits`` (batch, codebook_size + 1): the semantic tokens and, last, the token that ends the speech; no
    other can follow, so the head holds no others. ``hidden`` (batch, 1, width): the last position before the norm.
    """
    graph = GraphBuilder(data)
    tables = rotary_tables(shape.positions, shape.slow.head_width, shape.rope_base)
    cosines, sines = graph.weight("slow.cosines", tables[0]), graph.weight("slow.sines", tables[1])
    past = [Cache(f"past_keys_{i}", f"past_values_{i}") for i in range(shape.slow.layers)]
    present = [Cache(f"present_keys_{i}", f"present_values_{i}") for i in range(shape.slow.layers)]

    x = _embed(graph, weights, shape, vocabulary, profile)
    layers = Layers(graph, weights, shape, shape.slow, "layers", profile)
    x, _ = layers.apply(x, past, Positions("last", "total", cosines, sines), present)
    graph.add("Slice", [x, graph.ints(-1), graph.ints(2**31 - 1), graph.ints(1)], ["hidden"])
    normed = rms_norm(graph, weights, "norm.weight", "hidden", shape.epsilon)
    logits = linear(
        graph, "head", lambda: pruned_head(weights, shape, vocabulary), normed, profile.head, profile.block
    )
    graph.add("Squeeze", [logits, graph.ints(1)], ["logits"])
    return graph.as_model("slow", _inputs(shape, past), _outputs(shape, present))


def pruned_head(weights: Readable, shape: Shape, vocabulary: Vocabulary) -> NDArray[np.float32]:
    """The output matrix's rows of the semantic tokens, in the order of their codes, and of the end."""
    matrix = weights["embeddings.weight" if shape.tied_head else "output.weight"]
    return matrix[[*range(vocabulary.semantic_begin, vocabulary.semantic_end + 1), vocabulary.end]]


def _embed(
    graph: GraphBuilder, weights: Readable, shape: Shape, vocabulary: Vocabulary, profile: Profile
) -> str:
    """The tokens' embeddings (batch, positions, width); at frames the sum with those of their codes."""
    bits, block = profile.embeddings, profile.block
    ids = graph.one("Gather", "tokens", graph.constant(0, np.int64), axis=1)
    x = embedding(graph, "embeddings.weight", lambda: weights["embeddings.weight"], ids, bits, block)
    codes = graph.one("Slice", "tokens", graph.ints(1), graph.ints(1 + shape.codebooks), graph.ints(1))
    firsts = np.arange(shape.codebooks).reshape(1, -1, 1) * shape.codebook_size
    codes = graph.one("Add", codes, graph.constant(firsts, np.int64))
    table = "codebook_embeddings.weight"
    frames = embedding(graph, table, lambda: weights[table], codes, bits, block)
    frames = graph.one("ReduceSum", frames, graph.ints(1), keepdims=0)
    is_frame = graph.one(
        "And",
        graph.one("GreaterOrEqual", ids, graph.constant(vocabulary.semantic_begin, np.int64)),
        graph.one("LessOrEqual", ids, graph.constant(vocabulary.semantic_end, np.int64)),
    )
    is_frame = graph.one("Unsqueeze", is_frame, graph.ints(-1))
    both = graph.one("Add", x, frames)
    if shape.scaled_embeddings:
        both = graph.one("Div", both, graph.constant(math.sqrt(shape.codebooks + 1), np.float32))
    return graph.one("Where", is_frame, both, x)


def _inputs(shape: Shape, past: list[Cache]) -> list[onnx.ValueInfoProto]:
    inputs = [
        value("tokens", INT64, "batch", 1 + shape.codebooks, "positions"),
        value("last", INT32, "batch"),
        value("total", INT32),
    ]
    return inputs + _caches(shape, past, "capacity")


def _outputs(shape: Shape, present: list[Cache]) -> list[onnx.ValueInfoProto]:
    outputs = [
        value("logits", FLOAT, "batch", shape.codebook_size + 1),
        value("hidden", FLOAT, "batch", 1, shape.slow.width),
    ]
    return outputs + _caches(shape, present, "grown")


def _caches(shape: Shape, caches: list[Cache], length: str) -> list[onnx.ValueInfoProto]:
    slow = shape.slow
    return [
        value(name, FLOAT, "batch", slow.kv_heads, length, slow.head_width)
        for cache in caches
        for name in (cache.keys, cache.values)
    ]


def with_int8_cache(
    model: onnx.ModelProto, scales: list[tuple[NDArray[np.float32], NDArray[np.float32]]]
) -> onnx.ModelProto:
    """The same graph over the same weights with an 8-bit cache, a quarter as large and read in half the time.

    ``scales`` are, per layer, what one level of each channel of the keys and the values means, (kv_heads × head_width,).
    """
    model = _copy(model)
    attentions = [node for node in model.graph.node if node.op_type == "GroupQueryAttention"]
    for index, (node, pair) in enumerate(zip(attentions, scales, strict=True)):
        names = [f"layers.{index}.{what}.scales" for what in ("keys", "values")]
        node.input.extend(["", "", "", *names])
        for name, channel in zip(names, pair, strict=True):
            model.graph.initializer.append(onnx.numpy_helper.from_array(channel.astype(np.float32), name))
        for attribute, content in _INT8_CACHE.items():
            node.attribute.append(onnx.helper.make_attribute(attribute, content))
    for info in (*model.graph.input, *model.graph.output):
        if info.name.startswith(("past_", "present_")):
            info.type.tensor_type.elem_type = TensorProto.INT8
    return model


_INT8_CACHE = {"k_quant_type": "PER_CHANNEL", "v_quant_type": "PER_CHANNEL", "kv_cache_bit_width": 8}


def _copy(model: onnx.ModelProto) -> onnx.ModelProto:
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    return copy
