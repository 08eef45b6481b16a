"""A small network that looks around each band of each column and says how far each estimate is to be believed.

``training/separation`` made it; 59,000 numbers.
"""

from __future__ import annotations

from importlib.resources import files
from typing import Any, Self

import numpy as np
import onnxruntime
from numpy.typing import NDArray

WEIGHTS = "network.onnx"
REACH = 46
"""Columns before and after one that it looks at."""


class Network:
    """Safe for threads."""

    def __init__(self, session: Any) -> None:
        self._session = session

    @classmethod
    def load(cls) -> Self:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # sums in one order, so the same bits on any number of cores
        graph = files("mixdown_separation").joinpath(WEIGHTS).read_bytes()
        return cls(onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"]))

    def gains(self, evidence: NDArray[np.float32]) -> NDArray[np.float32]:
        """Natural logarithms, shape (stems, columns, bands), of evidence (channels, columns, bands)."""
        gains: NDArray[np.float32] = self._session.run(["gains"], {"evidence": evidence[None]})[0][0]
        return gains
