"""Snake activations, x + sin²(αx)/α (Ziyin et al. 2020)."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from mixdown_tts_onnx.s1_mini.convert.codec.network import Network

TERMS = 3


@cache
def quarter_turn() -> tuple[float, ...]:
    """Coefficients p with s = w (p₀ + w (p₁ + …)), w = v², such that 4 s (1 − s) ≈ sin²(πv) for |v| ≤ ½.

    s is sin² of half the angle, for which three terms do what five would do for the whole: the error is below 1e-5.
    """
    w = np.linspace(0, 0.25, 4001)[1:]
    quotient = np.sin(np.pi / 2 * np.sqrt(w)) ** 2 / w
    fit = np.polynomial.Chebyshev.fit(w, quotient, TERMS - 1)
    return tuple(float(p) for p in fit.convert(kind=np.polynomial.Polynomial).coef)


def snake(net: Network, name: str, x: str) -> str:
    """The activation whose ``alpha`` is the tensor ``name``.alpha (1, channels, 1)."""
    alpha = net[f"{name}.alpha"].reshape(-1)
    square = _exact(net, name, x, alpha) if net.profile.sine == "exact" else _polynomial(net, name, x, alpha)
    inverse = net.graph.weight(f"{name}.inverse", 1 / (alpha + np.float32(1e-9)))
    return net.graph.one("Add", x, net.graph.one("Mul", square, inverse))


def _exact(net: Network, name: str, x: str, alpha: NDArray[np.float32]) -> str:
    sine = net.graph.one("Sin", net.graph.one("Mul", x, net.graph.weight(f"{name}.alpha", alpha)))
    return net.graph.one("Mul", sine, sine)


def _polynomial(net: Network, name: str, x: str, alpha: NDArray[np.float32]) -> str:
    """sin²(αx). ONNX Runtime's Sin runs on one thread; its products and sums run on all, fastest with scalars."""
    graph = net.graph

    def number(value: float) -> str:
        return graph.constant(value, np.float32)

    turns = graph.one("Mul", x, graph.weight(f"{name}.turns", (alpha / np.pi).astype(np.float32)))
    rest = graph.one("Sub", turns, graph.one("Round", turns))
    w = graph.one("Mul", rest, rest)
    *lower, highest = (2 * p for p in quarter_turn())
    half = number(highest)
    for coefficient in reversed(lower):
        half = graph.one("Add", graph.one("Mul", w, half), number(coefficient))
    half = graph.one("Mul", w, half)  # 2 s, of which 4 s (1 − s) is the product with 2 − 2 s
    return graph.one("Mul", half, graph.one("Sub", number(2.0), half))
