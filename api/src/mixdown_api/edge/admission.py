"""A bounded gate before everything that renders: so many at once, so many waiting, and the next is told at once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from mixdown_kernel import Kind, Problem


class Admission:
    """Slots and a queue in front of them. Used from one event loop.

    Args:
        slots: renders at the same time.
        queue: renders that wait for a slot.
        patience: seconds one waits at most.

    A full queue is the server's state and not the client's fault, so it is 503 ``overloaded`` (OpenAI's
    ``overloaded_error``); 429 stays for the rate limit.
    """

    def __init__(self, slots: int, queue: int, patience: float) -> None:
        self.slots = slots
        self.queue = queue
        self.patience = patience
        self.running = 0
        self.waiting = 0
        self.patient = 0
        self.shed = 0
        self._gate = asyncio.Semaphore(slots)
        self._mean_seconds = 1.0
        self._for_long: Admission | None = None

    @asynccontextmanager
    async def slot(self, *, patient: bool = False) -> AsyncIterator[None]:
        """Hold one slot. Leaving, by whatever way, gives it to the next in line. ``patient`` work, a job's, takes no
        place in the queue and waits for as long as it takes.

        Raises:
            Problem: ``overloaded`` where the queue is full, ``queue_timeout`` where patience ran out.
        """
        await (self._wait() if patient else self._enter())
        self.running += 1
        began = time.monotonic()
        try:
            yield
        finally:
            self.running -= 1
            self._gate.release()
            self._mean_seconds += 0.2 * (time.monotonic() - began - self._mean_seconds)

    @asynccontextmanager
    async def long_slot(self, *, patient: bool = False) -> AsyncIterator[None]:
        """A slot for what takes long, never the last one where there are several: a greeting is not stuck behind a
        symphony. Otherwise as `slot`."""
        if self._for_long is None:
            self._for_long = Admission(max(1, self.slots - 1), self.queue, self.patience)
        async with self._for_long.slot(patient=patient), self.slot(patient=patient):
            yield

    async def _wait(self) -> None:
        self.patient += 1
        try:
            await self._gate.acquire()
        finally:
            self.patient -= 1

    async def _enter(self) -> None:
        if not self._gate.locked():
            await self._gate.acquire()  # a free gate does not suspend, so nobody comes between
            return
        if self.waiting >= self.queue:
            raise self._refusal("overloaded", "Every slot is taken and the queue is full.")
        self.waiting += 1
        try:
            async with asyncio.timeout(self.patience):
                await self._gate.acquire()
        except TimeoutError:
            raise self._refusal("queue_timeout", f"No slot became free within {self.patience:g} s.") from None
        finally:
            self.waiting -= 1

    def _refusal(self, code: str, message: str) -> Problem:
        self.shed += 1
        seconds = max(1.0, self._mean_seconds * (self.waiting + 1) / self.slots)
        return Problem(
            Kind.OVERLOADED,
            code,
            message,
            hint="Try again after the time in Retry-After.",
            retry_after=min(seconds, 60.0),
        )

    def figures(self) -> dict[str, Any]:
        """For health: ``slots, running, queue, waiting, patient, shed``; jobs wait patiently, outside of the queue."""
        return {
            "slots": self.slots,
            "running": self.running,
            "queue": self.queue,
            "waiting": self.waiting,
            "patient": self.patient,
            "shed": self.shed,
        }
