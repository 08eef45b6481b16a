"""The service: HTTP endpoints and the server that runs them."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, Response, WebSocket
from fastapi.responses import (
    HTMLResponse,
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    StreamingResponse,
)
from starlette.datastructures import UploadFile

from . import rules
from .contexts import Session
from .faults import Fault
from .performance import Cut, admitted, check_names, events_of, performed, sse_of
from .rules import SINCE_JSON_ERRORS, Refused
from .speech import wav_header
from .state import KEY, StandIn, voice


def version_of(headers: Mapping[str, str], query: Mapping[str, str]) -> str:
    """Authorizes, too: Bearer, or the older header (contracts/platform.md)."""
    given = headers.get("authorization", "").removeprefix("Bearer ") or headers.get("x-api-key", "")
    if given != KEY:
        raise Refused(401, "unauthorized", "Unauthorized", f"Invalid API key {given}")
    version = query.get("cartesia_version") or headers.get("cartesia-version", "")
    if version not in rules.VERSIONS:
        raise Refused(400, None, "Invalid request", f"Cartesia-Version {version!r} is unknown")
    return version


def answer_of(error: Refused, version: str) -> Response:
    if version < SINCE_JSON_ERRORS:
        return PlainTextResponse(f"{error.title}: {error.message}", error.status, error.headers)
    told = {
        "error_code": error.code,
        "title": error.title,
        "message": error.message,
        "request_id": str(uuid.uuid4()),
    }
    return JSONResponse(told, error.status, error.headers)


def application(state: StandIn) -> FastAPI:
    app = FastAPI()

    @app.exception_handler(Refused)
    async def refused(request: Request, error: Refused) -> Response:
        return answer_of(error, request.headers.get("cartesia-version", ""))

    @app.post("/tts/{endpoint}")
    async def speak(endpoint: str, request: Request) -> Response:
        if state.redirect:
            return RedirectResponse(f"{state.redirect}/tts/{endpoint}")
        version = version_of(request.headers, request.query_params)
        body = await _json(request)
        state.requests.append({"on": endpoint, "version": version, **body})
        if endpoint not in rules.HTTP:
            raise Refused(404, None, "Not found", "no such endpoint")
        rules.check(body, endpoint, version)
        check_names(state, body)
        id_ = str(uuid.uuid4())
        fault = state.fault()
        work = performed(state, id_, body, fault)
        await admitted(state, id_, fault, work)
        if endpoint == rules.SSE:
            return StreamingResponse(sse_of(events_of(body, work), fault), media_type="text/event-stream")
        if fault is Fault.NOT_SOUND:
            await work.aclose()
            return HTMLResponse("<h1>Sign in to this network</h1>")
        headers = {"Cartesia-File-ID": str(uuid.uuid4())} if body.get("save") else {}
        return StreamingResponse(_sound(body, work), 200, headers, "audio/wav")

    @app.websocket("/tts/websocket")
    async def socket(connection: WebSocket) -> None:
        state.handshakes += 1
        if state.redirect:
            await connection.send_denial_response(RedirectResponse(f"{state.redirect}/tts/websocket"))
            return
        try:
            version = version_of(connection.headers, connection.query_params)
            if state.handshake_faults:
                raise Refused(state.handshake_faults.popleft(), None, "Unavailable", "not now")
        except Refused as error:
            await connection.send_denial_response(answer_of(error, SINCE_JSON_ERRORS))
            return
        await connection.accept()
        await Session(state, connection, version).run()

    @app.get("/voices")
    async def voices(request: Request) -> Any:
        version = version_of(request.headers, request.query_params)
        state.calls.append(f"GET /voices?{request.url.query}")
        if state.list_faults:
            raise Refused(state.list_faults.popleft(), None, "Unavailable", "not now")
        rules.check(dict(request.query_params), rules.VOICES, version)
        if version == rules.VERSIONS[0]:  # as the SDK 1.x for this version reads it
            return [_shaped(one, version) for one in state.voices.values()]
        return _page(state, request.query_params, version)

    @app.get("/voices/{id_}")
    async def one_voice(id_: str, request: Request) -> Any:
        version = version_of(request.headers, request.query_params)
        if id_ not in state.voices:
            raise Refused(404, "voice_not_found", "Voice not found", f"no voice {id_}")
        return _shaped(state.voices[id_], version)

    @app.post("/voices/clone")
    async def clone(request: Request) -> Any:
        version = version_of(request.headers, request.query_params)
        state.calls.append("POST /voices/clone")
        if state.list_faults:
            raise Refused(state.list_faults.popleft(), "concurrency_limited", "Too many", "not now")
        async with request.form() as form:
            fields = {
                name: await one.read() if isinstance(one, UploadFile) else one for name, one in form.items()
            }
        rules.check(fields, rules.CLONE, version)
        id_ = str(uuid.uuid4())
        state.voices[id_] = voice(id_, fields["name"], fields["language"], access="private")
        return {**state.voices[id_], "user_id": "me"}

    @app.delete("/voices/{id_}", status_code=204)
    async def delete_voice(id_: str) -> None:
        state.calls.append(f"DELETE /voices/{id_}")
        if state.voices.pop(id_, None) is None:
            raise Refused(404, "voice_not_found", "Voice not found", f"no voice {id_}")

    @app.post("/pronunciation-dicts/")
    async def add_dictionary(request: Request) -> Any:
        version = version_of(request.headers, request.query_params)
        body = await _json(request)
        rules.check(body, rules.DICTIONARY, version)
        id_ = f"pdict_{len(state.dictionaries)}"
        state.dictionaries[id_] = {
            "id": id_, "name": body["name"], "items": list(body.get("items") or ()), "owner_id": "me", "pinned": False,
            "created_at": "2026-01-01T00:00:00Z",
        }  # fmt: skip
        return state.dictionaries[id_]

    @app.get("/pronunciation-dicts/{id_}")
    async def dictionary(id_: str, request: Request) -> Any:
        version_of(request.headers, request.query_params)
        state.calls.append(f"GET /pronunciation-dicts/{id_}")
        if id_ not in state.dictionaries:
            raise Refused(404, "pronunciation_dict_not_found", "Dictionary not found", id_)
        return state.dictionaries[id_]

    return app


async def _json(request: Request) -> dict[str, Any]:
    try:
        body = await request.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise Refused(400, None, "Invalid request", "a JSON object is expected")
    return body


async def _sound(body: dict[str, Any], work: AsyncIterator[Any]) -> AsyncIterator[bytes]:
    if body["output_format"]["container"] == "wav":
        yield wav_header(body["output_format"])
    async for piece in work:
        if isinstance(piece, Cut):
            raise ConnectionError("cut on purpose")
        if isinstance(piece, bytes):
            yield piece


def _page(state: StandIn, query: Mapping[str, str], version: str) -> dict[str, Any]:
    limit = int(query.get("limit", "10"))
    ids = list(state.voices)
    after = query.get("starting_after")
    if after is not None and after not in ids:
        raise Refused(400, None, "Invalid cursor", after)
    start = ids.index(after) + 1 if after else 0
    chosen = ids[start : start + limit]
    return {
        "data": [_shaped(state.voices[id_], version) for id_ in chosen],
        "has_more": start + len(chosen) < len(ids),
        "next_page": None,
    }


def _shaped(one: dict[str, Any], version: str) -> dict[str, Any]:
    """Locales and access came with the last version (``types/voice.py`` of the SDK); before, ``is_public``."""
    if version >= rules.SINCE_BARE_VOICES:
        return one
    older = {
        name: value
        for name, value in one.items()
        if name not in ("locales", "access", "visibility", "tagline")
    }
    return {**older, "is_public": one["access"] == "public"}


class Host:
    """Many stand-ins behind one port, each under a path of its own: a test gets a fresh one in milliseconds."""

    def __init__(self, port: int = 0) -> None:
        self.port = port
        self._applications: dict[str, FastAPI] = {}

    def add(self, state: StandIn) -> StandIn:
        name = f"s{len(self._applications)}"
        self._applications[name] = application(state)
        state.url = f"http://127.0.0.1:{self.port}/{name}"
        return state

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        _, name, rest = scope["path"].split("/", 2)
        inner = {**scope, "path": f"/{rest}", "raw_path": f"/{rest}".encode()}
        await self._applications[name](inner, receive, send)


@contextmanager
def hosting(port: int = 0) -> Iterator[Host]:
    """A real server on loopback, in a thread of its own."""
    host = Host()
    config = uvicorn.Config(host, port=port, log_level="critical", lifespan="off", ws="websockets-sansio")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    host.port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield host
    finally:
        server.force_exit = server.should_exit = True
        thread.join(10)
