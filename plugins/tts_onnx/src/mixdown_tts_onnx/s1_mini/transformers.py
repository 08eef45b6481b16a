"""The two transformers as loaded graphs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mixdown_tts_onnx.engine import Options
from mixdown_tts_onnx.runtime.session import open_session
from mixdown_tts_onnx.s1_mini.cache import Cache
from mixdown_tts_onnx.s1_mini.prompt import Codes, Tokens
from mixdown_tts_onnx.s1_mini.sampling import MIN_TEMPERATURE, History, Noise, Sampling

PREFILL = 128
"""Positions of a prompt read at once: what a batch has to wait, and memory, are bounded by it."""
PAIR = 2
"""Rows that a batch is filled up to a multiple of, where the kernels take rows in pairs and round a single one
otherwise: only then is a sentence drawn to the bit as if it were alone."""
_NO_SPINNING = {"session.intra_op.allow_spinning": "0"}
"""Several sessions share the cores."""


@dataclass(frozen=True, slots=True)
class State:
    """What the slow transformer says of the next frames of a batch: ``logits`` (batch, codebook_size + 1), ``hidden``
    (batch, 1, width)."""

    logits: NDArray[np.float32]
    hidden: NDArray[np.float32]

    @staticmethod
    def join(states: list[State]) -> State:
        return State(
            np.concatenate([state.logits for state in states]),
            np.concatenate([state.hidden for state in states]),
        )

    def row(self, index: int) -> State:
        return State(self.logits[index : index + 1], self.hidden[index : index + 1])


class SlowTransformer:
    """Reads tokens into its cache's rows and says what follows. For one thread."""

    def __init__(self, path: Path, options: Options, rows: int, capacity: int) -> None:
        """`EngineError` as of `open_session`."""
        self._session = open_session(
            path,
            options,
            inputs={"tokens": ("tensor(int64)",), "last": ("tensor(int32)",), "total": ("tensor(int32)",)},
            outputs=("logits", "hidden"),
            entries=_NO_SPINNING,
        )
        self.cache = Cache(self._session, _multiple(rows, PAIR), capacity)
        self._bindings: dict[tuple[int, int], Any] = {}
        self.pairs = 1 if self._is_alone_as_in_company() else PAIR
        """What the number of rows is filled up to a multiple of, here and in drawing."""

    def prefill(self, row: int, tokens: Tokens, start: int) -> State:
        """Read a prompt (1 + codebooks, positions) into a row behind the ``start`` positions that are there."""
        state = None
        for at in range(0, tokens.shape[1], PREFILL):
            part = tokens[:, at : at + PREFILL]
            lengths = np.array([start + at + part.shape[1]], np.int32)
            state = self._run(row, row + 1, part[None], lengths)
        if state is None:
            raise ValueError("a prompt has at least one position")
        return state

    def step(self, tokens: Tokens, lengths: NDArray[np.int32]) -> State:
        """Read one position for each of the first rows: ``tokens`` (rows, 1 + codebooks), ``lengths`` with it."""
        rows = len(tokens)
        spare = _multiple(rows, self.pairs) - rows
        # A spare row reads anything into the first position of a row that nobody has.
        tokens, lengths = np.pad(tokens, ((0, spare), (0, 0))), np.pad(lengths, (0, spare), constant_values=1)
        state = self._run(0, rows + spare, tokens[:, :, None], lengths)
        return State(state.logits[:rows], state.hidden[:rows])

    def _is_alone_as_in_company(self) -> bool:
        """Whether this model's kernels on this processor give a single row what they give it beside another, to the bit:
        which ones do depends on both, so it is tried."""
        books = self._session.get_inputs()[0].shape[1]
        tokens = np.zeros((PAIR, books, 1), np.int64)
        lengths = np.ones(PAIR, np.int32)
        alone, together = (self._run(0, rows, tokens[:rows], lengths[:rows]) for rows in (1, PAIR))
        return np.array_equal(alone.logits[0], together.logits[0])

    def _run(self, first: int, end: int, tokens: Tokens, lengths: NDArray[np.int32]) -> State:
        binding = self._bindings.get((first, end))
        if binding is None:
            binding = self._bindings[first, end] = self._session.io_binding()
            self.cache.bind(binding, slice(first, end))
        binding.bind_cpu_input("tokens", np.ascontiguousarray(tokens))
        binding.bind_cpu_input("last", lengths - np.int32(1))
        binding.bind_cpu_input("total", np.array(lengths.max(), np.int32))
        binding.bind_output("logits")
        binding.bind_output("hidden")
        self._session.run_with_iobinding(binding)
        logits, hidden = (value.numpy() for value in binding.get_outputs()[-2:])  # in the order of binding
        return State(logits, hidden)


@dataclass(slots=True)
class Draw:
    """What one sequence brings to the drawing of its next frame."""

    sampling: Sampling
    noise: Noise
    history: History


class FrameTransformer:
    """Draws whole frames. For one thread."""

    def __init__(self, path: Path, options: Options) -> None:
        """`EngineError` as of `open_session`."""
        self._session = open_session(
            path,
            options,
            inputs={
                "logits": ("tensor(float)",),
                "hidden": ("tensor(float)",),
                "penalised": ("tensor(int64)",),
            },
            outputs=("choice", "codes"),
            entries=_NO_SPINNING,
        )

    def draw(self, state: State, draws: list[Draw], pairs: int = PAIR) -> tuple[NDArray[np.int64], Codes]:
        """The next frame of each sequence: its choice (batch,), beyond the last code at the end, and codes (batch,
        codebooks). Histories and noise move on. ``pairs`` as of `SlowTransformer`."""
        rows = len(draws)
        deviates = [draw.noise.next() for draw in draws]
        settings = [draw.sampling for draw in draws]
        histories = [draw.history for draw in draws]
        inputs: dict[str, NDArray[Any]] = {
            "logits": state.logits,
            "hidden": state.hidden,
            "first_noise": np.stack([first for first, _ in deviates]),
            "noise": np.stack([rest for _, rest in deviates]),
            "first_penalised": np.array([[history.first_penalised()] for history in histories], np.int64),
            "penalised": np.stack([history.penalised() for history in histories]),
            "penalty": np.stack([h.penalties(s.penalty) for h, s in zip(histories, settings, strict=True)]),
            "temperature": np.array([[max(s.temperature, MIN_TEMPERATURE)] for s in settings], np.float32),
            "top_p": np.array([[s.top_p] for s in settings], np.float32),
        }
        spare = [rows - 1] * (_multiple(rows, pairs) - rows)
        filled = {name: np.concatenate([array, array[spare]]) for name, array in inputs.items()}
        made = self._session.run(["choice", "codes"], filled)
        choice, codes = made[0][:rows, 0], made[1][:rows]
        for history, chosen, frame in zip(histories, choice, codes, strict=True):
            history.add(int(chosen), frame)
        return choice, codes


def _multiple(rows: int, of: int) -> int:
    return -(-rows // of) * of
