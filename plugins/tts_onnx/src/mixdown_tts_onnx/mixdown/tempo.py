"""How long each phone lasts: what the encoder says, at the tempo that is asked for.

Who speaks faster shortens vowels and pauses more than consonants (D. Klatt, "Linguistic uses of segmental duration in English",
JASA 59, 1976).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from mixdown_tts_onnx.mixdown.features import FRAME_MS, PAUSE

if TYPE_CHECKING:
    from numpy.typing import NDArray

VOWELS = frozenset(
    ["aa", "ae", "ah", "ao", "aw", "ax", "ay", "eh", "er", "ey", "ih", "iy", "ow", "oy", "uh", "uw"]
)
ELASTIC = 1.0
"""How much of a change vowels and pauses take on; consonants:"""
STIFF = 0.7
LEAD_MS, TAIL_MS = 50, 100
"""At most, of the pauses at the ends: who renders utterances knows what lies between them."""
LONGEST_MS = 2_000
"""Of one phone."""


def frame_edges(names: Sequence[str], durations: NDArray[np.float32], speed: float) -> NDArray[np.int64]:
    """The frame at which each phone begins and the last one ends, (n + 1,), for ``durations`` (n,) in frames.

    Each lasts a frame or more. Where that permits, all together last a ``speed``-th of what they lasted.
    """
    lengths = np.clip(durations.astype(np.float64), 1.0, LONGEST_MS / FRAME_MS)
    for place, most in ((0, LEAD_MS), (-1, TAIL_MS)):
        if names[place] == PAUSE:
            lengths[place] = min(lengths[place], most / FRAME_MS)
    elastic = np.array([ELASTIC if name in VOWELS or name == PAUSE else STIFF for name in names])
    change = (1 / speed - 1) * lengths.sum() / (elastic * lengths).sum()
    lengths = lengths * np.maximum(1 + elastic * change, 0.0)
    edges = np.round(np.concatenate([[0.0], np.cumsum(lengths)])).astype(np.int64)
    steps = np.arange(len(edges))
    return np.maximum.accumulate(edges - steps) + steps
