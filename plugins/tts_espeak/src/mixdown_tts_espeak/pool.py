"""Child processes that answer requests, one at a time each."""

from __future__ import annotations

import asyncio
import json
import os
import struct
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from mixdown_kernel import Health, Kind, Problem
from mixdown_kernel.backends import Logger
from mixdown_tts_espeak.settings import Installation

ENGINE = Path(__file__).with_name("engine.py")
ANSWER_SECONDS = 60.0
PIPE_BYTES = 1 << 20
LOADER_VARIABLES = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
"""All that a child sees of our environment: some interpreters do not start without them."""


class ChildDied(Exception):
    """The child ended, or hung, before it had answered."""


@dataclass(frozen=True, slots=True)
class Answer:
    """``data`` depends on the task; ``pcm`` is int16 mono."""

    data: dict[str, Any]
    pcm: bytes


class Child:
    """One running engine (see `mixdown_tts_espeak.engine` for the protocol)."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        if process.stdin is None or process.stdout is None:
            raise ValueError("a child needs both pipes")
        self._process = process
        self._requests = process.stdin
        self._answers = process.stdout
        self.greeting: dict[str, Any] = {}

    @classmethod
    async def start(cls, installation: Installation) -> Self:
        """Raises `Problem` for what the engine refuses, `ChildDied` where it does not even say why."""
        command = (sys.executable, "-I", "-S", str(ENGINE), str(installation.library), str(installation.data))
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                limit=PIPE_BYTES,
                env={name: os.environ[name] for name in LOADER_VARIABLES if name in os.environ},
            )
        except OSError as error:
            raise ChildDied("it could not be started") from error
        child = cls(process)
        try:
            child.greeting = (await child._receive()).data
        except BaseException:
            await child.stop()
            raise
        return child

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.returncode is None

    async def ask(self, request: dict[str, Any]) -> Answer:
        """Raises `ChildDied`; `Problem` for what the engine refuses. A child that was not heard out is useless."""
        body = json.dumps(request).encode()
        if not self.alive or self._requests.is_closing():
            raise ChildDied("it had ended")
        try:
            self._requests.write(struct.pack("<I", len(body)) + body)
            await self._requests.drain()
        except (ConnectionError, RuntimeError) as error:  # asyncio's word for a closed pipe, and uvloop's
            raise ChildDied("it had ended") from error
        return await self._receive()

    async def _receive(self) -> Answer:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                sizes = struct.unpack("<II", await self._answers.readexactly(8))
                body, pcm = [await self._answers.readexactly(size) for size in sizes]
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise ChildDied("it ended without an answer") from error
        except TimeoutError as error:
            raise ChildDied(f"it gave no answer within {ANSWER_SECONDS:g} s") from error
        data = json.loads(body)
        if "error" in data:
            raise Problem(Kind.UNAVAILABLE, "espeak_failed", f"espeak-ng refused: {data['error']}.")
        return Answer(data, pcm)

    async def stop(self) -> None:
        if self.alive:
            self._process.kill()
        # asyncio's wait() also waits for the pipes to end, and one that is full is not read: empty it first.
        with suppress(ConnectionError):
            while await self._answers.read(PIPE_BYTES):
                pass
        await self._process.wait()


Job = tuple[dict[str, Any], "asyncio.Future[Answer]"]


class Pool:
    """``size`` children behind one queue, first come, first served.

    A child that dies is replaced, and what it was doing is tried once more. A request that nobody waits for any
    more is dropped while it queues; one that has begun is finished and thrown away, which takes less time than
    a new child (the engine's work is bounded: see the limits in `speech` and `engine`).
    """

    def __init__(self, installation: Installation, size: int, logger: Logger) -> None:
        self._installation = installation
        self._size = size
        self._logger = logger
        self._jobs: asyncio.Queue[Job] = asyncio.Queue()
        self._children: list[Child] = []
        self._workers: list[asyncio.Task[None]] = []
        self._requests = 0
        self._restarts = 0
        self._failure = ""

    @property
    def greeting(self) -> dict[str, Any]:
        """What the engine says of itself: version, rate (Hz), voices, variants."""
        return self._children[0].greeting

    @property
    def pids(self) -> list[int]:
        return [child.pid for child in self._children]

    async def __aenter__(self) -> Self:
        try:
            for _ in range(self._size):
                self._children.append(await Child.start(self._installation))
        except BaseException as error:
            await self._stop_children()
            if isinstance(error, ChildDied):
                raise _unavailable(error) from error
            raise
        self._workers = [asyncio.create_task(self._work(slot)) for slot in range(self._size)]
        return self

    async def __aexit__(self, *_: object) -> None:
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)
        while not self._jobs.empty():
            self._jobs.get_nowait()[1].cancel()
        await self._stop_children()

    async def _stop_children(self) -> None:
        await asyncio.gather(*(child.stop() for child in self._children))

    async def ask(self, request: dict[str, Any]) -> Answer:
        """Raises `Problem` (``unavailable``) where two children in a row died over the request."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._jobs.put_nowait((request, answer))
        return await answer

    async def _work(self, slot: int) -> None:
        while True:
            request, answer = await self._jobs.get()
            if answer.done():
                continue
            self._requests += 1
            try:
                result = await self._ask(slot, request)
            except Exception as error:
                if not answer.done():
                    answer.set_exception(error)
            except asyncio.CancelledError:
                answer.cancel()
                raise
            else:
                if not answer.done():
                    answer.set_result(result)

    async def _ask(self, slot: int, request: dict[str, Any]) -> Answer:
        try:
            return await self._children[slot].ask(request)
        except ChildDied:
            await self._restart(slot)
        try:
            return await self._children[slot].ask(request)
        except ChildDied as error:
            raise _unavailable(error) from error

    async def _restart(self, slot: int) -> None:
        self._restarts += 1
        self._logger.warning("espeak process %d died; starting another", self._children[slot].pid)
        await self._children[slot].stop()
        try:
            self._children[slot] = await Child.start(self._installation)
        except ChildDied as error:
            self._failure = f"no process starts: {error}"
            raise _unavailable(error) from error
        self._failure = ""

    def health(self) -> Health:
        alive = sum(child.alive for child in self._children)
        return Health(
            ok=not self._failure,
            detail=self._failure or f"{alive} of {self._size} processes alive",
            figures={
                "processes_alive": alive,
                "processes": self._size,
                "restarts": self._restarts,
                "requests": self._requests,
                "queued": self._jobs.qsize(),
            },
        )


def _unavailable(error: ChildDied) -> Problem:
    return Problem(
        Kind.UNAVAILABLE,
        "espeak_died",
        f"The espeak-ng process failed: {error}.",
        hint="Try again; where one text always fails, change it or choose another voice.",
        retry_after=1.0,
    )
