"""Sidechain ducking on an absolute grid of 10 ms."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import ceil, exp

import numpy as np

from mixdown_kernel import Duck
from mixdown_mixing.kernels import Curve

CELL_MS = 10
HOLD_MS = 200
"""Longer than the gaps between syllables and most words: the bed does not rise inside a phrase."""
AHEAD_MS = 100
"""How far ahead a ducker can be told of its key; it looks as far as its attack lasts."""
HYSTERESIS_DB = 6.0
ARRIVED_DB = 0.05
"""How close the gain comes to its goal before it is there."""
ARRIVAL = 3.0
"""Time constants within attack and release: after them 95 % of the way, in dB, is done."""


class Ducker:
    """The gain of whatever gives way to a key with one set of `Duck` parameters.

    The key's peak level is read once per cell of the grid. Above the threshold the gain glides, in dB, to the depth;
    it stays while the key is above the threshold less `HYSTERESIS_DB`, and `HOLD_MS` longer. Within a cell the gain
    is a straight line. With the levels ahead the gain is down where a key begins; without them it starts to glide in
    the cell in which the key begins.
    """

    def __init__(self, duck: Duck, cell: int) -> None:
        self._cell = cell
        self._depth_db = duck.depth_db
        self._open_at = 10 ** (duck.threshold_db / 20)
        self._close_at = 10 ** ((duck.threshold_db - HYSTERESIS_DB) / 20)
        self._attack = exp(-CELL_MS * ARRIVAL / max(duck.attack_ms, CELL_MS))
        self._release = exp(-CELL_MS * ARRIVAL / max(duck.release_ms, CELL_MS))
        self._ahead = min(ceil(duck.attack_ms / CELL_MS), AHEAD_MS // CELL_MS)
        self._hold = 1 + HOLD_MS // CELL_MS
        self._started = False
        self._held = 0
        self._gain_db = 0.0
        self._gain = 1.0
        self._knots = [1.0, 1.0]
        """The gain at both edges of the cell in progress."""
        self._ramp = np.arange(cell, dtype=np.float32) / np.float32(cell)

    def hear(self, levels: Sequence[float], ahead: int = 0) -> None:
        """Come to where it would be if it had been there from the first of ``levels`` on."""
        if levels:
            self._advance(levels, ahead)

    def curve(self, position: int, frames: int, levels: Sequence[float], ahead: int = 0) -> Curve:
        """The gain over ``frames`` from ``position``: one number where it stands still.

        ``levels`` are the key's peaks in the cells that begin in this block, and in ``ahead`` cells behind it. Be
        ``ahead`` always 0, or always `AHEAD_MS` of cells.
        """
        inside = position % self._cell
        knots = self._advance(levels, ahead)[0 if inside else 1 :]
        if min(knots) == max(knots):
            return np.float32(knots[0])
        edges = np.array(knots, np.float32)[:, None]
        curve = edges[:-1] + (edges[1:] - edges[:-1]) * self._ramp
        return np.asarray(curve.reshape(-1)[inside : inside + frames])

    def _advance(self, levels: Sequence[float], ahead: int) -> list[float]:
        """The gain at both edges of the cell in progress, and at the end of each that begins."""
        if ahead:
            levels = self._sooner(levels, len(levels) - ahead)
        knots = self._knots + self._follow(levels)
        self._knots = knots[-2:]
        return knots

    def _sooner(self, levels: Sequence[float], cells: int) -> Sequence[float]:
        """The levels of ``cells`` cells as far ahead as the attack lasts. Those before the first are heard at once: a
        voice that begins with the mix finds the bed down."""
        if not self._started:
            self._started = True
            self._hold += self._ahead  # what is heard sooner is also over sooner
            self._knots = [1.0, self._follow([0.0, *levels[: self._ahead]])[-1]]
        return levels[self._ahead : self._ahead + cells]

    def _follow(self, levels: Iterable[float]) -> list[float]:
        """The gain at the end of each further cell, given the key's peak in it."""
        held, gain_db, gain = self._held, self._gain_db, self._gain
        knots = []
        for level in levels:
            if level > (self._close_at if held else self._open_at):
                held = self._hold
            elif held:
                held -= 1
            goal = self._depth_db if held else 0.0
            if gain_db != goal:
                left = (gain_db - goal) * (self._attack if goal < gain_db else self._release)
                gain_db = goal if abs(left) < ARRIVED_DB else goal + left
                gain = 10 ** (gain_db / 20)
            knots.append(gain)
        self._held, self._gain_db, self._gain = held, gain_db, gain
        return knots
