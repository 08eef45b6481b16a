"""Snake activations, x + sin²(αx)/α (Ziyin et al. 2020)."""

from __future__ import annotations

from functools import cache

import numpy as np

from mixdown_tts_onnx.s1_mini.convert.codec.network import Network

DEGREE = 6


@cache
def sine_squared() -> tuple[float, ...]:
    """Coefficients p with sin²(πv) ≈ w (p₀ + w (p₁ + …)), w = v², for |v| ≤ ½."""
    w = np.linspace(0, 0.25, 4001)[1:]
    quotient = np.sin(np.pi * np.sqrt(w)) ** 2 / w
    fit = np.polynomial.Chebyshev.fit(w, quotient, DEGREE - 1)
    return tuple(fit.convert(kind=np.polynomial.Polynomial).coef)


def snake(net: Network, name: str, x: str) -> str:
    """The activation whose ``alpha`` is the tensor ``name``.alpha (1, channels, 1)."""
    alpha = net[f"{name}.alpha"].reshape(-1)
    if net.profile.sine == "exact":
        return _exact(net, name, x, alpha)
    return _polynomial(net, name, x, alpha)


def _exact(net: Network, name: str, x: str, alpha: np.ndarray) -> str:
    graph = net.graph
    sine = graph.one("Sin", graph.one("Mul", x, graph.weight(f"{name}.alpha", alpha)))
    square = graph.one("Mul", sine, sine)
    scaled = graph.one("Mul", square, graph.weight(f"{name}.inverse", 1 / (alpha + np.float32(1e-9))))
    return graph.one("Add", x, scaled)


def _polynomial(net: Network, name: str, x: str, alpha: np.ndarray) -> str:
    graph = net.graph
    turns = graph.one("Mul", x, graph.weight(f"{name}.turns", (alpha / np.pi).astype(np.float32)))
    rest = graph.one("Sub", turns, graph.one("Round", turns))
    w = graph.one("Mul", rest, rest)
    inverse = 1 / (alpha + np.float32(1e-9))
    powers = [
        graph.weight(f"{name}.power.{power}", (coefficient * inverse).astype(np.float32))
        for power, coefficient in enumerate(sine_squared())
    ]
    value = powers.pop()
    for coefficient in reversed(powers):
        value = graph.one("Add", graph.one("Mul", w, value), coefficient)
    return graph.one("Add", x, graph.one("Mul", w, value))
