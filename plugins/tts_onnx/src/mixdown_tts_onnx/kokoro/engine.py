"""The engine half: phonemes and a style in, sound and word times out."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mixdown_tts_onnx.engine import Options, Piece, Utterance, WordTime
from mixdown_tts_onnx.errors import EngineError
from mixdown_tts_onnx.graphs.opening import SeededGraph
from mixdown_tts_onnx.kokoro.files import graph_file, voice_source
from mixdown_tts_onnx.kokoro.takes import CONTEXT, Joiner, Take, parted, pause_after
from mixdown_tts_onnx.kokoro.vocabulary import (
    FRAME,
    LIMIT,
    RATE,
    Tokens,
    read_vocabulary,
    tokenize,
)
from mixdown_tts_onnx.kokoro.voices import Styles, voice_names
from mixdown_tts_onnx.phonetic.estimates import estimated_edges
from mixdown_tts_onnx.phonetic.inference import infer
from mixdown_tts_onnx.phonetic.sound import sounding
from mixdown_tts_onnx.runtime.session import metadata, output_names

if TYPE_CHECKING:
    from numpy.typing import NDArray

TOKENS = ("input_ids", "tokens")
INTEGERS = {"tensor(int64)": np.int64, "tensor(int32)": np.int32}
FLOATS = {"tensor(float)": np.float32, "tensor(float16)": np.float16, "tensor(double)": np.float64}
DURATION = "duration"
TRIAL = 8
NOISE = 1 << 18
"""Numbers for one pass: nine a sample of the vocoder's harmonics, so that they begin again after more than a second."""


def load(directory: Path, options: Options) -> KokoroEngine:
    """Raises `EngineError`: ``missing_model_file``, ``bad_voices``, and those of `open_session`."""
    graph, voices = graph_file(directory), voice_source(directory)
    if graph is None or voices is None:
        what = "graph (*.onnx)" if graph is None else "voices (voices*.bin, voices*.npz or voices/*.bin)"
        hint = "Run `mixdown models pull kokoro`."
        raise EngineError("missing_model_file", f"The Kokoro model has no {what}.", hint=hint)
    opened = SeededGraph(graph, options, length=NOISE, exposed=("Round",))
    vocabulary = read_vocabulary(metadata(opened.session), directory)
    return KokoroEngine(opened, graph.name, Styles(voices), vocabulary, voice_names(voices)[0])


class KokoroEngine:
    """The three exports that there are: inputs ``tokens`` or ``input_ids``, ``style``, ``speed``, of the types that the
    graph says; one output of sound, and durations. Where the graph keeps those to itself, the one tensor in it that is
    rounded is taken for them, if it proves right on a trial by ``voice``."""

    def __init__(
        self, graph: SeededGraph, name: str, styles: Styles, vocabulary: Mapping[str, int], voice: str
    ) -> None:
        types = graph.inputs
        self._tokens = next((given for given in TOKENS if given in types), TOKENS[0])
        _check(name, types, self._tokens)
        self._types = {given: (INTEGERS | FLOATS)[kind] for given, kind in types.items()}
        sound, *others = [made for made in output_names(graph.session) if made != DURATION]
        durations = [DURATION] if DURATION in output_names(graph.session) else others[:1]
        self._graph: SeededGraph | None = graph
        self._outputs = [sound, *durations]
        self._styles = styles
        self._vocabulary = vocabulary
        self._timed = self._tried(voice)

    def close(self) -> None:
        self._graph = None

    def _tried(self, voice: str) -> bool:
        """Whether durations are there and right. Also warms the graph up, and fails early."""
        ids = tuple(self._vocabulary.values())[-TRIAL:]
        samples, frames = self._infer(ids, self._styles.style([(voice, 1.0)], len(ids)), 1.0, (0, 0))
        return len(frames) == len(ids) + 2 and abs(frames.sum() * FRAME - len(samples)) <= FRAME

    def speak(self, utterance: Utterance) -> Iterator[Piece]:
        """Members of the utterance: ``phonemes``, ``words`` as (text start, text end, first phoneme, end), ``voice`` as
        pairs of name and share, ``speed``, ``trim``, whether silence at the ends is taken off, ``seed``."""
        tokens = tokenize(utterance["phonemes"], self._vocabulary)
        if not tokens:
            raise EngineError(
                "nothing_to_speak",
                "None of the text's phonemes is known to this model.",
                kind="unsupported",
                field="text",
                hint="Choose a language that the model speaks.",
            )
        takes = self._overlapping if self._timed else self._apart
        runs = parted(tokens.symbols, LIMIT - 2 * CONTEXT if self._timed and len(tokens) > LIMIT else LIMIT)
        begun = 0
        for (first, end), take in zip(runs, takes(tokens, runs, utterance), strict=True):
            words = _word_times(utterance["words"], tokens.places, first, end, take.edges + begun)
            begun += len(take.samples)
            yield Piece(take.samples, RATE, words, last=end == len(tokens))

    def _apart(self, tokens: Tokens, runs: list[tuple[int, int]], utterance: Utterance) -> Iterator[Take]:
        for first, end in runs:
            symbols = tokens.symbols[first:end]
            samples, _ = self._run(tokens.ids[first : first + len(symbols.rstrip())], utterance, first)
            if utterance["trim"]:
                samples = samples[slice(*sounding(samples))]
            edges = estimated_edges(symbols, samples, RATE)
            pause = 0.0 if end == len(tokens) else pause_after(symbols)
            yield Take(np.concatenate([samples, np.zeros(round(pause * RATE), np.float32)]), edges)

    def _overlapping(
        self, tokens: Tokens, runs: list[tuple[int, int]], utterance: Utterance
    ) -> Iterator[Take]:
        joiner = Joiner(RATE)
        for first, end in runs:
            begins, ends = first == 0, end == len(tokens)
            before, after = (0 if begins else max(0, first - CONTEXT)), min(len(tokens), end + CONTEXT)
            samples, frames = self._run(tokens.ids[before:after], utterance, first)
            head, tail = sounding(samples) if utterance["trim"] else (0, len(samples))
            head, tail = head if begins else 0, tail if ends else len(samples)
            edges = np.clip(_edges(frames, len(samples))[1:-1], head, tail) - head
            take = Take(samples[head:tail], edges)
            yield joiner.add(take, first - before, end - before, begins=begins, ends=ends)

    def _run(
        self, ids: tuple[int, ...], utterance: Utterance, number: int
    ) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
        """Sound, and how many frames of the model each token takes, the zeros around them included."""
        style = self._styles.style([(name, share) for name, share in utterance["voice"]], len(ids))
        samples, frames = self._infer(
            ids, style, self._speed(utterance["speed"]), (utterance["seed"], number)
        )
        if self._timed and (len(frames) != len(ids) + 2 or frames.sum() <= 0 or (frames < 0).any()):
            message = "The graph's durations do not fit its tokens."
            raise EngineError("wrong_model", message, hint="Choose another export of Kokoro.")
        return samples, frames

    def _infer(
        self, ids: tuple[int, ...], style: NDArray[np.float32], speed: float, seed: tuple[int, int]
    ) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
        assert self._graph is not None, "the engine was closed"  # noqa: S101
        given = {self._tokens: np.array([[0, *ids, 0]]), "style": style, "speed": np.array([speed])}
        typed = {name: value.astype(self._types[name]) for name, value in given.items()}
        made = infer(self._graph.session, self._outputs, typed | self._graph.noise(*seed))
        samples = made[0].reshape(-1).astype(np.float32, copy=False)
        return samples, made[1].reshape(-1).astype(np.float64) if len(made) > 1 else np.zeros(0)

    def _speed(self, speed: float) -> float:
        if np.issubdtype(self._types["speed"], np.integer) and speed != round(speed):
            raise EngineError(
                "unsupported_speed",
                "This export of Kokoro takes whole speeds only.",
                kind="unsupported",
                field="speed",
                allowed=[1, 2],
                hint="Choose an export whose speed is a float, such as v1.0.",
            )
        return speed


def _check(name: str, types: Mapping[str, str], tokens: str) -> None:
    """Raises `EngineError` (``wrong_model``) for a graph that is not Kokoro's."""
    allowed: dict[str, Mapping[str, Any]] = {tokens: INTEGERS, "style": FLOATS, "speed": INTEGERS | FLOATS}
    if set(types) == set(allowed) and all(types[given] in kinds for given, kinds in allowed.items()):
        return
    has = ", ".join(f"{given} {kind}" for given, kind in types.items())
    raise EngineError(
        "wrong_model",
        f"The graph {name} is not one of Kokoro: its inputs are {has}.",
        allowed=["tokens or input_ids", "style", "speed"],
        hint="Name the model's directory under the backend of its own family.",
    )


def _edges(frames: NDArray[np.float64], samples: int) -> NDArray[np.int64]:
    """Where each token begins and the last one ends: a frame is 600 samples, but for rounding by the vocoder."""
    sums = np.concatenate([[0.0], np.cumsum(frames)])
    edges: NDArray[np.int64] = np.round(sums * (samples / sums[-1])).astype(np.int64)
    return edges


def _word_times(
    words: list[list[int]], places: tuple[int, ...], first: int, end: int, edges: NDArray[np.int64]
) -> tuple[WordTime, ...]:
    """The words that begin among the tokens ``first`` to ``end``, whose borders are ``edges``."""
    starts = [bisect_left(places, word[2]) for word in words]
    stops = [bisect_left(places, word[3]) for word in words]
    return tuple(
        WordTime(word[0], word[1], int(edges[start - first]), int(edges[min(stop, end) - first]))
        for word, start, stop in zip(words, starts, stops, strict=True)
        if first <= start < end and stop > start
    )
