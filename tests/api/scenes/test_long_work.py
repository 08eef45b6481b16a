"""Work that takes long, for its cost or as a job, leaves a slot to what does not; and jobs wait as long as it takes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from mixdown_api.jobs import JobState
from mixdown_kernel import (
    Audio,
    Backend,
    Chunk,
    Composer,
    Context,
    Cost,
    MusicRequest,
    PluginSettings,
    SeparationRequest,
    Separator,
    hookimpl,
)

from ..application import Application, application
from ..music.test_stems import song, upload, wav
from .test_before_sound import ended

AS_JOB = {"prefer": "respond-async"}
PATIENCE = 20


class Distant:
    """Music and separation that are made when the test says so; as costly as the prompt says, separation heavy."""

    def __init__(self) -> None:
        self.begun = 0
        self.order: list[int] = []
        self.done = asyncio.Event()

    @asynccontextmanager
    async def open(self, _settings: PluginSettings, _context: Context) -> AsyncIterator[Any]:
        yield self

    def genres(self) -> Sequence[str]:
        return ("lofi",)

    def stems(self) -> Sequence[str]:
        return ("drums", "vocals", "bass", "other")

    def cost(self, request: MusicRequest | SeparationRequest) -> Cost:
        prompts: dict[str | None, Cost] = {"heavy": "heavy", "remote": "remote", "light": "light"}
        return prompts[request.prompt] if isinstance(request, MusicRequest) else "heavy"

    async def render(self, request: MusicRequest | SeparationRequest) -> AsyncIterator[Chunk]:
        self.begun += 1
        self.order.append(request.duration_ms if isinstance(request, MusicRequest) else 0)
        if not isinstance(request, MusicRequest) or request.prompt != "light":
            await self.done.wait()
        audio = Audio(np.full((48_000, 2), 0.1, np.float32), 48_000)
        silence = Audio.silence(48_000, 48_000, 2)
        yield Chunk(audio, stems=dict.fromkeys(self.stems(), silence) | {"other": audio})


class Plugin:
    def __init__(self, distant: Distant) -> None:
        self._distant = distant

    @hookimpl
    def music_backends(self) -> list[Backend[Composer]]:
        return [Backend(name="distant", open=self._distant.open)]

    @hookimpl
    def separation_backends(self) -> list[Backend[Separator]]:
        return [Backend(name="distant", open=self._distant.open)]


@pytest.fixture
def distant() -> Distant:
    return Distant()


@pytest.fixture
async def app(tmp_path: Path, distant: Distant) -> AsyncIterator[Application]:
    backends = {"music": ["distant"], "separation": ["distant"]}
    limits = {"render_slots": 2, "render_queue_seconds": PATIENCE}
    async with application(
        tmp_path, plugins=[Plugin(distant)], config={"backends": backends}, **limits
    ) as found:
        yield found


async def begun(distant: Distant) -> None:
    async with asyncio.timeout(PATIENCE):
        while not distant.begun:
            await asyncio.sleep(0.005)


async def compose(
    app: Application, cost: str, headers: dict[str, str] | None = None, seconds: int = 1
) -> httpx.Response:
    body = {"prompt": cost, "duration_sec": seconds}
    return await app.http.post("/v1/music/generate", json=body, headers=headers)


@pytest.mark.parametrize("cost", ["heavy", "remote", "separation"])
async def test_a_greeting_passes_long_work(app: Application, distant: Distant, cost: str) -> None:
    songs = [wav(song(0.1 * number)) for number in (1, 2, 3)]
    crowd = [
        asyncio.create_task(upload(app, one) if cost == "separation" else compose(app, cost)) for one in songs
    ]
    await begun(distant)
    async with asyncio.timeout(PATIENCE / 2):
        assert (await app.speak("Hello.")).status_code == 200
        await app.generate("Hello.", background={"type": "rain"})
        assert (await compose(app, "light")).status_code == 200
    assert not any(task.done() for task in crowd)
    distant.done.set()
    assert {answer.status_code for answer in await asyncio.gather(*crowd)} == {200}


async def test_a_greeting_passes_jobs(app: Application, distant: Distant) -> None:
    jobs = [(await compose(app, "heavy", AS_JOB)).json()["id"] for _ in range(3)]
    await begun(distant)
    async with asyncio.timeout(PATIENCE / 2):
        await app.generate("Hello.")
    distant.done.set()
    assert {(await ended(app, job)).state for job in jobs} == {JobState.SUCCEEDED}


@pytest.mark.parametrize("kind", ["music", "stems"])
async def test_a_job_waits_for_a_slot_as_long_as_it_takes(
    tmp_path: Path, distant: Distant, kind: str
) -> None:
    """A request would have been refused at once."""
    distant.done.set()
    config = {"backends": {"music": ["distant"], "separation": ["distant"]}}
    async with application(
        tmp_path, plugins=[Plugin(distant)], config=config, render_slots=1, render_queue_seconds=0.02
    ) as app:
        if kind == "music":
            answer = await compose(app, "heavy", AS_JOB)
        else:
            files = {"file": ("song", wav(song(0.2)))}
            answer = await app.http.post("/v1/music/stems", files=files, headers=AS_JOB)
        assert answer.status_code == 202, answer.text
        async with app.service.edge.admission.slot():
            while not app.service.edge.admission.patient:
                await asyncio.sleep(0.01)
            assert not (await app.http.get(f"/v1/jobs/{answer.json()['id']}")).json().get("error")
        job = await ended(app, answer.json()["id"])
        assert job.state is JobState.SUCCEEDED, job.error


async def test_a_job_lets_requests_go_first(tmp_path: Path, distant: Distant) -> None:
    config = {"backends": {"music": ["distant"]}}
    async with application(tmp_path, plugins=[Plugin(distant)], config=config, render_slots=4) as app:
        waiting = app.service.kernel.backend("execution")._pools["heavy"]._waiting
        first = asyncio.create_task(compose(app, "heavy", seconds=1))
        await begun(distant)
        job = (await compose(app, "heavy", AS_JOB, seconds=2)).json()["id"]
        async with asyncio.timeout(PATIENCE):
            while not waiting:
                await asyncio.sleep(0.005)
            second = asyncio.create_task(compose(app, "heavy", seconds=3))
            while len(waiting) < 2:
                await asyncio.sleep(0.005)
        distant.done.set()
        assert {(await first).status_code, (await second).status_code} == {200}
        assert (await ended(app, job)).state is JobState.SUCCEEDED
    assert distant.order == [1000, 3000, 2000]


async def test_what_is_kept_waits_for_nobody(app: Application, distant: Distant) -> None:
    body = {"prompt": "heavy", "duration_sec": 1, "seed": 1}
    distant.done.set()
    first = await app.http.post("/v1/music/generate", json=body)
    distant.done.clear()
    distant.begun = 0
    crowd = asyncio.create_task(compose(app, "heavy"))
    await begun(distant)
    async with asyncio.timeout(PATIENCE / 2):
        again = (await app.http.post("/v1/music/generate", json=body)).json()
        dry = (await app.http.post("/v1/music/generate", json={**body, "dry_run": True})).json()
    assert again["cached"]
    assert again["audio_url"] == first.json()["audio_url"]
    assert dry["cached"]
    distant.done.set()
    assert (await crowd).status_code == 200
