"""Health and plugins. Source: contracts/http.md."""

from __future__ import annotations

import time
from importlib.metadata import version
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse

from mixdown_api.edge import caller_of
from mixdown_api.service import Service, service_of
from mixdown_kernel.lifecycle import RunningBackend

router = APIRouter(tags=["status"])
ServiceDep = Annotated[Service, Depends(service_of)]
STARTED = time.time()
REASONS = ("stage", "error", "detail")


async def health_report(service: Service, *, told: bool) -> dict[str, Any]:
    """One superset for every client that probes: backends, models, figures, plugins that failed. Only who is
    ``told`` reads why: the words of a failure are other people's, and may name what is inside."""
    backends = [await _healthy_row(running) for running in service.kernel.running()]
    missing = [f"{role}/{name}" for role, name in service.kernel.backends.missing]
    broken = [row for row in plugin_rows(service) if row["state"] in ("failed", "conflict", "incompatible")]
    unknown = service.kernel.unknown_names
    degraded = bool(missing or broken or unknown) or any(not backend["ok"] for backend in backends)
    report = {
        "status": "starting" if not service.kernel.is_ready else "degraded" if degraded else "ok",
        "version": version("mixdown-kernel"),
        "ready": service.kernel.is_ready,
        "uptime_seconds": round(time.time() - STARTED, 1),
        "backends": backends,
        "missing_backends": missing,
        "unknown_names": unknown,
        "broken_plugins": broken,
        "models_loaded": [
            one["name"] for one in backends if one["role"] == "synthesis" and one["state"] == "open"
        ],
        "admission": service.edge.admission.figures(),
    }
    if not told:
        for row in (*backends, *broken):
            for name in REASONS:
                row.pop(name, None)
    return report


async def _healthy_row(running: RunningBackend) -> dict[str, Any]:
    health = await running.health()
    return _row(running) | {
        "ok": health.ok,
        "detail": health.detail or running.error,
        "failures": running.failures,
        "figures": dict(health.figures),
    }


def _row(running: RunningBackend) -> dict[str, Any]:
    return {
        "role": running.role,
        "name": running.name,
        "plugin": running.offer.plugin.name,
        "state": running.state,
        "stage": running.stage,
        "error": running.error,
    }


def plugin_rows(service: Service) -> list[dict[str, Any]]:
    """Every plugin that is installed, with its state, and the stage and error of one that failed."""
    return [
        {
            "name": plugin.name,
            "distribution": plugin.distribution,
            "version": plugin.version,
            "editable": plugin.editable,
            "state": plugin.state,
            "stage": plugin.stage,
            "error": plugin.error,
            "offers": [{"role": role, "backend": name} for role, name in plugin.offers],
        }
        for plugin in service.kernel.plugins.values()
    ]


@router.get("/health", summary="How the service is")
@router.get("/api/v1/health", include_in_schema=False)
async def health(request: Request, service: ServiceDep) -> dict[str, Any]:
    return await health_report(service, told=not service.settings.keys or bool(caller_of(request)))


@router.get("/live", summary="The process answers")
async def live() -> dict[str, str]:
    return {"status": "ok"}


@router.get("/ready", summary="Every configured backend has opened or failed for good")
@router.get("/readyz", include_in_schema=False)
async def ready(service: ServiceDep) -> JSONResponse:
    done = service.kernel.is_ready
    return JSONResponse({"status": "ok" if done else "starting"}, 200 if done else 503)


@router.get("/test", include_in_schema=False)
async def test() -> dict[str, str]:
    return {"status": "ok"}


@router.get("/v1/plugins", summary="Installed plugins and what became of them")
async def plugins(service: ServiceDep) -> dict[str, Any]:
    backends = [_row(running) for running in service.kernel.running()]
    return {"plugins": plugin_rows(service), "backends": backends}
