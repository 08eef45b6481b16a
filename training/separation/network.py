"""The network, as PyTorch knows it, and as a graph of ONNX."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from mixdown_separation.bands import COUNT

WIDTH = 32
DILATIONS = (1, 2, 4, 8, 8)
"""Of the columns that each block looks at: together 46 before and after one."""


class Block(nn.Module):
    """What is near in time and register (by itself, then all channels together), then all bands of a column."""

    def __init__(self, dilation: int) -> None:
        super().__init__()
        self.near = nn.Conv2d(
            WIDTH, WIDTH, 5, padding=(2 * dilation, 2), dilation=(dilation, 1), groups=WIDTH
        )
        self.widen = nn.Conv2d(WIDTH, 3 * WIDTH, 1)
        self.narrow = nn.Conv2d(3 * WIDTH, WIDTH, 1)
        self.across = nn.Linear(COUNT, COUNT)
        self.gate = nn.Parameter(torch.zeros(1, WIDTH, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.narrow(torch.relu(self.widen(self.near(x))))
        y: Tensor = x + self.gate * self.across(x)
        return y


class Network(nn.Module):
    """Evidence (batch, channels, columns, bands) to the logarithm of each stem's gain (batch, stems, columns, bands)."""

    def __init__(self, channels: int, stems: int) -> None:
        super().__init__()
        self.enter = nn.Conv2d(channels, WIDTH, 1)
        self.register = nn.Parameter(0.01 * torch.randn(1, WIDTH, 1, COUNT))
        self.blocks = nn.ModuleList([Block(dilation) for dilation in DILATIONS])
        self.leave = nn.Conv2d(WIDTH, stems, 1)
        nn.init.zeros_(self.leave.weight)

    def forward(self, evidence: Tensor) -> Tensor:
        x = self.enter(evidence) + self.register
        for block in self.blocks:
            x = block(x)
        gains: Tensor = self.leave(torch.relu(x))
        return gains


class _Graph:
    """A graph of ONNX that grows at its end."""

    def __init__(self, weights: dict[str, NDArray[np.float32]]) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights = weights

    def add(self, kind: str, *inputs: str, **attributes: Any) -> str:
        name = f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], **attributes))
        return name

    def convolved(self, x: str, layer: str, dilation: int = 0) -> str:
        near = {"pads": [2 * dilation, 2] * 2, "dilations": [dilation, 1], "group": WIDTH} if dilation else {}
        return self.add("Conv", x, f"{layer}.weight", f"{layer}.bias", **near)

    def block(self, x: str, name: str, dilation: int) -> str:
        y = self.convolved(self.convolved(x, f"{name}.near", dilation), f"{name}.widen")
        x = self.add("Add", x, self.convolved(self.add("Relu", y), f"{name}.narrow"))
        self.weights[f"{name}.across.weight"] = self.weights[f"{name}.across.weight"].T.copy()
        y = self.add("Add", self.add("MatMul", x, f"{name}.across.weight"), f"{name}.across.bias")
        return self.add("Add", x, self.add("Mul", y, f"{name}.gate"))


def as_onnx(network: Network) -> onnx.ModelProto:
    """With any number of columns, in operators that every runtime has."""
    graph = _Graph({name: tensor.detach().numpy() for name, tensor in network.state_dict().items()})
    x = graph.add("Add", graph.convolved("evidence", "enter"), "register")
    for number, dilation in enumerate(DILATIONS):
        x = graph.block(x, f"blocks.{number}", dilation)
    graph.convolved(graph.add("Relu", x), "leave")
    graph.nodes[-1].output[0] = "gains"
    channels, stems = network.enter.in_channels, network.leave.out_channels
    whole = helper.make_graph(
        graph.nodes,
        "weighing",
        [helper.make_tensor_value_info("evidence", TensorProto.FLOAT, [1, channels, "columns", COUNT])],
        [helper.make_tensor_value_info("gains", TensorProto.FLOAT, [1, stems, "columns", COUNT])],
        [numpy_helper.from_array(tensor, name) for name, tensor in graph.weights.items()],
    )
    model = helper.make_model(whole, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return model
