"""What a draw depends on besides the model: parameters, a seed, and the frames before.

Source: fish-speech d3df505, ``text2semantic/inference.py``, followed to the letter where it is peculiar:

- The first frame of a speech is drawn without a penalty and is never counted among those before; nor can it end it.
- The others look back `WINDOW` frames; until there are so many, the places of those to come hold zeros.
- The slow transformer holds back one token only, the oldest of the window.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

WINDOW = 16
MIN_TEMPERATURE = 1e-5


@dataclass(frozen=True, slots=True)
class Sampling:
    """``temperature`` divides the logits that ``top_p`` left; ``penalty`` divides those of codes just used."""

    temperature: float = 0.8
    top_p: float = 0.8
    penalty: float = 1.1


class Noise:
    """The chance of one speech: Exp(1) deviates, the same for a seed on every machine."""

    def __init__(self, seed: int, stream: int, first_codes: int, rest: int, residual_codes: int) -> None:
        """``stream`` tells the sentences of one speech apart."""
        self._generator = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, stream])))
        self._first, self._rest = first_codes, (rest, residual_codes)

    def next(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Of the next frame: (codebook_size + 1,) and (codebooks - 1, residual_codes)."""
        return self._deviates(self._first), self._deviates(self._rest)

    def _deviates(self, shape: int | tuple[int, int]) -> NDArray[np.float32]:
        # Zero would make 0/0 of a code that was ruled out.
        return np.maximum(self._generator.standard_exponential(shape, np.float32), np.float32(1e-30))


class History:
    """The frames that a draw looks back on."""

    def __init__(self, codebooks: int) -> None:
        self._frames = np.zeros((WINDOW, 1 + codebooks), np.int64)
        self._drawn = 0

    @property
    def drawn(self) -> int:
        """Frames drawn so far."""
        return self._drawn

    def add(self, choice: int, codes: NDArray[np.int64]) -> None:
        place = self._drawn - 1
        self._drawn += 1
        if place < 0:
            return
        if place >= WINDOW:
            self._frames = np.roll(self._frames, -1, axis=0)
        self._frames[min(place, WINDOW - 1)] = [choice, *codes]

    def first_penalised(self) -> int:
        """The first codebook's code that is held back."""
        return int(self._frames[0, 0])

    def penalised(self) -> NDArray[np.int64]:
        """Those of the other codebooks, (codebooks - 1, WINDOW)."""
        return self._frames[:, 2:].T

    def penalties(self, penalty: float) -> NDArray[np.float32]:
        """By codebook; 1 where nothing is held back."""
        penalties = np.full(self._frames.shape[1] - 1, penalty if self._drawn else 1.0, np.float32)
        if self._drawn < 2:
            penalties[0] = 1.0  # there is no token yet, and a zero in its place is no semantic one
        return penalties
