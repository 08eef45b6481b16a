"""A server that keeps to the hosted API's contract, and refuses whatever it does not allow.

Source of every rule: contracts/audio-layers.md, "Stable Audio (Stability AI REST) facts". There is no official
client for these endpoints to check it with.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import threading
import time
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from starlette.datastructures import UploadFile

KEY = "sk-stand-in-0123456789"
RATE = 44_100
TEXT = {"prompt", "model", "duration", "seed", "steps", "cfg_scale", "output_format"}
FIELDS = {
    "text-to-audio": TEXT,
    "audio-to-audio": TEXT | {"audio", "strength"},
    "inpaint": TEXT | {"audio", "mask_start", "mask_end"},
}
MODELS = {  # by folder: model, longest piece, steps
    "stable-audio-2": {"stable-audio-2": (190, (30, 100)), "stable-audio-2.5": (190, (4, 8))},
    "stable-audio": {"stable-audio-3": (380, None)},
}
NUMBERS = {
    "seed": (0, 4_294_967_294),
    "cfg_scale": (1, 25),
    "strength": (0.01, 1),
    "mask_start": (0, 190),
    "mask_end": (0, 190),
}


@dataclass
class StandIn:
    """What the server has seen, and how it shall behave."""

    port: int = 0
    credits: int = 1000
    polls_until_ready: int = 2
    fault: str = ""
    """``busy``, ``broken``, ``stalled``, ``halved``, ``short``, ``expired``, ``filtered``, ``flaky``"""
    posts: list[dict[str, Any]] = field(default_factory=list)
    polls: int = 0
    at_once: int = 0
    most_at_once: int = 0
    pieces: dict[str, list[Any]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


class Refused(Exception):
    def __init__(self, status: int, name: str, *errors: str, **headers: str) -> None:
        self.status = status
        self.body = {"id": "a" * 32, "name": name, "errors": list(errors)}
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


def application(state: StandIn) -> FastAPI:
    app = FastAPI()

    @app.exception_handler(Refused)
    async def refused(_: Request, error: Refused) -> Response:
        return JSONResponse(error.body, error.status, headers=error.headers)

    @app.post("/v2beta/audio/{folder}/{verb}")
    async def make(folder: str, verb: str, request: Request) -> Response:
        state.at_once += 1
        state.most_at_once = max(state.most_at_once, state.at_once)
        try:
            return await _make(state, folder, verb, request)
        finally:
            state.at_once -= 1

    @app.get("/v2beta/audio/results/{id_}")
    async def result(id_: str, request: Request) -> Response:
        _authorize(request)
        state.polls += 1
        if state.fault == "flaky" and state.polls % 2:
            raise Refused(500, "internal_error", "try again")
        piece = state.pieces.get(id_)
        if piece is None or state.fault == "expired":
            raise Refused(404, "not_found", "no such piece, or it has expired")
        piece[0] -= 1
        if piece[0] >= 0:
            return JSONResponse({"id": id_, "status": "in-progress"}, 202)
        return Response(piece[1], media_type="audio/wav", headers=piece[2])

    return app


def _authorize(request: Request) -> None:
    if request.headers.get("authorization") != f"Bearer {KEY}":
        raise Refused(401, "unauthorized", f"not a key: {request.headers.get('authorization')}")


async def _make(state: StandIn, folder: str, verb: str, request: Request) -> Response:
    _authorize(request)
    if not request.headers["content-type"].startswith("multipart/form-data"):
        raise Refused(400, "bad_request", "content-type: must be multipart/form-data")
    if folder not in MODELS or verb not in FIELDS:
        raise Refused(404, "not_found", "no such endpoint")
    async with request.form() as form:
        fields: dict[str, Any] = {}
        for name, value in form.multi_items():
            fields[name] = await value.read() if isinstance(value, UploadFile) else value
    state.posts.append({"folder": folder, "verb": verb, **fields})
    seconds = _check(folder, verb, fields)
    if state.fault == "busy":
        raise Refused(429, "rate_limit_exceeded", "150 requests in 10 seconds", retry_after="17")
    if state.fault == "broken":
        raise Refused(500, "internal_error", "out of order")
    if "forbidden" in fields["prompt"]:
        raise Refused(403, "content_moderation", "flagged by our content moderation")
    if state.credits <= 0:
        raise Refused(402, "payment_required", "not enough credits")
    if state.fault == "stalled":
        await asyncio.sleep(3600)
    await asyncio.sleep(0.05)
    state.credits -= 20
    sound = _sound(fields, seconds / 2 if state.fault == "short" else seconds)
    reason = "CONTENT_FILTERED" if state.fault == "filtered" else "SUCCESS"
    headers = {"seed": fields.get("seed", "1"), "finish-reason": reason}
    if folder == "stable-audio":
        id_ = hashlib.sha256(repr(len(state.pieces)).encode()).hexdigest()
        state.pieces[id_] = [state.polls_until_ready, sound, headers]
        return JSONResponse({"id": id_}, 202)
    if request.headers.get("accept") != "audio/*":
        raise Refused(400, "bad_request", "accept: audio/* or application/json")
    if state.fault == "halved":

        async def half() -> Any:
            yield sound[: len(sound) // 2]
            raise ConnectionError("gone")

        return StreamingResponse(half(), 200, {**headers, "content-length": str(len(sound))}, "audio/wav")
    return Response(sound, media_type="audio/wav", headers=headers)


def _check(folder: str, verb: str, fields: dict[str, Any]) -> int:
    if unknown := sorted(set(fields) - FIELDS[verb]):
        raise Refused(400, "bad_request", f"{unknown[0]}: unknown")
    if not 0 < len(fields.get("prompt", "")) <= 10_000:
        raise Refused(400, "bad_request", "prompt: 1 to 10000 characters")
    if fields.get("model") not in MODELS[folder]:
        raise Refused(400, "bad_request", "model: unknown here")
    longest, steps = MODELS[folder][fields["model"]]
    seconds = _number(fields, "duration", 1, longest) or 20
    if steps is None and "steps" in fields:
        raise Refused(400, "bad_request", "steps: unknown")
    _number(fields, "steps", *(steps or (1, 1)))
    for name, bounds in NUMBERS.items():
        _number(fields, name, *bounds)
    if fields.get("output_format", "mp3") not in ("mp3", "wav"):
        raise Refused(400, "bad_request", "output_format: mp3 or wav")
    if "audio" in FIELDS[verb]:
        _check_audio(fields)
    return int(seconds)


def _number(fields: dict[str, Any], name: str, low: float, high: float) -> float | None:
    if name not in fields:
        return None
    try:
        value = float(fields[name])
    except ValueError:
        raise Refused(400, "bad_request", f"{name}: a number") from None
    if not low <= value <= high:
        raise Refused(400, "bad_request", f"{name}: {low} to {high}")
    return value


def _check_audio(fields: dict[str, Any]) -> None:
    if not isinstance(fields.get("audio"), bytes):
        raise Refused(400, "bad_request", "audio: required")
    if len(fields["audio"]) > 50 << 20:
        raise Refused(413, "payload_too_large", "50 MiB")
    try:
        with wave.open(io.BytesIO(fields["audio"])) as file:
            seconds = file.getnframes() / file.getframerate()
    except wave.Error:
        raise Refused(422, "invalid_audio", "audio: cannot be decoded") from None
    if not 6 <= seconds <= 190:
        raise Refused(400, "bad_request", "audio: 6 to 190 seconds")


def _sound(fields: dict[str, Any], seconds: float) -> bytes:
    """Noise that differs with prompt and seed."""
    seed = hashlib.sha256(f"{fields['prompt']} {fields.get('seed')}".encode()).digest()
    noise = np.random.default_rng(list(seed)).uniform(-0.3, 0.3, (round(seconds * RATE), 2))
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((noise * 32767).astype("<i2").tobytes())
    return out.getvalue()


@contextmanager
def serving(state: StandIn) -> Iterator[None]:
    """A real server on a port of loopback, in a thread of its own."""
    server = uvicorn.Server(uvicorn.Config(application(state), port=0, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    state.port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield
    finally:
        server.force_exit = server.should_exit = True
        thread.join(10)
