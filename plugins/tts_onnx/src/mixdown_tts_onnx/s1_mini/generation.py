"""Drawing the frames of several sentences at once: they come and go, and each is drawn as if it were alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mixdown_tts_onnx.errors import EngineError
from mixdown_tts_onnx.s1_mini.cache import Prefix
from mixdown_tts_onnx.s1_mini.prompt import Codes, Tokens
from mixdown_tts_onnx.s1_mini.tokenizer import Vocabulary
from mixdown_tts_onnx.s1_mini.transformers import Draw, FrameTransformer, SlowTransformer, State


@dataclass(slots=True, eq=False)
class Sentence:
    """A sentence that is to be spoken.

    ``key`` is its owner's name for it; ``prefix`` are keys and values of the voice, ``tokens`` the rest of the prompt; ``max_frames`` ends what does not end
    by itself. ``length`` counts the positions read so far.
    """

    key: Any
    prefix: Prefix
    tokens: Tokens
    draw: Draw
    max_frames: int
    length: int = 0
    state: State | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A frame of a sentence: codes (codebooks,), or None where it has ended."""

    sentence: Sentence
    codes: Codes | None


class Batch:
    """The sentences that are being drawn, one in each of the cache's first rows. For one thread."""

    def __init__(
        self, slow: SlowTransformer, frame: FrameTransformer, vocabulary: Vocabulary, rows: int
    ) -> None:
        self._slow, self._frame = slow, frame
        self._vocabulary = vocabulary
        self._rows = rows
        self._sentences: list[Sentence] = []

    @property
    def is_full(self) -> bool:
        return len(self._sentences) == self._rows

    @property
    def is_empty(self) -> bool:
        return not self._sentences

    def nothing(self) -> Prefix:
        """The prefix of a prompt that begins by itself."""
        return self._slow.cache.save(0, 0)

    def read(self, tokens: Tokens) -> Prefix:
        """Keys and values of the beginning of prompts. Not while the batch is full. `EngineError` ``too_long``."""
        if tokens.shape[1] >= self._slow.cache.capacity:
            raise too_long(tokens.shape[1], self._slow.cache.capacity)
        row = len(self._sentences)
        self._slow.prefill(row, tokens, 0)
        return self._slow.cache.save(row, tokens.shape[1])

    def add(self, sentence: Sentence) -> None:
        """Read its prompt. `EngineError` ``too_long`` where prompt and frames exceed what a row holds."""
        row = len(self._sentences)
        held = sentence.prefix.shape[3]
        needed = held + sentence.tokens.shape[1] + sentence.max_frames
        if needed > self._slow.cache.capacity:
            raise too_long(needed, self._slow.cache.capacity)
        self._slow.cache.load(row, sentence.prefix)
        sentence.state = self._slow.prefill(row, sentence.tokens, held)
        sentence.length = held + sentence.tokens.shape[1]
        self._sentences.append(sentence)

    def remove(self, sentence: Sentence) -> None:
        """Take it out, whether it has ended or not."""
        row, last = self._sentences.index(sentence), self._sentences.pop()
        if last is not sentence:
            self._sentences[row] = last
            self._slow.cache.move(len(self._sentences), row, last.length)

    def step(self) -> Iterator[Drawn]:
        """Draw the next frame of every sentence, and read it; those that end are taken out."""
        states = State.join([sentence.state for sentence in self._sentences if sentence.state is not None])
        drawing = [*self._sentences]
        choices, codes = self._frame.draw(states, [sentence.draw for sentence in drawing], self._slow.pairs)
        tokens = {}
        for sentence, choice, frame in zip(drawing, choices, codes, strict=True):
            ended = self._ended(sentence, int(choice))
            if not ended:
                yield Drawn(sentence, frame)
                tokens[id(sentence)] = [self._token(int(choice)), *frame]
            if ended or sentence.draw.history.drawn >= sentence.max_frames:
                self.remove(sentence)
                yield Drawn(sentence, None)
        if self._sentences:
            self._read([tokens[id(sentence)] for sentence in self._sentences])

    def _read(self, tokens: list[list[int]]) -> None:
        lengths = []
        for sentence in self._sentences:
            sentence.length += 1
            lengths.append(sentence.length)
        state = self._slow.step(np.array(tokens, np.int64), np.array(lengths, np.int32))
        for row, sentence in enumerate(self._sentences):
            sentence.state = state.row(row)

    def _ended(self, sentence: Sentence, choice: int) -> bool:
        """The first frame cannot end a speech: the reference does not look whether it does."""
        return choice == self._codes and sentence.draw.history.drawn > 1

    def _token(self, choice: int) -> int:
        return self._vocabulary.end if choice == self._codes else self._vocabulary.semantic_begin + choice

    @property
    def _codes(self) -> int:
        return self._vocabulary.semantic_end - self._vocabulary.semantic_begin + 1


def too_long(needed: int, capacity: int) -> EngineError:
    return EngineError(
        "too_long",
        f"The sentence needs {needed} positions with its voice, and the model's memory holds {capacity}.",
        kind="invalid",
        field="text",
        hint="Shorten the sentence or the reference, or raise `context` in the settings.",
    )
