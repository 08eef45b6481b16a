"""One stream from its first message to its close: what the client asks for, and the sound at its pace."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import AsyncExitStack
from typing import Any

from mixdown_api.edge.failures import as_problem
from mixdown_api.live.layers import check, made
from mixdown_api.live.pacing import Allowance, Clock
from mixdown_api.live.protocol import (
    Close,
    CloseStream,
    Configure,
    Interrupt,
    Order,
    RemoveLayer,
    Unreadable,
    UpdateLayer,
    chunk,
    configured,
    error,
    read,
    told,
)
from mixdown_api.live.wire import Closing, Left, Wire
from mixdown_api.scenes.layers_schemas import LayerBody
from mixdown_api.service import Service
from mixdown_kernel import Encoder, Encoding, EncodingBackend, Kind, Live, Problem, invalid, to_ms
from mixdown_kernel.streams import unwrap

log = logging.getLogger("mixdown.live")

MAX_LAYERS = 32
MESSAGES_PER_SECOND, MESSAGES_AT_ONCE = 20.0, 40.0
MOST_REFUSED = 40
"""Messages beyond the allowance before the stream is closed."""
MOST_UNREADABLE = 5


class Session:
    """Reads in one task and plays in another; leaving `run` ends both and all that they began."""

    def __init__(self, service: Service, wire: Wire, request_id: str | None) -> None:
        self._service = service
        self._wire = wire
        self._request_id = request_id
        self._format = Configure()
        self._live: Live | None = None
        self._begun = asyncio.Event()
        self._stack = AsyncExitStack()
        self._clock = Clock(self._format.block_ms / 1000)
        self._allowance = Allowance(MESSAGES_PER_SECOND, MESSAGES_AT_ONCE)
        self._unreadable = 0
        self._named: dict[str, int] = {}
        self._heard = time.monotonic()
        self.code: int | None = None
        """With which it was, or is being, closed."""

    @property
    def given(self) -> int:
        """Frames that have left."""
        return 0 if self._live is None else self._live.given

    @property
    def late(self) -> int:
        """Blocks that left more than a block too late."""
        return self._clock.late

    async def run(self) -> None:
        """Until somebody closes."""
        try:
            async with self._stack, asyncio.TaskGroup() as group:
                group.create_task(self._wire.watch())
                group.create_task(self._play())
                group.create_task(self._listen())
        except BaseExceptionGroup as errors:
            ending = unwrap(errors)
            if isinstance(ending, Left):
                self.code = ending.code
                return
            closing = ending if isinstance(ending, Closing) else await self._failed(ending)
            self.code = closing.code
            await self._wire.close(closing.code, closing.reason)

    async def _failed(self, failure: BaseException) -> Closing:
        if not isinstance(failure, Exception):
            raise failure
        problem = as_problem(failure)
        try:
            await self._wire.tell(error(problem, self._request_id))
        except (Closing, Left):
            log.debug("nobody heard of it")
        return Closing(Close.INTERNAL, problem.code)

    # ------------------------------------------------------------ what the client says

    async def _listen(self) -> None:
        while True:
            text = await self._wire.receive()
            self._heard = time.monotonic()
            try:
                if not self._allowance.take():
                    raise self._flooded()
                await self._obey(read(text))
            except Unreadable as nonsense:
                await self._wire.tell(error(nonsense.problem, self._request_id))
                self._unreadable += 1
                if self._unreadable >= MOST_UNREADABLE:
                    raise Closing(Close.POLICY, "too many unreadable messages") from None
            except Problem as problem:
                await self._wire.tell(error(problem, self._request_id))

    def _flooded(self) -> Problem:
        if self._allowance.refused > MOST_REFUSED:
            raise Closing(Close.POLICY, "too many messages")
        message = f"More than {MESSAGES_PER_SECOND:g} messages a second; this one was not read."
        return Problem(Kind.RATE_LIMITED, "too_many_messages", message)

    async def _obey(self, order: Order | LayerBody) -> None:
        match order:
            case Configure():
                await self._configure(order)
            case UpdateLayer():
                self._update(order)
            case RemoveLayer():
                self._running.remove(order.id, fade_ms=order.fade_ms)
            case Interrupt():
                if self._live is not None:
                    self._live.interrupt()
            case CloseStream():
                raise Closing(Close.NORMAL, "as asked for")
            case _:
                await self._add(order)

    @property
    def _running(self) -> Live:
        if self._live is None:
            raise Problem(Kind.NOT_FOUND, "unknown_layer", "The stream has no layer yet.", field="id")
        return self._live

    def _update(self, order: UpdateLayer) -> None:
        if order.volume is None and order.pan is None:
            raise invalid("missing_volume", "An update has a volume, a pan, or both.", field="volume")
        volume = None if order.volume is None else order.volume / 100
        pan = None if order.pan is None else order.pan / 100
        self._running.update(order.id, volume=volume, pan=pan, glide_ms=order.glide_ms)

    async def _configure(self, order: Configure) -> None:
        if self._live is not None:
            raise Problem(
                Kind.CONFLICT, "already_streaming", "A stream is configured before its first layer."
            )
        self._format = order

    async def _add(self, body: LayerBody) -> None:
        check(body, self._service.settings.speech_max_characters)
        if self._live is not None and self._live.layers >= MAX_LAYERS:
            message = f"A stream has at most {MAX_LAYERS} layers at once."
            raise invalid("too_many_layers", message, allowed=[1, MAX_LAYERS])
        id_, number = (body.id, 0) if body.id else self._name(body.type)
        await self._service.kernel.ready()
        layer, complete = made(self._service, id_, body)
        live = self._live or await self._begin()
        live.add(layer, complete)
        self._named[body.type] = max(number, self._named.get(body.type, 0))

    def _name(self, type_: str) -> tuple[str, int]:
        """The type, numbered from the second on; unlike a scene, a stream never gives a name twice."""
        number = self._named.get(type_, 0)
        while True:
            number += 1
            name = type_ if number == 1 else f"{type_}-{number}"
            if self._live is None or not self._live.has(name):
                return name, number

    # ------------------------------------------------------------ what the client hears

    async def _begin(self) -> Live:
        wanted, kernel = self._format, self._service.kernel
        await kernel.ready()
        live = kernel.live(
            rate=wanted.rate, channels=wanted.channels, block_ms=wanted.block_ms, seed=wanted.seed
        )
        self._live = await self._stack.enter_async_context(live)
        self._clock = Clock(wanted.block_ms / 1000)
        await self._wire.tell(configured(wanted, live.seed))
        self._begun.set()
        return live

    async def _play(self) -> None:
        await self._first_layer()
        live, wanted = self._running, self._format
        backend: EncodingBackend = self._service.kernel.backend("encoding")
        encoder = backend.encoder(Encoding(format="pcm"), wanted.rate, wanted.channels, seekable=False)
        while True:
            await self._report(live)
            if not live.sounding:
                self._clock.stop()
                await self._wait(live)
            elif (left := self._clock.left()) > 0:
                await live.stirred(left)
            else:
                await self._send_block(live, encoder)

    async def _first_layer(self) -> None:
        while not self._begun.is_set():
            try:
                async with asyncio.timeout(self._idle_left()):
                    await self._begun.wait()
            except TimeoutError:
                self._check_idle()

    async def _wait(self, live: Live) -> None:
        """For a layer that is being prepared, or for the next message."""
        if not await live.stirred(self._idle_left()) and not live.layers:
            self._check_idle()

    def _idle_left(self) -> float:
        return max(0.05, self._heard + self._service.settings.stream_idle_seconds - time.monotonic())

    def _check_idle(self) -> None:
        if time.monotonic() - self._heard >= self._service.settings.stream_idle_seconds:
            raise Closing(Close.IDLE, "nothing to hear, and nothing said")

    async def _send_block(self, live: Live, encoder: Encoder) -> None:
        timestamp_ms = to_ms(live.given, live.rate)
        pcm = encoder.encode(await live.block())
        await self._report(live)
        held_up = await self._wire.send(pcm if self._format.binary else chunk(pcm, timestamp_ms))
        self._heard = time.monotonic()
        if paused := self._clock.sent(held_up):
            members: dict[str, Any] = {"event": "paused", "timestamp_ms": to_ms(live.given, live.rate)}
            await self._wire.tell({**members, "paused_ms": round(paused * 1000)})

    async def _report(self, live: Live) -> None:
        for event in live.news():
            await self._wire.tell(told(event, live.rate, self._request_id))
