"""Muon (K. Jordan et al., 2024, https://kellerjordan.github.io/posts/muon/): momentum whose matrices are made orthogonal."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor

_A, _B, _C = 3.4445, -4.7750, 2.0315
"""Of the odd polynomial whose iteration brings every singular value near one."""


class Muon(torch.optim.Optimizer):
    def __init__(self, weights: Iterable[Tensor], lr: float, decay: float, momentum: float = 0.95) -> None:
        super().__init__(weights, {"lr": lr, "decay": decay, "momentum": momentum})

    def step(self, closure: Callable[[], float] | None = None) -> None:
        with torch.no_grad():
            for group in self.param_groups:
                self._change(group)

    def _change(self, group: dict[str, Any]) -> None:
        for weight in group["params"]:
            momentum = self.state[weight].setdefault("momentum", torch.zeros_like(weight))
            momentum.lerp_(weight.grad, 1 - group["momentum"])
            change = orthogonal(weight.grad.lerp(momentum, group["momentum"]))
            tall = max(1.0, weight.shape[0] / weight.shape[1]) ** 0.5
            weight.mul_(1 - group["lr"] * group["decay"]).add_(change, alpha=-group["lr"] * tall)


def orthogonal(matrix: Tensor, iterations: int = 5) -> Tensor:
    """Nearly the nearest matrix with orthonormal rows or columns, by Newton and Schulz in half precision."""
    wide = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T
    x = wide.bfloat16() / (wide.norm() + 1e-7)
    for _ in range(iterations):
        gram = x @ x.T
        x = _A * x + (_B * gram + _C * gram @ gram) @ x
    return (x if wide is matrix else x.T).to(matrix.dtype)
