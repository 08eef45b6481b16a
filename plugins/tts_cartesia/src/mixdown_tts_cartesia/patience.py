"""Waiting before a further try."""

from __future__ import annotations

import asyncio
import random

from mixdown_kernel.backends import Logger
from mixdown_tts_cartesia.failures import NotRendered

FIRST_SECONDS = 0.25
LONGEST_SECONDS = 8.0


class Patience:
    """Exponential back-off with jitter, a few times."""

    def __init__(self, retries: int, logger: Logger) -> None:
        self._retries = retries
        self._logger = logger
        self.waits = 0
        """How often somebody has waited."""

    async def after(self, refusal: NotRendered, attempt: int) -> None:
        """Wait before the try that follows ``attempt`` (the first is 0). Raises the `Problem` if none shall."""
        if attempt >= self._retries:
            raise refusal.problem from None
        longest = min(LONGEST_SECONDS, FIRST_SECONDS * 2**attempt)
        seconds = refusal.wait if refusal.wait is not None else longest * (0.5 + random.random() / 2)  # noqa: S311 - it spreads load
        self.waits += 1
        self._logger.info("%s Again in %.1f s.", refusal.problem.message, seconds)
        await asyncio.sleep(seconds)
