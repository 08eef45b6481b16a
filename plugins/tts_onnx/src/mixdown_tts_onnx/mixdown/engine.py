"""The engine half: phones in, sound and word times out, in pieces that are made while others are heard."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mixdown_tts_onnx.engine import Options, Piece, Utterance, WordTime
from mixdown_tts_onnx.errors import EngineError
from mixdown_tts_onnx.mixdown.description import Description, folders, read_description
from mixdown_tts_onnx.mixdown.features import FRAME_MS, phone_features
from mixdown_tts_onnx.mixdown.networks import Networks
from mixdown_tts_onnx.mixdown.reading import Take
from mixdown_tts_onnx.mixdown.shape import Shape
from mixdown_tts_onnx.mixdown.tempo import frame_edges
from mixdown_tts_onnx.mixdown.vocoder import Vocoder

if TYPE_CHECKING:
    from numpy.typing import NDArray


def load(directory: Path, options: Options) -> MixdownEngine:
    """All the voices of a directory: milliseconds each. Raises the `EngineError`s of `read_description` and `Networks`."""
    return MixdownEngine([TrainedVoice(folder, options) for folder in folders(directory)])


class TrainedVoice:
    """A description and its networks."""

    def __init__(self, folder: Path, options: Options) -> None:
        self.description: Description = read_description(folder)
        self.networks = Networks(folder, self.description, options)
        Vocoder(self.description, Shape())  # makes its tables, which are kept

    def perform(self, take: Take, speed: float) -> tuple[Iterator[NDArray[np.float32]], NDArray[np.int64]]:
        """Parameters in windows of frames, and the frame at which each phone begins and the last one ends."""
        hidden, durations = self.networks.encode(*phone_features(take.phones, take.question))
        edges = frame_edges([phone.name for phone in take.phones], durations, speed)
        return self.networks.decode(hidden, edges), edges


class MixdownEngine:
    """Speaks in several threads: nothing is shared that changes."""

    def __init__(self, voices: Sequence[TrainedVoice]) -> None:
        self._voices = {voice.description.name: voice for voice in voices}

    def close(self) -> None:
        self._voices.clear()

    def speak(self, utterance: Utterance) -> Iterator[Piece]:
        """Members of the utterance: ``takes``, each as `Take.plain`; ``voice``, the trained one; ``shape``, members of `Shape`;
        ``speed``."""
        voice = self._voice(utterance["voice"])
        vocoder = Vocoder(voice.description, Shape(**utterance["shape"]))
        rate, frame = vocoder.rate, vocoder.rate * FRAME_MS // 1000
        waiting: list[WordTime] = []
        decoded = sounded = 0
        for take in map(Take.of, utterance["takes"]):
            windows, edges = voice.perform(take, utterance["speed"])
            waiting += _timed(take, (edges + decoded) * frame)
            for window in windows:
                decoded += len(window)
                samples = vocoder.push(window)
                sounded += len(samples)
                if len(samples):
                    yield Piece(samples, rate, _begun(waiting, sounded))
        rest = vocoder.finish()
        if len(rest):
            yield Piece(rest, rate, tuple(waiting), last=True)

    def _voice(self, name: str) -> TrainedVoice:
        try:
            return self._voices[name]
        except KeyError:
            raise EngineError(
                "unknown_voice", f"The model has no voice {name[:60]!r}.", kind="not_found", field="voice"
            ) from None


def _timed(take: Take, edges: NDArray[np.int64]) -> list[WordTime]:
    """``edges`` are the sample at which each phone begins, and the last one ends."""
    return [
        WordTime(start, end, int(edges[first]), int(edges[last])) for start, end, first, last in take.words
    ]


def _begun(waiting: list[WordTime], before: int) -> tuple[WordTime, ...]:
    """Takes out the words that begin before a sample."""
    begun = [word for word in waiting if word.start_frame < before]
    del waiting[: len(begun)]
    return tuple(begun)
