"""A voice layer as sound: its utterances in order, rendered ahead, with fallback for the layer as a whole."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import replace

import numpy as np

from mixdown_kernel.audio import Samples, to_frames, to_ms
from mixdown_kernel.backends import SynthesisBackend
from mixdown_kernel.contracts import Priority
from mixdown_kernel.fallback import first_to_sound
from mixdown_kernel.lifecycle import Backends, RunningBackend
from mixdown_kernel.plan import VoiceCandidate, VoicePlan
from mixdown_kernel.receipts import Notice
from mixdown_kernel.requests import SpeechRequest
from mixdown_kernel.script import Mark, Pause, Utterance
from mixdown_kernel.sources import Sources
from mixdown_kernel.streams import closing
from mixdown_kernel.timeline import TimedMark, TimedUtterance, TimedWord, Timeline
from mixdown_kernel.utterances import ATTEMPTS, Piece, UtteranceOrder, UtteranceRenderer

AHEAD = 4
"""Utterances being rendered before their turn."""


class Speaker:
    """Performs one voice layer.

    ``start`` is the layer's first frame. With ``verified`` every utterance is complete and judged before any of it is
    passed on; otherwise a backend that streams is heard as it speaks.
    """

    def __init__(
        self,
        plan: VoicePlan,
        rate: int,
        sources: Sources,
        backends: Backends,
        timeline: Timeline,
        *,
        verified: bool,
        start: int = 0,
        priority: Priority = Priority.STANDARD,
    ) -> None:
        self._plan = plan
        self._rate = rate
        self._backends = backends
        self._renderer = UtteranceRenderer(sources, backends, rate)
        self._timeline = timeline
        self._verified = verified
        self._priority = priority
        self._start = self._position = start

    def samples(self) -> AsyncIterator[Samples]:
        """The layer's sound, shape (frames, 1), from its start on."""
        return first_to_sound(self._plan.backends, self._spoken_by, self._backends, self._gave_way)

    def _gave_way(self, running: RunningBackend, error: Exception) -> None:
        self._position = self._start
        self._timeline.forget(self._plan.layer.id)
        self._notice("fallback", f"{running.name} failed, the next voice speaks: {error}")

    def _notice(self, code: str, message: str) -> None:
        self._timeline.notices.append(Notice(code=code, message=message, layer=self._plan.layer.id))

    async def _spoken_by(self, running: RunningBackend) -> AsyncIterator[Samples]:
        candidate = self._plan.candidate(running)
        self._report_unheard(candidate)
        self._timeline.used[self._plan.layer.id] = running
        opening: list[Samples] | None = []  # silence before the first word: nobody has spoken yet
        async with closing(self._in_order(candidate)) as utterances:
            for item in self._plan.script.items:
                if isinstance(item, Mark):
                    self._add_mark(item)
                elif isinstance(item, Pause) and opening is not None:
                    opening.append(self._silence(item.ms))
                elif isinstance(item, Pause):
                    yield self._silence(item.ms)
                else:
                    async with closing(await anext(utterances)) as pieces:
                        async for samples in self._placed(item, pieces):
                            for silence in opening or ():
                                yield silence
                            opening = None
                            yield samples
        for silence in opening or ():
            yield silence

    def _add_mark(self, mark: Mark) -> None:
        ms = to_ms(self._position, self._rate)
        self._timeline.marks.append(TimedMark(self._plan.layer.id, mark.name, ms))

    def _silence(self, ms: int) -> Samples:
        frames = to_frames(ms, self._rate)
        self._position += frames
        return np.zeros((frames, 1), np.float32)

    async def _placed(self, item: Utterance, pieces: AsyncIterator[Piece]) -> AsyncIterator[Samples]:
        """Pass pieces on and note where on the timeline they came to lie."""
        first = self._position
        words: list[TimedWord] = []
        try:
            async for piece in pieces:
                self._position += len(piece.samples)
                for word, begin, end in piece.words:
                    self._add_word(words, item, (word.text_start, word.text_end), first, begin, end)
                if piece.receipt is not None:
                    self._timeline.sources.append(piece.receipt)
                if piece.truncated:
                    self._notice(
                        "truncated_utterance", f"far too short for its text: {self._written(item)[:80]!r}"
                    )
                yield piece.samples
        finally:  # a layer that is cut leaves in the middle of an utterance
            self._note(item, first, words)

    def _note(self, item: Utterance, first: int, words: list[TimedWord]) -> None:
        """What has been heard of an utterance, up to where the layer is cut."""
        start, end = to_ms(first, self._rate), to_ms(self._position, self._rate)
        duration = self._plan.layer.duration_ms
        cut = end if duration is None else min(end, to_ms(self._start, self._rate) + duration)
        self._timeline.words += (
            replace(word, end_ms=min(word.end_ms, cut))
            for word in words
            if duration is None or word.start_ms < cut
        )
        self._timeline.utterances.append(
            TimedUtterance(self._plan.layer.id, self._written(item), start, cut, item.start, item.end)
        )

    def _written(self, item: Utterance) -> str:
        return self._plan.layer.text[item.start : item.end]

    def _add_word(
        self,
        words: list[TimedWord],
        item: Utterance,
        run: tuple[int, int],
        first: int,
        begin: float,
        end: float,
    ) -> None:
        start, stop = item.original(*run)
        start_ms = round(1000 * (first / self._rate + max(0.0, begin)))
        end_ms = max(start_ms, round(1000 * (first / self._rate + end)))
        if words and start < words[-1].end:  # "$5" is one word, read as two
            previous = words.pop()
            start, stop, start_ms = previous.start, max(stop, previous.end), previous.start_ms
        text = self._plan.layer.text[start:stop]
        words.append(TimedWord(self._plan.layer.id, text, start_ms, end_ms, start, stop))

    def _report_unheard(self, candidate: VoiceCandidate) -> None:
        """What was asked for and this backend cannot do is said, not silently dropped."""
        backend = _synthesis(candidate)
        utterances = self._plan.script.utterances
        asked = {
            "phonemes": any(item.pronunciations for item in utterances),
            "instructions": bool(self._plan.layer.instructions),
        }
        for name in sorted(name for name, wanted in asked.items() if wanted and name not in backend.honours):
            self._notice("not_honoured", f"{candidate.running.name} has no {name}")
        if any(abs(item.pitch - reach) > 1e-6 for item, reach in self._reach(candidate)):
            self._notice(
                "not_honoured", f"{candidate.running.name} is shifted in pitch by less than was asked"
            )

    def _reach(self, candidate: VoiceCandidate) -> Iterator[tuple[Utterance, float]]:
        """Each utterance and the pitch, in semitones, that backend and road give it together."""
        parts = zip(self._plan.script.utterances, candidate.specs, candidate.corrections, strict=True)
        for item, spec, correction in parts:
            assert isinstance(spec.request, SpeechRequest)  # noqa: S101 - voice plans hold nothing else
            yield item, spec.request.pitch + correction.semitones

    async def _in_order(self, candidate: VoiceCandidate) -> AsyncIterator[AsyncIterator[Piece]]:
        """Per utterance its pieces. Whole utterances are rendered ahead; a stream begins at its turn."""
        orders = iter(self._orders(candidate))
        if _synthesis(candidate).streaming and not self._verified:
            for order in orders:
                if order.correction.keeps_time:
                    yield self._renderer.stream(order)
                else:
                    yield _once(asyncio.ensure_future(self._renderer.whole(order)))
            return
        ahead: deque[asyncio.Future[Piece]] = deque()
        try:
            for order in orders:
                ahead.append(asyncio.ensure_future(self._renderer.whole(order)))
                if len(ahead) > AHEAD:
                    yield _once(ahead.popleft())
            while ahead:
                yield _once(ahead.popleft())
        finally:
            for task in ahead:
                task.cancel()
            await asyncio.gather(*ahead, return_exceptions=True)

    def _orders(self, candidate: VoiceCandidate) -> list[UtteranceOrder]:
        """Where another voice could take over, the first utterance is tried once: falling back is quicker. So is every
        one that is paid for."""
        alone = candidate is self._plan.candidates[-1]
        once = _synthesis(candidate).paid
        return [
            UtteranceOrder(
                self._plan.layer.id,
                candidate.running,
                spec,
                correction,
                self._plan.reuse,
                self._priority,
                1 if once or not (alone or number) else ATTEMPTS,
            )
            for number, (spec, correction) in enumerate(
                zip(candidate.specs, candidate.corrections, strict=True)
            )
        ]


def _synthesis(candidate: VoiceCandidate) -> SynthesisBackend:
    backend = candidate.running.offer.backend
    assert isinstance(backend, SynthesisBackend)  # noqa: S101 - the registry refuses any other
    return backend


async def _once(task: asyncio.Future[Piece]) -> AsyncIterator[Piece]:
    try:
        yield await task
    finally:
        if not task.done():
            task.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await task
