"""Speech on its way to the client: encoded bytes, and what is known once the last of them has gone."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from math import ceil
from typing import Any, Self

from mixdown_api.edge import Surface, problem_body
from mixdown_api.edge.failures import as_problem
from mixdown_api.renders.keeping import Batch
from mixdown_api.scenes.captions import MEDIA_TYPES, captions
from mixdown_api.scenes.encodings import below_ceiling, check_encoding
from mixdown_api.scenes.members import members_named, of_speech
from mixdown_api.scenes.speakers import Speakers
from mixdown_api.scenes.spoken_by import outside_audio
from mixdown_api.scenes.timings import word_times
from mixdown_api.service import Service
from mixdown_api.speech.scene import encoding, speech_scene
from mixdown_api.speech.schemas import SpeechBody
from mixdown_api.state.ids import new_id
from mixdown_kernel import Encoding, Format, Performance, Priority, Scene
from mixdown_kernel.streams import closing

CHARACTERS_PER_TOKEN = 4
TOKENS_PER_SECOND = 20
"""OpenAI does not publish how it counts; these give figures of the size of theirs."""


class Spoken:
    """One answer: its bytes, and what may be fetched about it afterwards."""

    def __init__(
        self, service: Service, body: SpeechBody, scene: Scene, encoding: Encoding, format_: Format
    ) -> None:
        self._service = service
        self._body = body
        self._scene = scene
        self._encoding = encoding
        self._format = format_
        self._ids = {name: new_id() for name in ("timestamps", "captions", "render")}
        self._performance: Performance | None = None

    @classmethod
    async def of(cls, service: Service, body: SpeechBody) -> Self:
        """The answer to a request, whose text is yet to be read. Audio by URL is fetched here, once all the rest has
        been found in order."""
        await service.kernel.ready()
        scene = speech_scene(service, body, {})
        wanted = encoding(body, scene)
        format_ = await check_encoding(service.kernel, wanted, scene.rate, scene.channels)
        if outside := outside_audio(body, body.background):
            async with service.edge.admission.slot():
                await service.kernel.plan(scene)
            assets = {layer: await one.fetched(service) for layer, one in outside.items()}
            scene = speech_scene(service, body, assets)
        return cls(service, body, below_ceiling(service.kernel, scene, wanted), wanted, format_)

    @property
    def media_type(self) -> str:
        return self._format.media_type

    async def audio(self) -> AsyncGenerator[bytes, None]:
        """The encoded audio as it is made. Holds a slot for as long."""
        kernel = self._service.kernel
        async with self._service.edge.admission.slot():
            with members_named(of_speech):
                plan = await kernel.plan(self._scene)
            async with (
                kernel.perform(plan, priority=Priority.INTERACTIVE) as performance,
                self._service.renders.keeping(self._body.project) as batch,
            ):
                self._performance = performance
                async with closing(self._encoded(performance, batch)) as chunks:
                    async for chunk in chunks:
                        yield chunk
                await self._keep(performance, batch)

    async def events(self) -> AsyncGenerator[bytes, None]:
        """The same as OpenAI's server-sent events. A failure on the way is an event too, and the last one."""
        begun = False
        try:
            async with aclosing(self.audio()) as chunks:
                async for chunk in chunks:
                    begun = True
                    yield _event({"type": "speech.audio.delta", "audio": base64.b64encode(chunk).decode()})
            known = await asyncio.to_thread(self._timeline)
            yield _event({"type": "speech.audio.done", "usage": self._usage(), **known})
        except Exception as error:
            if not begun:  # still time for a status
                raise
            yield _event({"type": "error", **problem_body(as_problem(error), Surface.OPENAI)})

    def headers(self) -> dict[str, str]:
        """Who speaks, and where to find what is only known at the end. Asked for after the first bytes."""
        performance, headers = self._begun, {}
        if (running := performance.timeline.used.get("voice")) is not None:
            headers["x-mixdown-backend"] = running.name
        if self._scene.seed is None:
            headers["x-mixdown-seed"] = str(performance.plan.seed)
        url = self._service.renders.url
        if self._body.stream_format == "audio":
            if self._body.timestamps:
                headers["x-timestamps-url"] = url(self._ids["timestamps"])
            if self._body.captions:
                headers["x-captions-url"] = url(self._ids["captions"])
        if self._body.project:
            headers["x-render-url"] = url(self._ids["render"])
        return headers

    @property
    def _begun(self) -> Performance:
        assert self._performance is not None  # noqa: S101 - there is one from the first bytes on
        return self._performance

    @property
    def _duration_ms(self) -> int:
        return round(self._begun.frames * 1000 / self._scene.rate)

    def _encoded(self, performance: Performance, batch: Batch) -> AsyncIterator[bytes]:
        chunks = self._service.kernel.encode(performance, self._encoding)
        if self._body.project is None:
            return chunks
        return batch.record(chunks, self._format, name="speech", id_=self._ids["render"])

    async def _keep(self, performance: Performance, batch: Batch) -> None:
        """Everything that the headers promised; nothing, where they promised nothing."""
        if self._body.stream_format == "audio":
            await self._keep_timeline(batch)
        if self._body.project:
            assert performance.receipt is not None  # noqa: S101 - complete with the last block
            # Without a file signature: a streamed file's header differs from that of the file it names.
            document = {"receipt": performance.receipt.model_dump(mode="json")}
            await batch.describe(
                self._ids["render"], json.dumps(document).encode(), duration_ms=self._duration_ms
            )
        await batch.commit()

    async def _keep_timeline(self, batch: Batch) -> None:
        known = await asyncio.to_thread(self._timeline)
        if "words" in known:
            data = json.dumps({"words": known["words"]}, ensure_ascii=False).encode()
            await batch.attach(data, "application/json", "timestamps.json", id_=self._ids["timestamps"])
        if kind := self._body.captions:
            data = known["captions"].encode()
            await batch.attach(data, MEDIA_TYPES[kind], f"captions.{kind}", id_=self._ids["captions"])

    def _usage(self) -> dict[str, int]:
        tokens = ceil(len(self._body.input) / CHARACTERS_PER_TOKEN)
        made = ceil(self._begun.frames / self._scene.rate * TOKENS_PER_SECOND)
        return {"input_tokens": tokens, "output_tokens": made, "total_tokens": tokens + made}

    def _timeline(self) -> dict[str, Any]:
        timeline, text = self._begun.timeline, self._body.input
        members: dict[str, Any] = {}
        if self._body.timestamps:
            members["words"] = [word.model_dump() for word in word_times(timeline.words, text)]
        if self._body.captions:
            speakers = Speakers.of(self._begun.plan)
            members["captions"] = captions(
                timeline, {"voice": text}, self._body.captions, self._duration_ms, speakers
            )
        if timeline.notices:
            members["notices"] = [notice.model_dump() for notice in timeline.notices]
        return members


def _event(members: dict[str, Any]) -> bytes:
    return f"data: {json.dumps(members, ensure_ascii=False)}\n\n".encode()
