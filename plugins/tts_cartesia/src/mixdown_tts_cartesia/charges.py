"""Orders that may have been charged for, and of which nothing came."""

from __future__ import annotations

import time
from collections import OrderedDict

from mixdown_kernel import Problem
from mixdown_tts_cartesia.failures import MayBeCharged, afresh

MOST = 4096


class Charges:
    """Holds back an order that failed a moment ago with an unknown outcome.

    The road tries a failed utterance again at once, up to three times. A backend cannot tell it not to, so the second
    try learns here what the first one did, and nothing is sent. Somebody who asks again later may.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._until: OrderedDict[str, tuple[float, Problem]] = OrderedDict()

    def note(self, order: str, failure: MayBeCharged) -> None:
        self._until[order] = (time.monotonic() + self._seconds, afresh(failure))
        self._until.move_to_end(order)
        while len(self._until) > MOST:
            self._until.popitem(last=False)

    def check(self, order: str) -> None:
        """Raises the earlier `Problem`, with the seconds after which the order is sent again."""
        until, failure = self._until.get(order, (0.0, None))
        left = until - time.monotonic()
        if failure is None:
            return
        if left <= 0:
            del self._until[order]
            return
        raise afresh(failure, retry_after=round(left, 1))
