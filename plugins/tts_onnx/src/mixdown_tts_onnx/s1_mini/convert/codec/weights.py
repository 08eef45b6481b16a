"""The codec's tensors as the graphs need them: weight normalisation folded, and all of them there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from mixdown_tts_onnx.s1_mini.shape import bad_checkpoint
from mixdown_tts_onnx.s1_mini.tensors import StoredWeights, Weights

_NORMALISED = (
    ("_g", "_v"),
    (".original0", ".original1"),
)
"""PyTorch's two spellings of a weight-normalised tensor, magnitude and direction; one checkpoint has both."""
_PARAMETRISED = ".parametrizations.weight"


class FoldedWeights(Weights):
    """A state dictionary without weight normalisation (Salimans & Kingma 2016: w = g v / ‖v‖), folded on access."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._sources = dict(_folded_names(weights))

    def __getitem__(self, name: str) -> NDArray[np.float32]:
        source = self._sources[name]
        if isinstance(source, str):
            return np.asarray(self._weights[source], np.float32)
        magnitude, direction = (np.asarray(self._weights[part], np.float32) for part in source)
        axes = tuple(range(1, direction.ndim))
        norm = np.sqrt(np.sum(np.square(direction), axis=axes, keepdims=True))
        folded: NDArray[np.float32] = direction * (magnitude / norm)
        return folded

    def __contains__(self, name: object) -> bool:
        return name in self._sources  # without reading, as a mapping would

    def __iter__(self) -> Iterator[str]:
        return iter(self._sources)

    def __len__(self) -> int:
        return len(self._sources)

    def shape(self, name: str) -> tuple[int, ...]:
        """A tensor's shape, without reading it where the checkpoint is on disk."""
        source = self._sources[name]
        stored = source if isinstance(source, str) else source[1]
        if isinstance(self._weights, StoredWeights):
            return self._weights.shape(stored)
        return self._weights[stored].shape


def _folded_names(weights: Weights) -> Iterator[tuple[str, str | tuple[str, str]]]:
    """Each plain name with the tensor, or the magnitude and direction, that it is made of."""
    names = set(weights)  # of which a mapping would read those that it is asked for
    for name in weights:
        for magnitude, direction in _NORMALISED:
            stem = name.removesuffix(magnitude)
            if stem != name and stem + direction in names:
                plain = stem.removesuffix(_PARAMETRISED)
                yield plain if plain.endswith(".weight") else f"{plain}.weight", (name, stem + direction)
                break
            stem = name.removesuffix(direction)
            if stem != name and stem + magnitude in names:
                break
        else:
            yield name, name


def require(weights: FoldedWeights, tensors: Iterable[tuple[str, tuple[int, ...]]]) -> None:
    """Refuse a checkpoint that lacks a tensor or has it in another shape.

    Raises:
        EngineError: ``bad_checkpoint``, naming the first such tensor and how many there are.
    """
    wrong = [
        f"{name} is {list(weights.shape(name)) if name in weights else 'missing'} instead of {list(shape)}"
        for name, shape in tensors
        if name not in weights or weights.shape(name) != shape
    ]
    if wrong:
        raise bad_checkpoint(
            f"{len(wrong)} tensors of the codec are missing or of another shape, first {wrong[0]}"
        )
