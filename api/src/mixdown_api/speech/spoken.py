"""Speech on its way to the client: encoded bytes, and what is known once the last of them has gone."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from math import ceil
from typing import Any

from mixdown_api.edge import Surface, problem_body
from mixdown_api.edge.failures import as_problem
from mixdown_api.scenes.captions import MEDIA_TYPES, captions
from mixdown_api.service import Service
from mixdown_api.speech.schemas import SpeechBody
from mixdown_api.state.ids import new_id
from mixdown_kernel import Encoding, Performance, Plan, Priority

CHARACTERS_PER_TOKEN = 4
TOKENS_PER_SECOND = 20
"""OpenAI does not publish how it counts; these give figures of the size of theirs."""


class Spoken:
    """One answer: its bytes, and what may be fetched about it afterwards."""

    def __init__(self, service: Service, body: SpeechBody, plan: Plan, encoding: Encoding) -> None:
        self._service = service
        self._body = body
        self._plan = plan
        self._encoding = encoding
        self._ids = {name: new_id() for name in ("timestamps", "captions", "render")}
        self.performance: Performance | None = None

    async def audio(self) -> AsyncGenerator[bytes, None]:
        """The encoded audio as it is made. Holds a slot for as long."""
        kernel = self._service.kernel
        async with (
            self._service.edge.admission.slot(),
            kernel.perform(self._plan, priority=Priority.INTERACTIVE) as performance,
        ):
            self.performance = performance
            recorder = _Recorder(
                self._service, self._body, self._ids["render"], kernel.format(self._encoding).extension
            )
            async with aclosing(recorder.record(kernel.encode(performance, self._encoding))) as chunks:
                async for chunk in chunks:
                    yield chunk
            await self._keep_timeline()

    async def events(self) -> AsyncGenerator[bytes, None]:
        """The same as OpenAI's server-sent events. A failure on the way is an event too, and the last one."""
        begun = False
        try:
            async with aclosing(self.audio()) as chunks:
                async for chunk in chunks:
                    begun = True
                    yield _event({"type": "speech.audio.delta", "audio": base64.b64encode(chunk).decode()})
            yield _event({"type": "speech.audio.done", "usage": self._usage(), **self._timeline()})
        except Exception as error:
            if not begun:  # still time for a status
                raise
            yield _event({"type": "error", **problem_body(as_problem(error), Surface.OPENAI)})

    def headers(self) -> dict[str, str]:
        """Who speaks, and where to find what is only known at the end. Asked for after the first bytes."""
        assert self.performance is not None  # noqa: S101
        headers = {}
        if (running := self.performance.timeline.used.get("voice")) is not None:
            headers["x-mixdown-backend"] = running.name
        if self._plan.scene.seed is None:
            headers["x-mixdown-seed"] = str(self._plan.seed)
        root = f"{self._service.settings.public_url.rstrip('/')}/v1/renders/"
        if self._body.stream_format == "audio":
            if self._body.timestamps:
                headers["x-timestamps-url"] = root + self._ids["timestamps"]
            if self._body.captions:
                headers["x-captions-url"] = root + self._ids["captions"]
        if self._body.project:
            headers["x-render-url"] = root + self._ids["render"]
        return headers

    def _usage(self) -> dict[str, int]:
        frames = self.performance.frames if self.performance else 0
        tokens = ceil(len(self._body.input) / CHARACTERS_PER_TOKEN)
        made = ceil(frames / self._plan.scene.rate * TOKENS_PER_SECOND)
        return {"input_tokens": tokens, "output_tokens": made, "total_tokens": tokens + made}

    def _timeline(self) -> dict[str, Any]:
        assert self.performance is not None  # noqa: S101
        timeline = self.performance.timeline
        members: dict[str, Any] = {}
        if self._body.timestamps:
            members["words"] = [
                {"text": w.text, "start_ms": w.start_ms, "end_ms": w.end_ms, "start": w.start, "end": w.end}
                for w in timeline.words
            ]
        if self._body.captions:
            members["captions"] = captions(timeline.words, self._body.captions)
        if timeline.notices:
            members["notices"] = [notice.model_dump() for notice in timeline.notices]
        return members

    async def _keep_timeline(self) -> None:
        if self._body.stream_format == "sse":
            return
        known = self._timeline()
        if "words" in known:
            data = json.dumps({"words": known["words"]}, ensure_ascii=False).encode()
            await self._keep("timestamps", data, "application/json", "timestamps.json")
        if self._body.captions:
            name = f"captions.{self._body.captions}"
            await self._keep("captions", known["captions"].encode(), MEDIA_TYPES[self._body.captions], name)

    async def _keep(self, what: str, data: bytes, media_type: str, name: str) -> None:
        renders = self._service.renders
        await renders.keep_bytes(data, media_type, name, id_=self._ids[what], project=self._body.project)


class _Recorder:
    """Keeps what is streamed, where a project asks for it: complete, or not at all."""

    def __init__(self, service: Service, body: SpeechBody, id_: str, extension: str) -> None:
        self._service = service
        self._project = body.project
        self._id = id_
        self._extension = extension

    async def record(self, chunks: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
        if self._project is None:
            async for chunk in chunks:
                yield chunk
            return
        part = self._service.kernel.spool / f"{self._id}.{self._extension}"
        try:
            with await asyncio.to_thread(part.open, "wb") as file:
                async for chunk in chunks:
                    await asyncio.to_thread(file.write, chunk)
                    yield chunk
            await self._service.renders.keep_file(part, self._id, self._extension, self._project)
        finally:
            await asyncio.to_thread(part.unlink, missing_ok=True)


def _event(members: dict[str, Any]) -> bytes:
    return f"data: {json.dumps(members, ensure_ascii=False)}\n\n".encode()
