"""One utterance as sound at the scene's rate: rendered, judged, tried again, stretched, resampled."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

import numpy as np

from mixdown_kernel.audio import Audio, Samples, with_channels
from mixdown_kernel.contracts import MixingBackend, Priority, SourceSpec, Word
from mixdown_kernel.fitting import Fitting
from mixdown_kernel.inventory import describe
from mixdown_kernel.lifecycle import Backends, RunningBackend
from mixdown_kernel.plan import Correction
from mixdown_kernel.problems import Kind, Problem
from mixdown_kernel.receipts import SourceReceipt
from mixdown_kernel.requests import SpeechRequest
from mixdown_kernel.sources import Rendering, Sources, cannot, is_requests_fault, receipt
from mixdown_kernel.streams import closing

log = logging.getLogger("mixdown.road")

ATTEMPTS = 3
FASTEST_CHARACTERS_PER_SECOND = 45.0
"""Three times a brisk reader: shorter speech has lost words."""
SLOWEST_SECONDS_PER_CHARACTER = 2.0
"""Longer speech (and ten seconds more) is a model that does not stop."""


@dataclass(frozen=True)
class UtteranceOrder:
    """What to render, for which layer, and how."""

    layer: str
    running: RunningBackend
    spec: SourceSpec
    correction: Correction
    reuse: bool
    priority: Priority
    attempts: int = ATTEMPTS

    @property
    def request(self) -> SpeechRequest:
        assert isinstance(self.spec.request, SpeechRequest)  # noqa: S101 - voice plans hold nothing else
        return self.spec.request

    @property
    def letters(self) -> int:
        return sum(c.isalnum() for c in self.request.text)

    def truncated(self, seconds: float) -> bool:
        """Far too short for its text. What is pronounced otherwise than written may be."""
        return (
            not self.request.pronunciations
            and self.letters >= 12
            and seconds * self.request.speed * FASTEST_CHARACTERS_PER_SECOND < self.letters
        )

    def runaway(self, seconds: float) -> bool:
        return seconds > 10 + SLOWEST_SECONDS_PER_CHARACTER * len(self.request.text) / self.request.speed


@dataclass(frozen=True)
class Piece:
    """Part of an utterance at the scene's rate, mono. Word times are seconds from the utterance's start."""

    samples: Samples
    words: tuple[tuple[Word, float, float], ...] = ()
    receipt: SourceReceipt | None = None
    """With the last piece."""
    truncated: bool = False


class UtteranceRenderer:
    """Renders utterances for one scene's rate."""

    def __init__(self, sources: Sources, backends: Backends, rate: int) -> None:
        self._sources = sources
        self._backends = backends
        self._rate = rate

    def _mixing(self) -> MixingBackend:
        mixing: MixingBackend = self._backends.first("mixing").instance
        return mixing

    async def _open(self, order: UtteranceOrder) -> Rendering:
        return await self._sources.open(
            order.spec,
            order.running,
            reuse=order.reuse,
            worth=lambda seconds: not order.truncated(seconds),
            priority=order.priority,
        )

    async def stream(self, order: UtteranceOrder) -> AsyncIterator[Piece]:
        """Pieces as the backend makes them. A truncated utterance can only be reported: it has been heard."""
        rendering = await self._open(order)
        fitting = Fitting(self._backends, self._rate, channels=1)
        gain = np.float32(order.correction.gain)
        frames = rate = 0
        async with closing(rendering.chunks) as chunks:
            async for chunk in chunks:
                rate = chunk.audio.rate
                frames += chunk.audio.frames
                self._refuse_runaway(order, frames / rate)
                samples = await fitting.process(chunk.audio)
                yield Piece(samples * gain, _timed(chunk.words, rate, 1.0))
        yield Piece(
            await fitting.flush() * gain,
            receipt=receipt(order.layer, order.running, order.spec, rendering, frames, rate),
            truncated=order.truncated(frames / rate if rate else 0.0),
        )

    async def whole(self, order: UtteranceOrder) -> Piece:
        """The complete utterance. A failed or truncated render is tried again; the longest one is kept."""
        best: Piece | None = None
        for attempt in range(1, order.attempts + 1):
            try:
                piece = await self._attempt(order, attempt)
            except Exception as error:
                if is_requests_fault(error) or cannot(error) or (attempt == order.attempts and best is None):
                    raise
                log.warning("utterance failed (attempt %d): %s", attempt, describe(error))
                continue
            if best is None or len(piece.samples) > len(best.samples):
                best = piece
            if not piece.truncated:
                break
            log.warning("utterance came out far too short (attempt %d)", attempt)
        assert best is not None  # noqa: S101 - the last attempt raised otherwise
        return best

    async def _attempt(self, order: UtteranceOrder, attempt: int) -> Piece:
        rendering = await self._open(order)
        blocks: list[Audio] = []
        words: list[Word] = []
        frames = 0
        async with closing(rendering.chunks) as chunks:
            async for chunk in chunks:
                blocks.append(chunk.audio)
                words += chunk.words
                frames += chunk.audio.frames
                self._refuse_runaway(order, frames / chunk.audio.rate)
        if not frames and order.letters:
            raise Problem(
                Kind.UPSTREAM, "no_sound", f"{order.running.name} made no sound of a text with words"
            )
        if not blocks:
            blocks = [Audio.silence(0, self._rate)]
        rate = blocks[0].rate
        samples = await asyncio.to_thread(self._fit, blocks, order.correction)
        made = receipt(order.layer, order.running, order.spec, rendering, frames, rate, attempt)
        return Piece(
            samples, _timed(words, rate, order.correction.speed, frames), made, order.truncated(frames / rate)
        )

    def _fit(self, blocks: list[Audio], correction: Correction) -> Samples:
        """The utterance as it was asked for, at the scene's rate.

        A pitch is shifted by stretching the sound to as many periods as shall be heard, and resampling it to the
        length that it shall have: one step with the conversion of its rate.
        """
        audio = Audio(with_channels(Audio.join(blocks).samples, 1), blocks[0].rate)
        ratio = 2 ** (correction.semitones / 12)
        if not correction.keeps_time:
            audio = self._mixing().stretch(audio, correction.speed / ratio)
        samples = audio.samples if correction.gain == 1 else audio.samples * np.float32(correction.gain)
        heard_rate = round(audio.rate * ratio)
        if heard_rate == self._rate:
            return samples
        resampler = self._mixing().resampler(heard_rate, self._rate, 1)
        return np.concatenate([resampler.process(samples), resampler.flush()])

    def _refuse_runaway(self, order: UtteranceOrder, seconds: float) -> None:
        if order.runaway(seconds):
            raise Problem(
                Kind.UPSTREAM,
                "runaway_utterance",
                f"{order.running.name} did not stop: {seconds:.0f} s of sound for {order.letters} letters",
            )


def _timed(
    words: Sequence[Word], rate: int, stretch: float, frames: int | None = None
) -> tuple[tuple[Word, float, float], ...]:
    """Words with their times in seconds; none later than the end of the sound, where that is known."""
    scale = 1 / (rate * stretch)
    last = max((word.end_frame for word in words), default=0) if frames is None else frames
    return tuple(
        (word, min(word.start_frame, last) * scale, min(word.end_frame, last) * scale) for word in words
    )
