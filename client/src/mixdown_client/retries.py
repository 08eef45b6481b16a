"""When a second try is safe, and when it is due."""

from __future__ import annotations

import random
from dataclasses import dataclass

import httpx

from mixdown_client.errors import of_response, of_transport, retry_after

FIRST_DELAY = 0.5
RETRIED_STATUS = frozenset({429, 503})
"""Answers that mean that nothing was done. 500, 502 and 504 do not say so, and are not tried again."""


@dataclass(frozen=True, slots=True)
class Retries:
    """Up to ``limit`` more tries, none of which waits longer than ``patience`` seconds.

    A request that never reached the server, and one that it put off (429, 503), is always safe to send again. One
    whose answer got lost may have been done: only what is `repeatable` is sent again then. These are reads, and
    jobs, which carry an ``Idempotency-Key``.
    """

    limit: int = 2
    patience: float = 30.0

    def after_answer(self, response: httpx.Response, attempt: int) -> float:
        """Seconds until the next try. Raises `MixdownError` where there is none."""
        delay = retry_after(response)
        if delay is None:
            delay = _backoff(attempt)
        willing = response.headers.get("x-should-retry") != "false"
        if (
            response.status_code in RETRIED_STATUS
            and willing
            and attempt < self.limit
            and delay <= self.patience
        ):
            return delay
        raise of_response(response)

    def after_failure(
        self, error: httpx.TransportError, attempt: int, base_url: str, *, repeatable: bool
    ) -> float:
        """Seconds until the next try. Raises `MixdownError` where there is none."""
        never_arrived = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)
        lost = repeatable and not isinstance(error, httpx.TimeoutException)
        if attempt < self.limit and (never_arrived or lost):
            return _backoff(attempt)
        raise of_transport(error, base_url) from error


def _backoff(attempt: int) -> float:
    return FIRST_DELAY * 2.0**attempt * random.uniform(0.75, 1.25)  # noqa: S311 - spreads clients, hides nothing
