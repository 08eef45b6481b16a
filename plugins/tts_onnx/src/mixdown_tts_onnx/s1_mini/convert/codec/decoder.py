"""The graph from codes to audio."""

from __future__ import annotations

from dataclasses import replace
from math import prod

import onnx

from mixdown_tts_onnx.s1_mini.convert.codec import convolution, residual_quantiser
from mixdown_tts_onnx.s1_mini.convert.codec.metadata import metadata
from mixdown_tts_onnx.s1_mini.convert.codec.network import Network
from mixdown_tts_onnx.s1_mini.convert.codec.profile import Profile
from mixdown_tts_onnx.s1_mini.convert.codec.residual_unit import DILATIONS, residual_unit
from mixdown_tts_onnx.s1_mini.convert.codec.shape import CodecShape
from mixdown_tts_onnx.s1_mini.convert.codec.snake import snake
from mixdown_tts_onnx.s1_mini.convert.codec.stream_graph import StreamGraph
from mixdown_tts_onnx.s1_mini.convert.codec.transformer import transformer
from mixdown_tts_onnx.s1_mini.convert.codec.weights import FoldedWeights, require
from mixdown_tts_onnx.s1_mini.convert.graph import FLOAT, INT64, ExternalData


def build_decoder(
    weights: FoldedWeights, shape: CodecShape, profile: Profile, data: ExternalData
) -> onnx.ModelProto:
    """The decoder as a graph that runs a stream piece by piece.

    Inputs: ``codes`` int64 (frames, codebooks), ``position`` int64 (1,), the number of frames before these, and the
    states. Outputs: ``audio`` float32 (frames · frame length,) within ±1, and the next states.

    Raises:
        EngineError: ``bad_checkpoint`` for a tensor that is missing or of another shape.
    """
    require(weights, shape.decoder_tensors())
    net = Network(weights, shape, profile, StreamGraph(data, half=profile.half))
    codes = net.graph.input("codes", INT64, "frames", len(shape.codebooks))
    position = net.graph.input("position", INT64, 1)
    x = residual_quantiser.looked_up(net, codes)
    x = transformer(net, "quantizer.post_module", x, position, shape.post)
    x = residual_quantiser.upsampled(net, x)
    net.graph.add("Reshape", [_convolutions(net, x), net.graph.ints(-1)], ["audio"])
    net.graph.output("audio", FLOAT, "samples")
    return net.graph.model("codec_decoder", metadata(shape, profile))


def _convolutions(net: Network, x: str) -> str:
    """From latents to samples: the first, wide stage over all frames at once, the narrow ones frame by frame."""
    shape = net.shape
    x = convolution.causal(net, "decoder.model.0.conv", x)
    x = _stage(net, x, 1, rows := prod(shape.resampling))
    rows *= shape.decoder_rates[0]

    def of_a_frame(graph: StreamGraph, frame: str) -> str:
        return _narrow_stages(replace(net, graph=graph), frame, rows)

    return net.graph.part_by_part(x, rows, shape.decoder_width // 2, of_a_frame)


def _narrow_stages(net: Network, x: str, rows: int) -> str:
    last = len(net.shape.decoder_rates) + 1
    for stage in range(2, last):
        x = _stage(net, x, stage, rows)
        rows *= net.shape.decoder_rates[stage - 1]
    x = snake(net, f"decoder.model.{last}", x, rows)
    return net.graph.one("Tanh", convolution.causal(net, f"decoder.model.{last + 1}.conv", x))


def _stage(net: Network, x: str, stage: int, rows: int) -> str:
    block = f"decoder.model.{stage}.block"
    x = convolution.upsampled(net, f"{block}.1.conv", snake(net, f"{block}.0", x, rows))
    rows *= net.shape.decoder_rates[stage - 1]
    for unit, dilation in enumerate(DILATIONS, 2):
        x = residual_unit(net, f"{block}.{unit}.block", x, dilation, rows)
    return x
