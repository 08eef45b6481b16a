"""The reference's sampling as nodes: repetition penalty, top-p on the raw logits, temperature, and one draw.

Source: fish-speech d3df505, ``text2semantic/inference.py``: ``logits_to_probs``, ``multinomial_sample_one_no_sync``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mixdown_tts_onnx.s1_mini.convert.graph import GraphBuilder


@dataclass(frozen=True, slots=True)
class Choice:
    """What one draw needs, by the names of values of a batch.

    ``noise`` (batch, width) is Exp(1)-distributed; ``penalised`` int64 (batch, …) are the codes that came before,
    ``penalty`` (batch, 1) what they are held back by; ``temperature`` and ``top_p`` (batch, 1).
    """

    noise: str
    penalised: str
    penalty: str
    temperature: str
    top_p: str


def sample(graph: GraphBuilder, logits: str, width: int, choice: Choice) -> str:
    """The index drawn of ``logits`` (batch, width): int64 (batch, 1)."""
    logits = _penalise(graph, logits, choice)
    ordered, order = graph.add("TopK", [logits, graph.ints(width)], 2, axis=1, largest=1, sorted=1)
    chances = graph.one("Softmax", ordered, axis=1)
    so_far = graph.one("CumSum", chances, graph.constant(1, np.int64))
    excess = graph.one("Greater", so_far, choice.top_p)
    # The most likely one stays, however likely it is.
    excess = graph.one("And", excess, graph.one("Greater", _ranks(graph, width), graph.constant(0, np.int64)))
    kept = graph.one("Where", excess, graph.constant(-np.inf, np.float32), ordered)
    chances = graph.one("Softmax", graph.one("Div", kept, choice.temperature), axis=1)
    race = graph.one("Div", chances, graph.one("GatherElements", choice.noise, order, axis=1))
    winner = graph.one("ArgMax", race, axis=1, keepdims=1)
    return graph.one("GatherElements", order, winner, axis=1)


def _penalise(graph: GraphBuilder, logits: str, choice: Choice) -> str:
    scores = graph.one("GatherElements", logits, choice.penalised, axis=1)
    negative = graph.one("Less", scores, graph.constant(0, np.float32))
    held_back = graph.one(
        "Where", negative, graph.one("Mul", scores, choice.penalty), graph.one("Div", scores, choice.penalty)
    )
    return graph.one("ScatterElements", logits, choice.penalised, held_back, axis=1)


def _ranks(graph: GraphBuilder, width: int) -> str:
    return graph.weight(f"ranks.{width}", np.arange(width, dtype=np.int64)[None])
