"""On real sockets: a client that leaves stops its work, and a stream that fails is torn and not short."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import httpx
import pytest
from fastapi import BackgroundTasks, Request
from starlette.responses import Response

from mixdown_api.edge import stream

REQUEST = "{} {} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{{}}"


class Work:
    """What the routes below did."""

    def __init__(self) -> None:
        self.events: list[str] = []


@pytest.fixture
def work() -> Work:
    return Work()


@pytest.fixture
def app(make_app, work):
    app = make_app(render_slots=1, render_queue=1)
    admission = app.state.edge.admission

    async def render(*_: object) -> Response:
        async with admission.slot():
            work.events.append("began")
            try:
                await asyncio.Event().wait()
            finally:
                await asyncio.sleep(0.001)  # cleaning up may wait: the cancellation comes once
                work.events.append("ended")
        raise AssertionError("nothing ends this but leaving")

    @app.post("/whole")
    async def whole(body: dict[str, str]) -> Response:
        return await render()

    @app.get("/whole")
    async def whole_get() -> Response:
        return await render()

    async def endless(busy: bool) -> AsyncGenerator[bytes, None]:
        work.events.append("began")
        try:
            while True:
                yield b"x" * 100
                if not busy:
                    await asyncio.Event().wait()
        finally:
            work.events.append("ended")

    @app.get("/stream")
    async def streaming(busy: bool = False) -> Response:
        return await stream(endless(busy), media_type="audio/wav")

    @app.get("/torn")
    async def torn() -> Response:
        async def chunks() -> AsyncGenerator[bytes, None]:
            yield b"first"
            raise RuntimeError("the voice broke")

        return await stream(chunks(), media_type="audio/wav")

    @app.get("/early")
    async def early() -> Response:
        async def chunks() -> AsyncGenerator[bytes, None]:
            raise RuntimeError("no voice at all")
            yield b""

        return await stream(chunks(), media_type="audio/wav")

    @app.get("/short")
    async def short(size: int) -> Response:
        async def chunks() -> AsyncGenerator[bytes, None]:
            for _ in range(size):
                yield b"ab"

        return await stream(chunks(), media_type="audio/wav", headers={"x-kind": "short"})

    @app.get("/after")
    async def after(tasks: BackgroundTasks) -> str:
        async def later() -> None:
            await asyncio.sleep(0.02)
            work.events.append("background")

        tasks.add_task(later)
        return "now"

    @app.post("/echo")
    async def echo(request: Request) -> int:
        return len(await request.body())

    return app


@pytest.mark.parametrize("target", ["POST /whole", "GET /whole", "GET /stream", "GET /stream?busy=true"])
async def test_work_ends_when_its_client_leaves(app, work, serve, eventually, target):
    async with serve(app) as port:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(REQUEST.format(*target.split()).encode())
        await eventually(lambda: work.events == ["began"])
        writer.transport.abort()
        await eventually(lambda: work.events == ["began", "ended"])
        await eventually(lambda: app.state.edge.admission.running == 0)


async def test_who_leaves_the_queue_frees_his_place(app, work, serve, eventually):
    admission = app.state.edge.admission
    async with admission.slot(), serve(app) as port:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(REQUEST.format("POST", "/whole").encode())
        await eventually(lambda: admission.waiting == 1)
        writer.close()
        await eventually(lambda: admission.waiting == 0)
    assert work.events == []


async def test_a_stream_that_fails_is_broken_off_without_its_last_chunk(app, serve):
    async with serve(app) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /torn HTTP/1.1\r\nhost: x\r\n\r\n")
        answer = await reader.read()  # to the end of the connection, though it was to be kept alive
        writer.close()
        assert answer.startswith(b"HTTP/1.1 200")
        assert answer.endswith(b"5\r\nfirst\r\n")
        async with httpx.AsyncClient() as client:
            with pytest.raises(httpx.RemoteProtocolError):
                await client.get(f"http://127.0.0.1:{port}/torn")


async def test_a_stream_that_fails_before_its_first_byte_is_a_status(app, ask):
    async with ask(app) as client:
        answer = await client.get("/early")
    assert (answer.status_code, answer.json()["error"]["type"]) == (500, "api_error")


@pytest.mark.parametrize("size", [0, 1, 3])
async def test_a_whole_stream_arrives_whole_and_keeps_the_connection(app, serve, size):
    async with serve(app) as port, httpx.AsyncClient() as client:
        for _ in range(2):
            answer = await client.get(f"http://127.0.0.1:{port}/short?size={size}")
            assert answer.content == b"ab" * size
            assert answer.headers["x-kind"] == "short"


async def test_what_follows_a_whole_answer_is_not_cancelled(app, work, serve, eventually):
    async with serve(app) as port, httpx.AsyncClient() as client:
        answer = await client.get(f"http://127.0.0.1:{port}/after", headers={"connection": "close"})
        assert answer.json() == "now"
        await eventually(lambda: work.events == ["background"])


async def test_bodies_pass_and_connections_are_used_again(app, serve):
    async with serve(app) as port, httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        for body in (b"", b"x", b"x" * 500_000):
            assert (await client.post("/echo", content=body)).json() == len(body)


async def test_a_client_that_left_is_logged_as_499(app, work, serve, eventually, caplog):
    caplog.set_level("INFO", "mixdown.access")
    async with serve(app) as port:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(REQUEST.format("POST", "/whole").encode())
        await eventually(lambda: work.events)
        writer.transport.abort()
        await eventually(lambda: [record for record in caplog.records if record.name == "mixdown.access"])
    (record,) = [record for record in caplog.records if record.name == "mixdown.access"]
    assert (record.status, record.route, record.complete) == (499, "/whole", False)


@pytest.mark.parametrize("path", ["/whole", "/echo"])
async def test_a_client_that_leaves_inside_its_body_starts_nothing(
    app, work, serve, eventually, caplog, path
):
    caplog.set_level("INFO", "mixdown.access")
    async with serve(app) as port:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(REQUEST.format("POST", path).replace(": 2", ": 100").encode())
        await writer.drain()
        writer.close()
        await eventually(lambda: [record for record in caplog.records if record.name == "mixdown.access"])
    assert work.events == []
