"""The network's weights as the wheel carries them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from training.pronunciation.network import LettersToSound


def write(network: LettersToSound, chunks: Sequence[str], path: Path) -> None:
    """float16 arrays by PyTorch's names, and the chunks of phones that the network chooses among."""
    weights = {name: tensor.half().numpy() for name, tensor in network.state_dict().items()}
    np.savez(path, allow_pickle=False, chunks=np.array(chunks), **weights)
