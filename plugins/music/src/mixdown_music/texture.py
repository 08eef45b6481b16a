"""The surface of an old record: hiss and crackle that come round with the turntable."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy import fft

from mixdown_music.synth import RATE, Sound

_TURN = RATE * 9 // 5
"""Frames of one turn at 33⅓ a minute."""
_TURNS = 7


class Record:
    """Seven turns of a groove, played round and round."""

    def __init__(self, seed: int, level: float) -> None:
        self._groove = _groove(seed % 16) * np.float32(level)

    def play(self, start: int, frames: int) -> Sound:
        """Shape (2, frames), from the absolute frame ``start``."""
        first = start % self._groove.shape[1]
        turns = -(-(first + frames) // self._groove.shape[1])
        groove = self._groove if turns == 1 else np.tile(self._groove, (1, turns))
        return groove[:, first : first + frames]


@lru_cache(maxsize=4)
def _groove(seed: int) -> Sound:
    """Hiss with a rounded top (random phases: it closes on itself), and clicks, some of them in every turn."""
    frames = _TURN * _TURNS
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, 0x33])))
    hertz = fft.rfftfreq(frames, 1 / RATE)
    shape = (hertz / (hertz + 300)) / (1 + (hertz / 5500) ** 2)
    spectrum = shape * np.exp(2j * np.pi * rng.random((2, len(hertz))))
    hiss = fft.irfft(spectrum, frames, axis=1)
    groove = np.asarray(0.011 * hiss / np.sqrt(np.mean(hiss**2)), np.float32)
    scratches = rng.integers(0, _TURN, 3)
    for turn in range(_TURNS):
        for position in (*scratches, *rng.integers(0, _TURN, 22)):
            _click(groove, turn * _TURN + int(position), rng)
    return groove


def _click(groove: Sound, position: int, rng: np.random.Generator) -> None:
    length = int(rng.integers(20, 160))
    strength = min(0.012 * (1 + float(rng.pareto(1.6))), 0.12)
    shape = np.exp(-np.arange(length) / (length / 5)) * rng.standard_normal(length)
    pan = rng.uniform(0.3, 1.0, 2)[:, None]
    where = (position + np.arange(length)) % groove.shape[1]
    groove[:, where] += (strength * pan * shape).astype(np.float32)
