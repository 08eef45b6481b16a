"""Health and plugins. Source: contracts/http.md."""

from __future__ import annotations

import asyncio
import time
from importlib.metadata import version
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse

from mixdown_api.edge import caller_of
from mixdown_api.messages.routes.service import messages_report
from mixdown_api.messages.surface import messages_of
from mixdown_api.messages.voicing import CHANNELS, SAMPLE_ENCODING
from mixdown_api.messages.voicing import RATE as STEM_RATE
from mixdown_api.scenes.rendering import PCM_RATE, RATE
from mixdown_api.service import Service, service_of
from mixdown_api.speech.scene import SPEECH_RATE
from mixdown_kernel import API_VERSION, Problem
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
            one["name"]
            for one in backends
            if one["role"] == "synthesis" and one["state"] == "open" and one["ok"]
        ],
        "admission": service.edge.admission.figures(),
        "contract": contract(),
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
    """Every plugin that is installed, with its state, and the stage and error of one that failed: at import or
    registration, or in a backend that did not open (``failed``) or failed while it rendered."""
    troubled = {running.offer.plugin.name: running for running in service.kernel.running() if running.error}
    rows = []
    for plugin in service.kernel.plugins.values():
        running = troubled.get(plugin.name)
        state: str = plugin.state
        stage: str = plugin.stage
        error = plugin.error
        if running is not None and not error:
            state = "failed" if running.state == "failed" else state
            stage, error = running.stage, f"{running.role}/{running.name}: {running.error}"
        rows.append(
            {
                "name": plugin.name,
                "distribution": plugin.distribution,
                "version": plugin.version,
                "editable": plugin.editable,
                "state": state,
                "stage": stage,
                "error": error,
                "offers": [{"role": role, "backend": name} for role, name in plugin.offers],
            }
        )
    return rows


def contract() -> dict[str, Any]:
    """What sound comes out as, whichever backend makes it."""
    return {
        "plugin_api": API_VERSION,
        "speech": {"sample_rate": SPEECH_RATE, "channels": 1},
        "scenes": {"sample_rate": RATE, "channels": 2},
        "messages": {"sample_rate": STEM_RATE, "channels": CHANNELS, "encoding": SAMPLE_ENCODING},
        "pcm": {"sample_rate": PCM_RATE, "channels": 1, "encoding": "pcm_s16le"},
    }


async def storage_report(service: Service) -> dict[str, Any]:
    """Which store is in use, and whether it answers."""
    running = service.kernel.backends.find("storage")
    if running is None:
        return {"backend": None, "ok": False}
    try:
        async with asyncio.timeout(5):
            await running.instance.stat("health")
    except (Problem, TimeoutError, OSError):
        return {"backend": running.name, "ok": False}
    return {"backend": running.name, "ok": True}


@router.get("/health", summary="How the service is")
@router.get("/api/v1/health", include_in_schema=False)
async def health(request: Request, service: ServiceDep) -> dict[str, Any]:
    return await health_report(service, told=not service.settings.keys or bool(caller_of(request)))


@router.get("/health/extended", summary="Health, and whether the storage answers")
async def extended_health(service: ServiceDep, request: Request) -> dict[str, Any]:
    return {
        **await health(request, service),
        "storage": await storage_report(service),
        "messages": await messages_report(messages_of(request)),
    }


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
