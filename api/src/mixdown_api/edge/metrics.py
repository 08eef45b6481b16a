"""Figures of one application: Prometheus text for machines, JSON for people. Each application has a registry of its
own, so that many live in one process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from starlette.responses import Response

from mixdown_kernel import Receipt, hookimpl

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)
RTF = (0.001, 0.003, 0.01, 0.03, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 5)


class Metrics:
    """Also a plugin: register it with the kernel to count renders and failing backends."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self.in_flight = Gauge(
            "mixdown_http_requests_in_flight", "Requests being answered", registry=registry
        )
        self.requests = Counter(
            "mixdown_http_requests", "Requests answered", ["method", "route", "status"], registry=registry
        )
        self.duration = Histogram(
            "mixdown_http_request_duration_seconds", "Until the last byte", ["method", "route"],
            buckets=SECONDS, registry=registry,
        )  # fmt: skip
        self.sent = Counter("mixdown_http_sent_bytes", "Bodies sent", ["route"], registry=registry)
        self.renders = Counter("mixdown_renders", "Finished renders", ["master"], registry=registry)
        self.audio = Counter("mixdown_audio_seconds", "Audio rendered", registry=registry)
        self.stages = Counter(
            "mixdown_stage_seconds", "Time per stage; stages overlap", ["stage"], registry=registry
        )
        self.rtf = Histogram(
            "mixdown_stage_rtf", "Time of a stage by the length of its audio", ["stage"],
            buckets=RTF, registry=registry,
        )  # fmt: skip
        self.sources = Counter(
            "mixdown_sources", "Sources mixed", ["role", "backend", "cached"], registry=registry
        )
        self.failures = Counter(
            "mixdown_backend_failures",
            "Failures of backends",
            ["role", "backend", "error"],
            registry=registry,
        )

    def request(self, method: str, route: str, status: int, seconds: float, sent_bytes: int) -> None:
        """Count one answered request; ``route`` is a template, so that labels stay few."""
        method = method if method in METHODS else "OTHER"
        self.requests.labels(method, route, str(status)).inc()
        self.duration.labels(method, route).observe(seconds)
        self.sent.labels(route).inc(sent_bytes)

    def watch(self, name: str, meaning: str, value: Callable[[], float]) -> None:
        """Add a gauge that is read when somebody looks."""
        Gauge(f"mixdown_{name}", meaning, registry=self.registry).set_function(value)

    @hookimpl
    def backend_failed(self, role: str, name: str, error: BaseException) -> None:
        self.failures.labels(role, name, type(error).__name__).inc()

    @hookimpl
    def render_finished(self, receipt: Receipt) -> None:
        seconds = receipt.frames / receipt.rate
        self.renders.labels(receipt.master).inc()
        self.audio.inc(seconds)
        for source in receipt.sources:
            self.sources.labels(source.role, source.backend, str(source.cached).lower()).inc()
        for stage, milliseconds in receipt.stages_ms.items():
            self.stages.labels(stage).inc(milliseconds / 1000)
            if seconds:
                self.rtf.labels(stage).observe(milliseconds / 1000 / seconds)

    def text(self) -> bytes:
        """Everything in Prometheus' text format."""
        return generate_latest(self.registry)

    def json(self) -> dict[str, list[dict[str, Any]]]:
        """Everything but the histograms' buckets, by name: ``[{labels, value}]``."""
        samples: dict[str, list[dict[str, Any]]] = {}
        for metric in self.registry.collect():
            for sample in metric.samples:
                if not sample.name.endswith(("_bucket", "_created")):
                    samples.setdefault(sample.name, []).append(
                        {"labels": sample.labels, "value": sample.value}
                    )
        return samples

    def routes(self) -> APIRouter:
        """``GET /metrics`` and ``GET /api/v1/metrics``."""
        router = APIRouter(tags=["service"])

        @router.get("/metrics", response_class=Response, summary="Figures, as Prometheus reads them")
        async def prometheus() -> Response:
            return Response(self.text(), media_type=CONTENT_TYPE_LATEST)

        @router.get("/api/v1/metrics", summary="Figures, as JSON")
        async def figures() -> dict[str, list[dict[str, Any]]]:
            return self.json()

        return router
