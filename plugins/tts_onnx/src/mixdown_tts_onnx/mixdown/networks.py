"""A voice's two graphs: phones to durations, and windows of frames to the vocoder's parameters."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mixdown_tts_onnx.errors import EngineError
from mixdown_tts_onnx.mixdown.description import DECODER, ENCODER, Description
from mixdown_tts_onnx.mixdown.features import PAUSE, Phone, phone_features, position_features
from mixdown_tts_onnx.phonetic.inference import infer
from mixdown_tts_onnx.runtime.session import open_session

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mixdown_tts_onnx.engine import Options

FLOAT = ("tensor(float)",)
FIRST_WINDOW, LONGEST_WINDOW = 24, 192
"""Frames that are decoded at once: few at first, so that sound comes soon."""


class Networks:
    """Thread-safe. Raises the `EngineError`s of `open_session`, ``corrupt_model`` for graphs of another training."""

    def __init__(self, folder: Path, description: Description, options: Options) -> None:
        for name, digest in description.sha256.items():
            _check_hash(folder / name, digest)
        self._description = description
        self._encoder = open_session(
            folder / ENCODER,
            options,
            name=f"{folder.name}/{ENCODER}",
            inputs={"phones": ("tensor(int64)",), "features": FLOAT},
            outputs=("hidden", "durations"),
        )
        self._decoder = open_session(
            folder / DECODER,
            options,
            name=f"{folder.name}/{DECODER}",
            inputs={"hidden": FLOAT, "position": FLOAT},
            outputs=("parameters",),
        )
        self._try()

    def _try(self) -> None:
        """Warm up on a moment of silence, and fail early."""
        silence = [Phone(PAUSE, *[False] * 7)] * 2
        hidden, durations = self.encode(*phone_features(silence, question=False))
        (parameters,) = self.decode(hidden, np.arange(3))
        if durations.shape != (2,) or parameters.shape != (2, self._description.layout.width):
            raise EngineError(
                "wrong_model",
                f"The graphs of the voice {self._description.name} do not make what its voice.json describes.",
                hint="Take all files of one and the same training.",
            )

    def encode(
        self, phones: NDArray[np.int64], features: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Hidden states (n, D) and durations in frames (n,), of phones (n,) and features (n, `FEATURES`)."""
        given: dict[str, NDArray[Any]] = {"phones": phones[np.newaxis], "features": features[np.newaxis]}
        durations, hidden = infer(self._encoder, ("durations", "hidden"), given)
        return hidden[0], durations[0]

    def decode(self, hidden: NDArray[np.float32], edges: NDArray[np.int64]) -> Iterator[NDArray[np.float32]]:
        """Parameters (frames, width) in windows, of phones that begin at ``edges`` (n + 1,).

        Each window is decoded with as many frames around it as can matter, so that it is what it would be in the whole.
        """
        lengths = np.diff(edges)
        phones = np.repeat(np.arange(len(lengths)), lengths)
        position = position_features(lengths)
        start, window = 0, FIRST_WINDOW
        while start < len(phones):
            end = min(start + window, len(phones))
            first, last = max(0, start - self._description.reach), end + self._description.reach
            given = {
                "hidden": hidden[phones[first:last]][np.newaxis],
                "position": position[np.newaxis, first:last],
            }
            (parameters,) = infer(self._decoder, ("parameters",), given)
            yield parameters[0, start - first : end - first]
            start, window = end, min(2 * window, LONGEST_WINDOW)


def _check_hash(file: Path, digest: str) -> None:
    with file.open("rb") as content:
        if hashlib.file_digest(content, "sha256").hexdigest() == digest:
            return
    raise EngineError(
        "corrupt_model",
        f"The file {file.name} of the voice {file.parent.name} is not the one that its voice.json describes.",
        hint="Take all files of one and the same training.",
    )
