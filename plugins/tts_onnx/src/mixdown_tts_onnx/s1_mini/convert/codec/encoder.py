"""The graph from audio to codes, for cloning a voice."""

from __future__ import annotations

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


def build_encoder(
    weights: FoldedWeights, shape: CodecShape, profile: Profile, data: ExternalData
) -> onnx.ModelProto:
    """The encoder as a graph that runs a recording piece by piece.

    Inputs: ``audio`` float32 (frames · frame length,), ``position`` int64 (1,), the number of frames before these, and
    the states. Outputs: ``codes`` int64 (frames, codebooks), and the next states.

    Raises:
        EngineError: ``bad_checkpoint`` for a tensor that is missing or of another shape.
    """
    require(weights, shape.encoder_tensors())
    net = Network(weights, shape, profile, StreamGraph(data, half=profile.half))
    audio = net.graph.input("audio", FLOAT, "samples")
    position = net.graph.input("position", INT64, 1)
    x = _convolutions(net, net.graph.reshape(audio, -1, 1), position)
    x = residual_quantiser.downsampled(net, x)
    x = transformer(net, "quantizer.pre_module", x, position, shape.pre)
    net.graph.add("Identity", [residual_quantiser.quantised(net, x)], ["codes"])
    net.graph.output("codes", INT64, "frames", len(shape.codebooks))
    return net.graph.model("codec_encoder", metadata(shape, profile))


def _convolutions(net: Network, x: str, position: str) -> str:
    shape = net.shape
    x = convolution.causal(net, "encoder.block.0.conv", x)
    steps = shape.frame_length
    for stage, rate in enumerate(shape.encoder_rates, 1):
        block = f"encoder.block.{stage}.block"
        for unit, dilation in enumerate(DILATIONS):
            x = residual_unit(net, f"{block}.{unit}.block", x, dilation)
        x = convolution.strided(net, f"{block}.4.conv", snake(net, f"{block}.3", x))
        steps //= rate
        if attention := shape.encoder_transformers[stage - 1]:
            here = net.graph.one("Mul", position, net.graph.ints(steps))
            x = transformer(net, f"{block}.5", x, here, attention)
    last = len(shape.encoder_rates) + 1
    return convolution.causal(net, f"encoder.block.{last + 1}.conv", snake(net, f"encoder.block.{last}", x))
