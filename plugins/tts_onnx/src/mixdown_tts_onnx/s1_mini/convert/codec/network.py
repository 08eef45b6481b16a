"""What every layer's builder is handed: the graph in the making, the tensors, the dimensions and the arithmetic."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mixdown_tts_onnx.s1_mini.convert.codec.profile import Profile
from mixdown_tts_onnx.s1_mini.convert.codec.shape import CodecShape
from mixdown_tts_onnx.s1_mini.convert.codec.stream_graph import StreamGraph
from mixdown_tts_onnx.s1_mini.convert.codec.weights import FoldedWeights


@dataclass(frozen=True)
class Network:
    weights: FoldedWeights
    shape: CodecShape
    profile: Profile
    graph: StreamGraph

    def __getitem__(self, name: str) -> NDArray[np.float32]:
        """A tensor of the checkpoint, as float32."""
        return np.asarray(self.weights[name], np.float32)
