"""The residual unit that both convolutional stacks of the codec are made of."""

from __future__ import annotations

from mixdown_tts_onnx.s1_mini.convert.codec import convolution
from mixdown_tts_onnx.s1_mini.convert.codec.network import Network
from mixdown_tts_onnx.s1_mini.convert.codec.snake import snake

DILATIONS = (1, 3, 9)


def residual_unit(net: Network, name: str, x: str, dilation: int, rows: int = 1) -> str:
    """Snake, a dilated kernel of seven, Snake, a kernel of one, and the input added; ``rows`` as of `snake`."""
    y = convolution.causal(net, f"{name}.1.conv", snake(net, f"{name}.0", x, rows), dilation=dilation)
    y = convolution.causal(net, f"{name}.3.conv", snake(net, f"{name}.2", y, rows))
    return net.graph.one("Add", x, y)
