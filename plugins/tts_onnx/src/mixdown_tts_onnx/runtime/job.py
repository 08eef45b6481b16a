"""An utterance between who listens and the processes that speak it."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

import numpy as np

from mixdown_tts_onnx.engine import Piece, Utterance, WordTime
from mixdown_tts_onnx.runtime.process import Event


@dataclass(eq=False)
class Job:
    """One utterance on its way through one or several processes."""

    number: int
    utterance: Utterance
    arrived: asyncio.Queue[Piece | Exception | None] = field(default_factory=asyncio.Queue)
    frames: int = 0
    """Handed on so far, and so many words; a process that takes over begins anew, and they are skipped."""
    words: int = 0
    skip_frames: int = 0
    skip_words: int = 0
    strikes: int = 0
    left: bool = False
    """Nobody listens any more."""
    patience: asyncio.TimerHandle | None = None
    stirred: float = 0.0
    """When its process last gave something of it, or was given it: `time.monotonic`."""

    def begin(self) -> None:
        self.skip_frames, self.skip_words = self.frames, self.words
        self.stirred = time.monotonic()

    def accept(self, event: Event) -> None:
        self.stirred = time.monotonic()
        samples = np.frombuffer(event.samples, np.dtype("<f4")).astype(np.float32)
        words = tuple(WordTime(*word) for word in event.data["words"])
        skipped, told = min(self.skip_frames, len(samples)), min(self.skip_words, len(words))
        self.skip_frames -= skipped
        self.skip_words -= told
        samples, words = samples[skipped:], words[told:]
        if not len(samples) and not words:
            return
        self.frames += len(samples)
        self.words += len(words)
        self.arrived.put_nowait(Piece(samples, event.data["rate"], words))

    def end(self, error: Exception | None = None) -> None:
        if self.patience is not None:
            self.patience.cancel()
            self.patience = None
        self.arrived.put_nowait(error)
