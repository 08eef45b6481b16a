"""An application in this process answers as one behind a network does."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from mixdown_cli.in_process import InProcessTransport

HEAD = {"type": "http.response.start", "status": 200, "headers": [(b"x-said", b"yes")]}


def part(body: bytes, *, more: bool = True) -> dict[str, Any]:
    return {"type": "http.response.body", "body": body, "more_body": more}


def client(application: Any) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=InProcessTransport(application), base_url="http://here.invalid")


async def test_the_request_arrives_whole() -> None:
    async def echo(scope: Any, receive: Any, send: Any) -> None:
        request = await receive()
        said = (
            f"{scope['method']} {scope['path']}?{scope['query_string'].decode()} {request['body'].decode()}"
        )
        await send(HEAD)
        await send(part(said.encode(), more=False))

    async with client(echo) as http:
        answer = await http.post("/a b", params={"c": "d"}, content="body")
    assert answer.text == "POST /a b?c=d body"
    assert answer.headers["x-said"] == "yes"


async def test_an_answer_is_read_while_it_is_made() -> None:
    read = asyncio.Event()

    async def slow(scope: Any, receive: Any, send: Any) -> None:
        await send(HEAD)
        await send(part(b"first"))
        await read.wait()
        await send(part(b"second", more=False))

    async with client(slow) as http, http.stream("GET", "/") as answer:
        chunks = answer.aiter_raw()
        assert await anext(chunks) == b"first"
        read.set()
        assert await anext(chunks) == b"second"


async def test_who_leaves_stops_the_work() -> None:
    stopped = asyncio.Event()

    async def endless(scope: Any, receive: Any, send: Any) -> None:
        try:
            await send(HEAD)
            while True:
                await send(part(b"more"))
        finally:
            stopped.set()

    async with client(endless) as http, http.stream("GET", "/") as answer:
        assert answer.status_code == 200
        for _ in range(100):  # until it waits for room
            await asyncio.sleep(0)
    assert stopped.is_set()


async def test_who_is_cancelled_before_the_answer_stops_the_work() -> None:
    asked, stopped = asyncio.Event(), asyncio.Event()

    async def silent(scope: Any, receive: Any, send: Any) -> None:
        asked.set()
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()

    async with client(silent) as http:
        asking = asyncio.create_task(http.get("/"))
        await asked.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
    assert stopped.is_set()


@pytest.mark.parametrize(("before", "said"), [([], "no answer"), ([HEAD, part(b"half")], "broke off")])
async def test_an_application_that_fails_breaks_the_answer_off(before: list[Any], said: str) -> None:
    async def failing(scope: Any, receive: Any, send: Any) -> None:
        for message in before:
            await send(message)
        raise RuntimeError("by itself")

    async with client(failing) as http:
        with pytest.raises(httpx.RemoteProtocolError, match=f"{said}.*by itself"):
            await http.get("/")
