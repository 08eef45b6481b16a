"""The inner loops that exist twice, in numpy and compiled. Everything with state or a decision is shared."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mixdown_kernel import Samples

Curve = NDArray[np.float32] | np.float32
"""A gain over the frames of a block, or one for all of them."""


class BlockEnergies(Protocol):
    """The K-weighted energy of a stream, per 100 ms."""

    def push(self, samples: Samples) -> None: ...

    def energies(self) -> NDArray[np.float64]:
        """Mean square of every complete 100 ms so far, summed over channels."""
        ...

    def mean(self) -> float:
        """Mean square of everything pushed so far; only right for at most 400 ms."""
        ...


class Kernels(Protocol):
    """Each function is a pure function of its arguments, frame by frame: the same frames give the same bits
    in whatever blocks they arrive."""

    def scale(self, samples: Samples, gains: NDArray[np.float32], curve: Curve, out: Samples) -> None:
        """Write ``samples × (curve × gains)`` to ``out`` (frames, channels); mono is copied to every channel."""
        ...

    def mix_in(self, samples: Samples, gains: NDArray[np.float32], curve: Curve, out: Samples) -> None:
        """Add to ``out`` what `scale` would write."""
        ...

    def cell_peaks(self, samples: Samples, cell: int) -> NDArray[np.float32]:
        """The largest magnitude in each run of ``cell`` frames (``frames`` is a multiple of it), all channels."""
        ...

    def curvatures(self, samples: Samples, starts: NDArray[np.intp], length: int) -> NDArray[np.float32]:
        """The largest second difference in each block of ``length`` frames at ``starts`` and in its context."""
        ...

    def interpolated_peaks(
        self, samples: Samples, starts: NDArray[np.intp], length: int, filters: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """The largest magnitude between the samples, for each block of ``length`` frames at ``starts``.

        ``filters``, shape (filters, `true_peak.TAPS`), each give the sound at one place between frame i and i + 1, and
        mirrored at the mirrored place. Blocks have `true_peak.BEFORE` frames of context before them and `true_peak.AFTER` behind.
        """
        ...

    def block_energies(self, rate: int, channels: int) -> BlockEnergies: ...
