"""How large the networks are, and how long they learn."""

from __future__ import annotations

from dataclasses import dataclass

KERNEL = 7


@dataclass(frozen=True, slots=True)
class Size:
    width: int = 192
    inner: int = 512
    encoder: int = 4
    decoder: int = 5
    timing: int = 2
    """Blocks: over phones, over frames, over phones before their durations."""

    @property
    def reach(self) -> int:
        """Of the decoder: by how many frames to each side it looks beyond a frame."""
        return self.decoder * (KERNEL // 2)


@dataclass(frozen=True, slots=True)
class Plan:
    """A run, in steps: the same run again, wherever it was interrupted."""

    size: Size
    steps: int
    frames: int = 3_200
    """Of a batch, padding included."""
    matrices_rate: float = 0.04
    """Of learning, of the blocks' matrices (Muon)."""
    others_rate: float = 4e-3
    """Of all else (Adam)."""
    melody: float = 1.0
    """How much an error of F0 counts."""
    warm_up: int = 100
    decay: float = 0.01
    averaging: float = 0.999
    seed: int = 1
    report: int = 250


PLANS = {"rowan": Plan(Size(), steps=9_600), "wren": Plan(Size(), steps=6_000, melody=2.0)}
"""Of the voices, by name."""
