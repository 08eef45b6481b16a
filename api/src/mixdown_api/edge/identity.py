"""Keys: one check for ``Authorization: Bearer`` and ``X-Internal-API-Key``. Without a configured key the API is open."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from mixdown_api.edge.problems import MESSAGE_ROOTS, problem_response, under
from mixdown_api.edge.settings import ApiSettings, Mode
from mixdown_kernel import Kind, Problem

PUBLIC = ("/health", "/live", "/ready", "/readyz", "/test", "/api/v1/health")
DOCUMENTATION = ("/docs", "/docs/oauth2-redirect", "/redoc", "/openapi.json")


class MissingKeyError(RuntimeError):
    """``MODE=PROD`` without a key."""


def check_mode(settings: ApiSettings) -> None:
    """Refuse to start open in production.

    Raises:
        MissingKeyError: the mode is PROD and no key is set.
    """
    if settings.mode is Mode.PROD and not any(settings.keys):
        raise MissingKeyError(
            "MODE=PROD needs a key: set MIXDOWN_API_KEYS (comma separated) or INTERNAL_API_KEY, "
            "or run with MODE=DEV on a machine that nobody else reaches."
        )


def caller_of(request: Request) -> str:
    """Who calls, as `Keys` wrote it down; empty where no keys are configured, and everybody is one caller."""
    return str(request.scope.get("state", {}).get("caller") or "")


class Keys:
    """Middleware that lets a request pass with a right key, and writes who calls into ``scope["state"]["caller"]``:
    a short hash of the key; None for an open API, and on a public path for whoever shows no key.

    A public path that ends in ``/`` stands for everything below it.
    """

    def __init__(self, app: ASGIApp, settings: ApiSettings, public: Iterable[str] = ()) -> None:
        self.app = app
        self.digests = tuple(_digest(key) for key in settings.keys if key)
        documentation = DOCUMENTATION if settings.mode is Mode.DEV else ()
        paths = (*PUBLIC, *documentation, *public)
        self.paths = frozenset(path for path in paths if path == "/" or not path.endswith("/"))
        self.below = tuple(path for path in paths if path != "/" and path.endswith("/"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or not self.digests:
            await self.app(scope, receive, send)
            return
        presented = _presented(Headers(scope=scope))
        right = [_digest(key) for key in presented if self._is_right(key)]
        if not right and not self._is_public(scope["path"]):
            refusal = _refusal(scope["path"], bool(presented))
            await problem_response(refusal, scope)(scope, receive, send)
            return
        scope.setdefault("state", {})["caller"] = right[0].hex()[:12] if right else None
        await self.app(scope, receive, send)

    def _is_public(self, path: str) -> bool:
        return path in self.paths or path.startswith(self.below)

    def _is_right(self, key: str) -> bool:
        digest = _digest(key)
        return sum(hmac.compare_digest(digest, known) for known in self.digests) > 0  # every one is compared


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()


def _presented(headers: Headers) -> list[str]:
    scheme, _, bearer = headers.get("authorization", "").partition(" ")
    keys = [
        bearer.strip() if scheme.lower() == "bearer" else "",
        headers.get("x-internal-api-key", "").strip(),
    ]
    return [key for key in keys if key]


def _refusal(path: str, presented: bool) -> Problem:
    """401 without a key; with a wrong one 403 where personalised-message clients expect it, else 401 as at OpenAI."""
    if not presented:
        message = "This route needs a key: `Authorization: Bearer …` or `X-Internal-API-Key: …`."
        return Problem(Kind.UNAUTHENTICATED, "missing_api_key", message)
    kind = Kind.FORBIDDEN if under(path, *MESSAGE_ROOTS) else Kind.UNAUTHENTICATED
    return Problem(kind, "invalid_api_key", "The key is not one of ours.")
