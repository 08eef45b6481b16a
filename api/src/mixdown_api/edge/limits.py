"""How often one client may ask. ``X-RateLimit-Limit``, ``-Remaining`` and ``-Reset`` (seconds) stand on every answer."""

from __future__ import annotations

import ipaddress
import math
import time
from collections.abc import Iterable

from limits import parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mixdown_api.edge.identity import PUBLIC
from mixdown_api.edge.problems import problem_response
from mixdown_kernel import Kind, Problem

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class RateLimits:
    """Middleware: a sliding window for each client address, an IPv6 one by its /64. Health is never refused."""

    def __init__(self, app: ASGIApp, rate: str) -> None:
        self.app = app
        self.rate = parse(rate)
        self.limiter = SlidingWindowCounterRateLimiter(MemoryStorage())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        client = _household(scope.get("state", {}).get("client"))
        free = scope["path"] in PUBLIC
        admitted = free or await self.limiter.hit(self.rate, client)
        window = await self.limiter.get_window_stats(self.rate, client)
        reset = max(0.0, window.reset_time - time.time())

        async def marked(message: Message) -> None:
            if message["type"] in ("http.response.start", "websocket.http.response.start"):
                headers = MutableHeaders(raw=message["headers"])
                headers["x-ratelimit-limit"] = str(self.rate.amount)
                headers["x-ratelimit-remaining"] = str(window.remaining)
                headers["x-ratelimit-reset"] = str(math.ceil(reset))
            await send(message)

        if admitted:
            await self.app(scope, receive, marked)
            return
        problem = Problem(
            Kind.RATE_LIMITED,
            "rate_limit_exceeded",
            f"More than {self.rate} from this address.",
            hint=f"Try again in {max(1, math.ceil(reset))} s.",
            retry_after=max(reset, 0.1),
        )
        await problem_response(problem, scope)(scope, receive, marked)


class ClientAddress:
    """Middleware: writes the client's address into ``scope["state"]["client"]``.

    That is the socket's peer; behind a trusted proxy the last address of ``X-Forwarded-For`` that is none.
    """

    def __init__(self, app: ASGIApp, trusted: Iterable[Network] = ()) -> None:
        self.app = app
        self.trusted = tuple(trusted)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            scope.setdefault("state", {})["client"] = self._client(scope)
        await self.app(scope, receive, send)

    def _client(self, scope: Scope) -> str | None:
        client: str | None = scope["client"][0] if scope.get("client") else None
        hops = ",".join(Headers(scope=scope).getlist("x-forwarded-for")).split(",")
        while client and hops and self._is_trusted(client):
            hop = hops.pop().strip()
            if not _is_address(hop):
                break
            client = hop
        return client

    def _is_trusted(self, client: str) -> bool:
        return _is_address(client) and any(
            ipaddress.ip_address(client) in network for network in self.trusted
        )


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _household(client: str | None) -> str:
    """What shares one allowance: an IPv4 address, or the /64 that one IPv6 customer has to himself."""
    if client is None or not _is_address(client) or "." in client:
        return client or "local"
    return str(ipaddress.ip_network((client.partition("%")[0], 64), strict=False))
