"""The edge as one piece: everything that a request passes before a route sees it, in one order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from mixdown_api.edge.access import Access
from mixdown_api.edge.admission import Admission
from mixdown_api.edge.bodies import Bodies
from mixdown_api.edge.failures import Failures, add_exception_handlers
from mixdown_api.edge.fetching import Fetcher
from mixdown_api.edge.identity import Keys, check_mode
from mixdown_api.edge.ids import RequestIds
from mixdown_api.edge.limits import ClientAddress, RateLimits
from mixdown_api.edge.metrics import Metrics
from mixdown_api.edge.openapi import document_problems
from mixdown_api.edge.presence import Presence
from mixdown_api.edge.settings import ApiSettings

EXPOSED = ["x-request-id", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset", "retry-after"]


@dataclass(frozen=True, slots=True)
class Edge:
    """What routes use of the edge; also ``app.state.edge``."""

    settings: ApiSettings
    metrics: Metrics
    admission: Admission
    fetcher: Fetcher


def install(
    app: FastAPI, settings: ApiSettings, *, metrics: Metrics | None = None, public: Iterable[str] = ()
) -> Edge:
    """Put the edge around an application, before its first request.

    Args:
        app: takes the middleware, the shapes of failure, ``/metrics`` and ``/api/v1/metrics``.
        settings: of the operator.
        metrics: where they exist already, because the kernel has them as a plugin.
        public: further paths that need no key; one that ends in ``/`` stands for everything below it.

    Raises:
        MissingKeyError: production without a key.
    """
    check_mode(settings)
    metrics = metrics or Metrics()
    admission = Admission(settings.render_slots, settings.render_queue, settings.render_queue_seconds)
    metrics.watch("renders_running", "Renders that hold a slot", lambda: admission.running)
    metrics.watch("renders_waiting", "Renders that wait for a slot", lambda: admission.waiting)
    metrics.watch("renders_shed", "Renders refused since the start", lambda: admission.shed)
    _add_middleware(app, settings, metrics, public)
    add_exception_handlers(app)
    document_problems(app)
    app.include_router(metrics.routes())
    edge = Edge(settings, metrics, admission, Fetcher.of(settings))
    app.state.edge = edge
    return edge


def _add_middleware(app: FastAPI, settings: ApiSettings, metrics: Metrics, public: Iterable[str]) -> None:
    """From the inside out: each one added is passed before those above it."""
    app.add_middleware(Failures)
    app.add_middleware(
        Bodies, max_json_bytes=settings.max_body_bytes, max_upload_bytes=settings.max_upload_bytes
    )
    app.add_middleware(Presence)
    app.add_middleware(Keys, settings=settings, public=tuple(public))
    if settings.rate_limit != "off":
        app.add_middleware(RateLimits, rate=settings.rate_limit)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=["*"],
            allow_headers=["*"],
            expose_headers=EXPOSED,
        )
    app.add_middleware(Access, metrics=metrics)
    app.add_middleware(ClientAddress, trusted=settings.trusted_proxies)
    app.add_middleware(RequestIds)
