"""All streams of this process: how many there may be, and how they do."""

from __future__ import annotations

import logging
import sys
import time
from typing import Self

from starlette.websockets import WebSocket

from mixdown_api.edge import ApiSettings, Metrics
from mixdown_api.live.session import Session
from mixdown_api.live.wire import Wire
from mixdown_api.service import Service
from mixdown_kernel import Kind, Problem

log = logging.getLogger("mixdown.access")


SWITCH_SECONDS = 0.00002
"""While a stream runs, Python's threads take turns far more often than by default (5 ms). Mixing a block lets go of the
interpreter some fifty times, and has to wait so long for each thread that composes before it gets it back."""


class Streams:
    """Lives in ``app.state.streams``."""

    def __init__(self, limit: int, patience: float) -> None:
        self._limit = limit
        self._patience = patience
        self.running: set[Session] = set()
        self._late = 0
        self._switch_seconds = sys.getswitchinterval()

    @classmethod
    def of(cls, settings: ApiSettings, metrics: Metrics) -> Self:
        streams = cls(settings.streams, settings.stream_patience_seconds)
        metrics.watch("streams", "Live streams that are open", lambda: len(streams.running))
        metrics.watch("stream_blocks_late", "Blocks that left more than a block too late", streams.late)
        return streams

    def late(self) -> int:
        return self._late + sum(session.late for session in self.running)

    async def serve(self, websocket: WebSocket, service: Service) -> None:
        """One stream, from accepting it to its end. `Problem` ``too_many_streams`` before it is accepted."""
        if len(self.running) >= self._limit:
            message = f"At most {self._limit} streams at the same time."
            raise Problem(Kind.OVERLOADED, "too_many_streams", message, retry_after=5)
        state, began = websocket.scope.get("state", {}), time.perf_counter()
        session = Session(service, Wire(websocket, self._patience), state.get("request_id"))
        self._admit(session)
        try:
            await websocket.accept()
            await session.run()
        finally:
            self._release(session)
            seconds = round(time.perf_counter() - began, 1)
            known = {"client": state.get("client"), "caller": state.get("caller")}
            log.info(
                "stream", extra={"code": session.code, "seconds": seconds, "late": session.late, **known}
            )

    def _admit(self, session: Session) -> None:
        self.running.add(session)
        sys.setswitchinterval(min(SWITCH_SECONDS, self._switch_seconds))

    def _release(self, session: Session) -> None:
        self.running.discard(session)
        self._late += session.late
        if not self.running:
            sys.setswitchinterval(self._switch_seconds)
