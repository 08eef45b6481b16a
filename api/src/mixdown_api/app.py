"""The application: a kernel behind HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import aclosing, asynccontextmanager, suppress
from functools import partial
from typing import Any

from fastapi import FastAPI
from importlib_metadata import version

from mixdown_api.edge import ApiSettings, Edge, install
from mixdown_api.jobs import Handler, Jobs, JobSettings
from mixdown_api.jobs.routes import router as jobs_routes
from mixdown_api.live.routes import router as live_routes
from mixdown_api.live.streams import Streams
from mixdown_api.messages.batch import RUNS
from mixdown_api.messages.bulk import BULK, run_bulk
from mixdown_api.messages.routes import ROUTERS as MESSAGES
from mixdown_api.messages.surface import Messages
from mixdown_api.music.routes import router as music_routes
from mixdown_api.music.stems import KIND as STEMS
from mixdown_api.music.stems import run_stems_job
from mixdown_api.music.stems_routes import router as stems_routes
from mixdown_api.renders.routes import router as render_routes
from mixdown_api.renders.store import Renders
from mixdown_api.scenes.forms import FORMS
from mixdown_api.scenes.routes import router as scene_routes
from mixdown_api.scenes.serving import run_job
from mixdown_api.service import Service
from mixdown_api.speech.routes import router as speech_routes
from mixdown_api.speech.voices import STANDARD_VOICES
from mixdown_api.speech.voices import router as voice_routes
from mixdown_api.state import State, database_url
from mixdown_api.status.routes import router as status_routes
from mixdown_api.voices.library import VoiceLibrary
from mixdown_api.voices.routes import router as cloning_routes
from mixdown_kernel import Kernel, KernelConfig, read_config

ROUTERS = (
    speech_routes, voice_routes, cloning_routes, scene_routes, live_routes, music_routes, stems_routes, render_routes, jobs_routes, status_routes,
    *MESSAGES,
)  # fmt: skip
DESCRIPTION = (
    "Text in, finished audio out: a voice, music and ambience, mixed sample-exactly, streamed or stored."
)


def create_app(kernel: Kernel | None = None, settings: ApiSettings | None = None) -> FastAPI:
    """The facade over a kernel.

    Args:
        kernel: started and stopped with the application, unless it runs already. None makes one from the
            configuration file and the environment.
        settings: the API's own; None takes them from the same places.

    Raises:
        MissingKeyError: ``MODE=PROD`` without a key.
        Problem: a configuration file that cannot be read.
    """
    file = read_config() if kernel is None or settings is None else {}
    section = file.pop("api", {})
    settings = settings or ApiSettings(**section)
    kernel = kernel or Kernel(KernelConfig(**file))

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with _running(app, kernel, settings, edge):
            yield

    app = FastAPI(title="Mixdown", version=version("mixdown-api"), description=DESCRIPTION, lifespan=lifespan)
    edge = install(app, settings)
    for router in (*ROUTERS, *(one for many in kernel.registry.call("http_routes") for one in many)):
        app.include_router(router)
    kernel.observe(edge.metrics)
    app.state.streams = Streams.of(settings, edge.metrics)
    kernel.voices.add_standard(STANDARD_VOICES)
    return app


@asynccontextmanager
async def _running(app: FastAPI, kernel: Kernel, settings: ApiSettings, edge: Edge) -> AsyncIterator[None]:
    """Everything that lives as long as the application. Backends open while the first requests already come in:
    they wait for them, and ``/ready`` says so."""
    ours = not kernel.is_started
    await kernel.start()
    url = settings.database_url or database_url(kernel.config.data_dir)
    try:
        async with aclosing(await State.open(url)) as state:
            renders = Renders(kernel, state, settings)
            service = app.state.service = Service(kernel, settings, edge, state, renders)
            app.state.voices = VoiceLibrary(service)
            kernel.voices.add_cloned(app.state.voices)
            handlers: dict[str, Handler] = {form.kind: partial(run_job, form, service) for form in FORMS}
            handlers[STEMS] = partial(run_stems_job, service)
            async with Messages.opened(service) as messages:
                app.state.messages = messages
                handlers[BULK] = partial(run_bulk, messages)
                handlers |= {kind: partial(run, messages) for kind, run in RUNS.items()}
                jobs = app.state.jobs = Jobs(state, handlers, JobSettings(lease=settings.jobs_lease_seconds))
                async with jobs, _background(_sweep(kernel, renders)):
                    yield
    finally:
        if ours:
            await kernel.stop()


async def _sweep(kernel: Kernel, renders: Renders) -> None:
    await kernel.ready()
    await renders.sweep_for_ever()


@asynccontextmanager
async def _background(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
