"""The engine half: phonemes in, sound and word times out, one pass of the graph for each sentence, as Piper does.

Sentences are not brought to one peak, as Piper's own package does by default: that makes every sentence another
loudness, and the road has a master.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from mixdown_tts_onnx.engine import Options, Piece, Utterance, WordTime
from mixdown_tts_onnx.graphs.opening import SeededGraph
from mixdown_tts_onnx.phonetic.estimates import estimated_edges
from mixdown_tts_onnx.phonetic.inference import infer
from mixdown_tts_onnx.piper.config import BOS, EOS, PAD, Config, read_config
from mixdown_tts_onnx.runtime.session import output_names

if TYPE_CHECKING:
    from numpy.typing import NDArray

INTEGER = ("tensor(int64)",)
INPUTS: Mapping[str, tuple[str, ...]] = {
    "input": INTEGER,
    "input_lengths": INTEGER,
    "scales": ("tensor(float)",),
}
SPEAKER = {"sid": INTEGER}
NOISE = 1 << 17
"""Numbers for one pass: 192 a frame of the decoder, so that they begin again after eight seconds."""


def load(directory: Path, options: Options) -> PiperEngine:
    """Graphs are opened when their voice is first asked for."""
    return PiperEngine(directory, options)


class PiperEngine:
    """All the voices of a directory."""

    def __init__(self, directory: Path, options: Options) -> None:
        self._directory = directory
        self._options = options
        self._voices: dict[str, PiperVoice] = {}
        self._lock = Lock()

    def close(self) -> None:
        self._voices.clear()

    def speak(self, utterance: Utterance) -> Iterator[Piece]:
        """Members of the utterance: ``voice``, the graph's name without suffix; ``speaker``, a number or None;
        ``sentences``, each with ``symbols`` and with ``words`` as (text start, text end, first symbol, end);
        ``scales``, the graph's input of that name; ``seed``."""
        voice = self._voice(utterance["voice"])
        speaker, scales = utterance["speaker"], utterance["scales"]
        for number, sentence in enumerate(utterance["sentences"], start=1):
            samples, edges = voice.run(sentence["symbols"], speaker, scales, (utterance["seed"], number))
            words = tuple(
                WordTime(start, end, int(edges[first]), int(edges[last]))
                for start, end, first, last in sentence["words"]
                if last > first
            )
            yield Piece(samples, voice.rate, words, last=number == len(utterance["sentences"]))

    def _voice(self, name: str) -> PiperVoice:
        with self._lock:
            if name not in self._voices:
                graph = self._directory / f"{name}.onnx"
                self._voices[name] = PiperVoice(graph, read_config(graph), self._options)
            return self._voices[name]


class PiperVoice:
    """One graph. Raises the `EngineError`s of `open_session`."""

    def __init__(self, graph: Path, config: Config, options: Options) -> None:
        inputs = {**INPUTS, **SPEAKER} if config.num_speakers > 1 else INPUTS
        self._graph = SeededGraph(graph, options, length=NOISE, exposed=("Ceil",), inputs=inputs)
        self._takes_speaker = "sid" in self._graph.inputs
        self._outputs = output_names(self._graph.session)[:2]
        self._config = config
        self.rate = config.sample_rate

    def run(
        self, symbols: Sequence[str], speaker: int | None, scales: Sequence[float], seed: tuple[int, int]
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Sound, and the frame at which each symbol begins and the last one ends."""
        ids, places = self.ids(symbols)
        given: dict[str, NDArray[Any]] = {
            "input": np.array([ids], np.int64),
            "input_lengths": np.array([len(ids)], np.int64),
            "scales": np.array(scales, np.float32),
        }
        if self._takes_speaker:
            given["sid"] = np.array([speaker or 0], np.int64)
        made = infer(self._graph.session, self._outputs, given | self._graph.noise(*seed))
        samples = np.clip(made[0].reshape(-1), -1.0, 1.0).astype(np.float32, copy=False)
        if len(made) > 1 and made[1].size == len(
            ids
        ):  # a published graph has it inside, one patched by piper outside
            return samples, self._aligned(made[1].reshape(-1), places, len(samples))
        return samples, estimated_edges(symbols, samples, self.rate)

    def ids(self, symbols: Sequence[str]) -> tuple[list[int], list[int]]:
        """``^ _ p1 _ p2 _ … $``, and the place among them at which each symbol begins, that of ``$`` last.

        Symbols that the voice lacks are left out.
        """
        table = self._config.phoneme_id_map
        runs = [[*table[symbol], *table[PAD]] if symbol in table else [] for symbol in symbols]
        head = [*table[BOS], *table[PAD]]
        places = list(accumulate(map(len, runs), initial=len(head)))
        return [*head, *(number for run in runs for number in run), *table[EOS]], places

    def _aligned(self, frames: NDArray[Any], places: list[int], samples: int) -> NDArray[np.int64]:
        """By the graph's own alignment: frames of ``hop_length`` for each id."""
        sums = np.concatenate([[0], np.cumsum(frames.astype(np.float64) * self._config.hop_length)])
        return np.minimum(np.round(sums[places]), samples).astype(np.int64)
