"""One line of log and one set of figures for each request. Never its query, its body or its raw path."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mixdown_api.edge.metrics import Metrics
from mixdown_api.edge.routes import route_template

log = logging.getLogger("mixdown.access")
CLIENT_LEFT = 499
"""The customary status of a request whose client left before an answer began (nginx)."""


@dataclass(slots=True)
class Exchange:
    """What became of one request."""

    status: int = CLIENT_LEFT
    sent_bytes: int = 0
    complete: bool = False
    began: float = field(default_factory=time.perf_counter)

    def note(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        elif message["type"] == "http.response.body":
            self.sent_bytes += len(message.get("body", b""))
            self.complete = not message.get("more_body", False)


class Access:
    """Measures every HTTP request until its last byte is handed to the server."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        exchange = Exchange()

        async def measured(message: Message) -> None:
            exchange.note(message)
            await send(message)

        try:
            with self.metrics.in_flight.track_inprogress():
                await self.app(scope, receive, measured)
        except Exception:
            exchange.status = exchange.status if exchange.status != CLIENT_LEFT else 500
            raise
        finally:
            self._record(scope, exchange)

    def _record(self, scope: Scope, exchange: Exchange) -> None:
        seconds, route = time.perf_counter() - exchange.began, route_template(scope)
        self.metrics.request(scope["method"], route, exchange.status, seconds, exchange.sent_bytes)
        log.info(
            "request",
            extra={
                "method": scope["method"],
                "route": route,
                "status": exchange.status,
                "complete": exchange.complete,
                "duration_ms": round(seconds * 1000, 1),
                "sent_bytes": exchange.sent_bytes,
                "client": scope.get("state", {}).get("client"),
                "caller": scope.get("state", {}).get("caller"),
            },
        )
