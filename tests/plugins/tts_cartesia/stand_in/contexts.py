"""A WebSocket session: contexts side by side, the inputs of each one after the other."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, field
from typing import Any

from fastapi import WebSocket
from starlette.websockets import WebSocketDisconnect

from . import rules
from .faults import Fault
from .performance import Cut, Raw, check_names, error_event, events_of, performed, refuse, take_place
from .rules import CHANGING_INPUT, Refused
from .speech import seconds_of
from .state import StandIn


@dataclass
class Context:
    """What is known of a context. ``members`` must stay what they were."""

    id: str
    members: dict[str, Any]
    fault: Fault | None
    inputs: asyncio.Queue[dict[str, Any]] = field(default_factory=asyncio.Queue)
    task: asyncio.Task[None] | None = None
    seconds: float = 0.0
    flushes: int = 0
    spoken_at: float | None = None
    over: bool = False


class Session:
    """One connection."""

    def __init__(self, state: StandIn, connection: WebSocket, version: str) -> None:
        self._state = state
        self._connection = connection
        self._version = version
        self._contexts: dict[str, Context] = {}

    async def run(self) -> None:
        self._state.sockets += 1
        try:
            while (text := await self._received()) is not None:
                await self._take(text)
            await self._connection.close(1000, "idle")
        except WebSocketDisconnect:
            pass
        finally:
            self._state.sockets -= 1
            for context in self._contexts.values():
                self._stop(context)

    async def _received(self) -> str | None:
        """The next message; None after a while in which nobody said anything. How long that is may change meanwhile."""
        since = time.monotonic()
        while True:
            try:
                async with asyncio.timeout(0.02):
                    return await self._connection.receive_text()
            except TimeoutError:
                if not self._state.active and time.monotonic() - since > self._state.idle_seconds:
                    return None

    async def _take(self, text: str) -> None:
        context_id = None
        try:
            message = json.loads(text)
            context_id = message.get("context_id")
            if "cancel" in message:
                await self._cancel(message)
            else:
                self._input(message)
        except ValueError:
            error = Refused(400, None, "Invalid request", "no JSON")
            await self._send(error_event(error, self._version))
        except Refused as error:
            common = {"context_id": context_id} if context_id else {}
            await self._send(error_event(error, self._version, **common))

    async def _cancel(self, message: dict[str, Any]) -> None:
        if set(message) != {"context_id", "cancel"} or message["cancel"] is not True:
            raise Refused(400, None, "Invalid request", "cancel is true, with a context_id")
        context = self._contexts.get(message["context_id"])
        if context is None or context.over:
            raise Refused(400, "context_not_found", "Context not found", "it is over")
        self._stop(context)
        await self._send({"type": "done", "done": True, "status_code": 200, "context_id": context.id})

    def _input(self, message: dict[str, Any]) -> None:
        self._state.requests.append({"on": rules.SOCKET, "version": self._version, **message})
        rules.check(message, rules.SOCKET, self._version)
        check_names(self._state, message)
        members = {name: value for name, value in message.items() if name not in CHANGING_INPUT}
        context = self._contexts.get(message["context_id"])
        if context is None:
            context = self._begin(message["context_id"], members)
        self._check_alive(context)
        if context.members != members:
            raise Refused(400, None, "Invalid request", "the inputs of a context differ in their members")
        context.inputs.put_nowait(message)

    def _begin(self, id_: str, members: dict[str, Any]) -> Context:
        fault = self._state.fault()
        refuse(fault)
        take_place(self._state, id_)
        context = self._contexts[id_] = Context(id_, members, fault)
        context.task = asyncio.create_task(self._perform(context))
        return context

    def _check_alive(self, context: Context) -> None:
        silent = context.spoken_at is not None and time.monotonic() - context.spoken_at
        if context.over or (silent and silent > self._state.context_seconds):
            context.over = True
            self._state.active.discard(context.id)
            raise Refused(400, "context_expired", "Context expired", "1 s after its last audio")

    async def _perform(self, context: Context) -> None:
        more = True
        while more:
            message = await context.inputs.get()
            more = bool(message.get("continue"))
            if message["transcript"] and not await self._speak(context, message):
                return
            if message.get("flush"):
                context.flushes += 1
                await self._send(
                    self._event(context, "flush_done", flush_done=True, flush_id=context.flushes)
                )
        self._end(context)
        await self._send({**self._event(context, "done"), "done": True})

    async def _speak(self, context: Context, message: dict[str, Any]) -> bool:
        """Whether the context goes on."""
        self._state.active.add(context.id)
        if context.fault is Fault.NO_CONTEXT:
            await self._send(error_event(Refused(500, None, "Internal error", "somewhere"), self._version))
        work = performed(self._state, context.id, message, context.fault)
        async for event in events_of(message, work, offset=context.seconds, context_id=context.id):
            if isinstance(event, Cut):
                await self._connection.close(1011, "cut")
                return False
            await (self._connection.send_text(event) if isinstance(event, Raw) else self._send(event))
            if not isinstance(event, Raw) and event["type"] == "error":
                self._end(context)
                return False
        context.seconds += seconds_of(message)
        context.spoken_at = time.monotonic()
        if message.get("continue"):
            self._state.active.add(context.id)
        return True

    def _event(self, context: Context, type_: str, **members: Any) -> dict[str, Any]:
        return {"type": type_, "done": False, "status_code": 206, "context_id": context.id, **members}

    def _end(self, context: Context) -> None:
        context.over = True
        self._state.active.discard(context.id)

    def _stop(self, context: Context) -> None:
        self._end(context)
        if context.task is not None:
            context.task.cancel()

    async def _send(self, event: dict[str, Any]) -> None:
        await self._connection.send_text(json.dumps(event))
