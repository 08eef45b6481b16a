"""What is checked before any sound is made, and what it costs those who wait."""

from __future__ import annotations

import asyncio
import io
import threading
import wave
from collections.abc import AsyncIterator, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from mixdown_api.jobs import JobState
from mixdown_api.scenes.forms import GENERATE
from mixdown_api.scenes.schemas import GenerateBody
from mixdown_kernel import Kernel, Plan, Scene

from ..application import Application, application


class Website:
    """A sound for whoever asks; ``hits`` counts them, and ``open`` lets them have it."""

    def __init__(self) -> None:
        self.hits = 0
        self.open = threading.Event()
        self.open.set()
        website = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                website.hits += 1
                website.open.wait(30)
                self.send_response(200)
                self.send_header("content-length", str(len(SOUND)))
                self.end_headers()
                self.wfile.write(SOUND)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/rain.wav"


def _sound() -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(8000)
        writer.writeframes(bytes(1000) + b"\x00\x10" * 4000)
    return file.getvalue()


SOUND = _sound()


@pytest.fixture(scope="module")
def server() -> Iterator[Website]:
    website = Website()
    thread = threading.Thread(target=website.server.serve_forever)
    thread.start()
    yield website
    website.server.shutdown()
    website.server.server_close()
    thread.join()


@pytest.fixture
def website(server: Website) -> Website:
    server.hits = 0
    return server


class Watched(Kernel):
    """Notes in which thread plans are signed, and how many are made."""

    signed_in: threading.Thread | None = None
    planned = 0

    async def plan(self, scene: Scene) -> Plan:
        self.planned += 1
        return await super().plan(scene)

    def mix_signature(self, plan: Plan) -> str:
        self.signed_in = threading.current_thread()
        return super().mix_signature(plan)


@pytest.fixture
async def app(tmp_path: Path, website: Website) -> AsyncIterator[Application]:
    """One at a time, and nobody waits."""
    inside = {"fetch_ports": (website.server.server_port,), "fetch_allow_private": ("127.0.0.1",)}
    async with application(tmp_path, kernel=Watched, render_slots=1, render_queue=0, **inside) as app:
        yield app


def custom(website: Website) -> dict[str, Any]:
    return {"type": "custom", "custom_audio_url": website.url}


async def ask(app: Application, **members: Any) -> httpx.Response:
    headers = members.pop("headers", {})
    return await app.http.post("/v1/audio/generate", json={"text": "Hello.", **members}, headers=headers)


# ---------------------------------------------------------------- slots


async def test_a_text_is_read_once(app: Application) -> None:
    """Planning takes seconds where it is long."""
    kernel = app.service.kernel
    assert isinstance(kernel, Watched)
    await app.generate("Read me once.")
    assert kernel.planned == 1


async def test_signatures_are_made_beside_the_event_loop(app: Application) -> None:
    await app.generate("Signed.", dry_run=True)
    kernel = app.service.kernel
    assert isinstance(kernel, Watched)
    assert kernel.signed_in not in (None, threading.current_thread())


@pytest.mark.parametrize("members", [{}, {"dry_run": True}, {"headers": {"prefer": "respond-async"}}])
async def test_planning_takes_a_slot(app: Application, members: dict[str, Any]) -> None:
    async with app.service.edge.admission.slot():
        answer = await ask(app, voice="nobody", **members)
    assert (answer.status_code, answer.json()["error"]) == (503, "OVERLOADED")
    assert (await ask(app, voice="nobody", **members)).status_code == 404


async def test_planning_speech_takes_a_slot(app: Application) -> None:
    async with app.service.edge.admission.slot():
        assert (await app.speak("Hello.", voice="nobody")).status_code == 503
    assert (await app.speak("Hello.", voice="nobody")).status_code == 404


@pytest.mark.parametrize("surface", ["generate", "speech"])
async def test_one_slot_serves_from_the_plan_to_the_end(app: Application, surface: str) -> None:
    """There is but one, so that who asked for a second would be refused."""
    if surface == "generate":
        assert (await ask(app, background={"type": "rain"})).status_code == 200
    else:
        assert (await app.speak("Hello.", background={"type": "rain"})).status_code == 200
    assert app.service.edge.admission.running == 0


@pytest.mark.parametrize("surface", ["generate", "speech"])
async def test_fetching_takes_no_slot(app: Application, website: Website, surface: str) -> None:
    website.open.clear()
    asking = app.speak if surface == "speech" else app.generate
    work = asyncio.create_task(asking("Hello.", background=custom(website)))  # type: ignore[operator]
    try:
        while not website.hits:
            await asyncio.sleep(0.005)
        assert app.service.edge.admission.running == 0
    finally:
        website.open.set()
    await work


# ---------------------------------------------------------------- outside audio


@pytest.mark.parametrize(
    "wrong",
    [
        {"voice": "nobody"},
        {"model": "nobody"},
        {"text": "..."},
        {"music": {"key": "H"}},
        {"output": {"format": "flac", "bitrate_kbps": 64}},
    ],
)
async def test_nothing_is_fetched_for_a_request_that_is_wrong(
    app: Application, website: Website, wrong: dict[str, Any]
) -> None:
    answer = await ask(app, background=custom(website), **wrong)
    assert answer.status_code in (400, 404)
    assert website.hits == 0


async def test_nothing_is_fetched_for_speech_that_is_wrong(app: Application, website: Website) -> None:
    assert (await app.speak("Hello.", voice="nobody", background=custom(website))).status_code == 404
    assert website.hits == 0
    assert (await app.speak("Hello.", background=custom(website))).status_code == 200
    assert website.hits == 1


async def ended(app: Application, job_id: str) -> Any:
    jobs = app.app.state.jobs
    seen = [job async for job in jobs.events(job_id)]
    return seen[-1]


async def test_a_job_does_not_fetch_again(app: Application, website: Website) -> None:
    answer = await ask(app, background=custom(website), headers={"prefer": "respond-async"})
    assert answer.status_code == 202, answer.text
    job = await ended(app, answer.json()["id"])
    assert job.state is JobState.SUCCEEDED, job.error
    assert {source["layer"] for source in job.result["receipt"]["sources"]} == {"voice", "background"}
    assert website.hits == 1


async def test_a_job_fetches_again_what_has_gone_meanwhile(app: Application, website: Website) -> None:
    body = GenerateBody.model_validate({"text": "Hello.", "background": custom(website)})
    given = {"body": body.model_dump(mode="json"), "assets": {"background": f"asset:{'0' * 64}"}}
    job = await app.app.state.jobs.submit(GENERATE.kind, given)
    done = await ended(app, job.id)
    assert done.state is JobState.SUCCEEDED, done.error
    assert website.hits == 1


# ---------------------------------------------------------------- encodings


@pytest.mark.parametrize(
    "output",
    [
        {"format": "flac", "bitrate_kbps": 64},
        {"format": "mp3", "bitrate_kbps": 77},
        {"format": "wav", "bitrate_kbps": 128},
    ],
)
@pytest.mark.parametrize("members", [{}, {"dry_run": True}, {"headers": {"prefer": "respond-async"}}])
async def test_a_bit_rate_that_is_not_to_be_had_is_refused_at_once(
    app: Application, members: dict[str, Any], output: dict[str, Any]
) -> None:
    answer = await ask(app, output=output, **members)
    found = answer.json()
    assert (answer.status_code, found["error"]) == (400, "UNSUPPORTED_BITRATE")
    assert found["field"] == "output.bitrate_kbps"
    assert None not in found.get("valid_range", [])
