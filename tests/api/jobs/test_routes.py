"""``/v1/jobs`` over HTTP, the events from a real server."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import httpx
import pytest
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from pydantic import JsonValue

from mixdown_api.jobs import Job, JobContext, Jobs, JobSettings, routes
from mixdown_api.state import State
from mixdown_kernel import Problem


async def count(job: JobContext) -> JsonValue:
    await job.progress(1, 3, "one\nof three")
    if job.input == "wait":
        await asyncio.Event().wait()
    return {"url": "/v1/files/x"}


class WatchedJobs(Jobs):
    """Counts those who wait for news."""

    watching = 0

    async def changed(self, job: Job, timeout: float) -> Job:
        self.watching += 1
        try:
            return await super().changed(job, timeout)
        finally:
            self.watching -= 1


def an_app(jobs: Jobs) -> FastAPI:
    app = FastAPI()
    app.state.jobs = jobs
    app.include_router(routes.router)

    @app.exception_handler(Problem)
    async def problem(request: Request, problem: Problem) -> JSONResponse:
        return JSONResponse({"code": problem.code}, 404 if problem.kind == "not_found" else 400)

    return app


@pytest.fixture
async def jobs(state: State, quick: JobSettings) -> AsyncIterator[WatchedJobs]:
    jobs = WatchedJobs(state, {"count": count}, quick)
    async with jobs:
        yield jobs


@pytest.fixture
async def client(jobs: Jobs) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(an_app(jobs))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


async def until(met: Callable[[], bool]) -> None:
    while not met():
        await asyncio.sleep(0.01)


@asynccontextmanager
async def served(jobs: Jobs) -> AsyncIterator[httpx.AsyncClient]:
    server = uvicorn.Server(uvicorn.Config(an_app(jobs), port=0, log_level="warning", lifespan="off"))
    serving = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    port = server.servers[0].sockets[0].getsockname()[1]
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        yield client
    server.should_exit = True
    await serving


async def ended(jobs: Jobs, job_id: str) -> Job:
    *_, last = [job async for job in jobs.events(job_id)]
    return last


async def test_one_job(client: httpx.AsyncClient, jobs: Jobs) -> None:
    job = await ended(jobs, (await jobs.submit("count", "a long text")).id)
    body = (await client.get(f"/v1/jobs/{job.id}")).json()
    assert body["id"] == job.id
    assert (body["object"], body["kind"], body["state"], body["attempts"]) == ("job", "count", "succeeded", 1)
    assert body["progress"] == {"done": 1, "total": 3, "message": "one\nof three"}
    assert (body["result"], body["error"]) == ({"url": "/v1/files/x"}, None)
    assert body["created_at"] <= body["started_at"] <= body["finished_at"]
    assert body["created_at"].endswith("Z")
    assert "a long text" not in str(body), "an input may be a whole book"


async def test_pages(client: httpx.AsyncClient, state: State, quick: JobSettings) -> None:
    waiting = Jobs(state, {"other": count}, replace(quick, concurrency=0))
    ids = [(await waiting.submit("other", n)).id for n in range(5)]
    first = (await client.get("/v1/jobs", params={"limit": 3, "state": "queued", "kind": "other"})).json()
    assert first["object"] == "list"
    assert [job["id"] for job in first["data"]] == ids[:1:-1]
    rest = (await client.get("/v1/jobs", params={"limit": 3, "cursor": first["next"]})).json()
    assert [job["id"] for job in rest["data"]] == ids[1::-1]
    assert rest["next"] is None


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("limit=0", 422),
        ("limit=101", 422),
        ("state=odd", 422),
        ("kind=%00", 422),
        ("cursor=%00", 400),
        ("cursor=x", 400),
    ],
)
async def test_bad_queries_are_refused(client: httpx.AsyncClient, query: str, status: int) -> None:
    assert (await client.get(f"/v1/jobs?{query}")).status_code == status


@pytest.mark.parametrize("id_", ["x", "0" * 32, "%00", "%ed%a0%80"])
async def test_unknown_jobs_are_not_found(client: httpx.AsyncClient, id_: str) -> None:
    for response in [
        await client.get(f"/v1/jobs/{id_}"),
        await client.post(f"/v1/jobs/{id_}/cancel"),
        await client.get(f"/v1/jobs/{id_}/events"),
    ]:
        assert response.status_code == 404


async def test_cancelling(client: httpx.AsyncClient, jobs: Jobs) -> None:
    job = await jobs.submit("count", "wait")
    for _ in range(2):
        assert (await client.post(f"/v1/jobs/{job.id}/cancel")).status_code == 200
    assert (await ended(jobs, job.id)).state == "cancelled"
    assert (await client.post(f"/v1/jobs/{job.id}/cancel")).json()["state"] == "cancelled"


async def test_events_show_progress_and_end_with_the_job(jobs: WatchedJobs) -> None:
    job = await jobs.submit("count", "wait")
    events: list[tuple[str, dict[str, object]]] = []
    async with served(jobs) as client, client.stream("GET", f"/v1/jobs/{job.id}/events") as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        name = ""
        async for line in response.aiter_lines():
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: "):
                events.append((name, json.loads(line.removeprefix("data: "))))
                if events[-1][1]["progress"] == {"done": 1, "total": 3, "message": "one\nof three"}:
                    await jobs.cancel(job.id)
    assert {name for name, _ in events[:-1]} == {"progress"}
    assert events[-1][0] == "end"
    assert events[-1][1]["state"] == "cancelled"
    assert jobs.watching == 0


async def test_events_of_a_finished_job_are_its_end(client: httpx.AsyncClient, jobs: Jobs) -> None:
    job = await ended(jobs, (await jobs.submit("count", None)).id)
    response = await client.get(f"/v1/jobs/{job.id}/events")
    assert response.text.count("event: ") == 1
    assert response.text.startswith("event: end\ndata: {")
    assert response.text.endswith("}\n\n")


async def test_a_silent_job_sends_signs_of_life(jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "KEEP_ALIVE", 0.05)
    job = await jobs.submit("count", "wait")
    async with served(jobs) as client, client.stream("GET", f"/v1/jobs/{job.id}/events") as response:
        async for line in response.aiter_lines():
            if line.startswith(": "):
                break


async def test_nobody_watches_for_a_client_that_left(jobs: WatchedJobs) -> None:
    job = await jobs.submit("count", "wait")
    async with served(jobs) as client:
        async with client.stream("GET", f"/v1/jobs/{job.id}/events") as response:
            await anext(response.aiter_lines())
            await until(lambda: jobs.watching > 0)
        await until(lambda: jobs.watching == 0)
    assert (await jobs.get(job.id)).state == "running", "leaving the events leaves the job alone"
