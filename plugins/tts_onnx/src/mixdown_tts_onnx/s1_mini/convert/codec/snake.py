"""Snake activations, x + sin²(αx)/α (Ziyin et al. 2020)."""

from __future__ import annotations

from functools import cache
from math import gcd

import numpy as np
from numpy.typing import NDArray

from mixdown_tts_onnx.s1_mini.convert.codec.network import Network

WIDE = 1536
"""Channels from which on a factor for each is multiplied as fast as one for all."""


@cache
def quarter_turn(terms: int) -> tuple[float, ...]:
    """Coefficients p with s = w (p₀ + w (p₁ + …)), w = v², such that 4 s (1 − s) ≈ sin²(πv) for |v| ≤ ½.

    s is sin² of half the angle, for which few terms do: three leave an error of 1e-5, two of 1e-3.
    """
    w = np.linspace(0, 0.25, 4001)[1:]
    quotient = np.sin(np.pi / 2 * np.sqrt(w)) ** 2 / w
    fit = np.polynomial.Chebyshev.fit(w, quotient, terms - 1)
    return tuple(float(p) for p in fit.convert(kind=np.polynomial.Polynomial).coef)


def snake(net: Network, name: str, x: str, rows: int = 1) -> str:
    """The activation whose ``alpha`` is the tensor ``name``.alpha (1, channels, 1).

    ``x`` has a multiple of ``rows`` rows.
    """
    alpha = net[f"{name}.alpha"].reshape(-1)
    square = (
        _exact(net, name, x, alpha) if net.profile.sine == "exact" else _polynomial(net, name, x, alpha, rows)
    )
    inverse = np.reciprocal(alpha + np.float32(1e-9))
    return net.graph.one("Add", x, _scaled(net, f"{name}.inverse", square, inverse, rows))


def _scaled(net: Network, name: str, x: str, factors: NDArray[np.float32], rows: int) -> str:
    """Every channel times its factor: of several rows at once, because broadcasting is slow on narrow ones."""
    together = gcd(rows, 1 << (max(1, WIDE // len(factors)).bit_length() - 1))
    graph, wide = net.graph, together * len(factors)
    if together == 1:
        return graph.one("Mul", x, graph.weight(name, factors))
    y = graph.one("Mul", graph.reshape(x, -1, wide), graph.weight(name, np.tile(factors, together)))
    return graph.reshape(y, -1, len(factors))


def _exact(net: Network, name: str, x: str, alpha: NDArray[np.float32]) -> str:
    sine = net.graph.one("Sin", net.graph.one("Mul", x, net.graph.weight(f"{name}.alpha", alpha)))
    return net.graph.one("Mul", sine, sine)


def _polynomial(net: Network, name: str, x: str, alpha: NDArray[np.float32], rows: int) -> str:
    """sin²(αx). ONNX Runtime's Sin runs on one thread; its products and sums run on all, fastest with scalars."""
    graph = net.graph

    def number(value: float) -> str:
        return graph.constant(value, np.float32)

    turns = _scaled(net, f"{name}.turns", x, (alpha / np.pi).astype(np.float32), rows)
    rest = graph.one("Sub", turns, graph.one("Round", turns))
    w = graph.one("Mul", rest, rest)
    *lower, highest = (2 * p for p in quarter_turn(net.profile.terms))
    half = number(highest)
    for coefficient in reversed(lower):
        half = graph.one("Add", graph.one("Mul", w, half), number(coefficient))
    half = graph.one("Mul", w, half)  # 2 s, of which 4 s (1 − s) is the product with 2 − 2 s
    return graph.one("Mul", half, graph.one("Sub", number(2.0), half))
