"""Our end of a child process that holds a model (see `mixdown_tts_onnx.runtime.child` for the protocol)."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import struct
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from mixdown_kernel import Kind, Problem
from mixdown_kernel.backends import Logger

CHILD = Path(__file__).with_name("child.py")
HEADER = struct.Struct("<II")
PIPE_BYTES = 1 << 20
MAX_FRAME_BYTES = 1 << 28
STOP_SECONDS = 2.0
ENVIRONMENT = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PATH", "TMPDIR", "LANG", "LC_ALL")
ENVIRONMENT_PREFIXES = ("CUDA_", "NVIDIA_", "OMP_", "KMP_", "ORT_", "ROCM_", "HIP_")
"""All that a child sees of our environment, which holds keys: what interpreters and execution providers read."""


class ProcessDied(Exception):
    """The child ended, or hung, before it had answered."""


@dataclass(frozen=True, slots=True)
class Launch:
    """What a child loads, and how. Plain JSON but for the path."""

    engine: str
    directory: Path
    options: Mapping[str, Any]
    parallel: int
    load_seconds: float

    def order(self) -> dict[str, Any]:
        return {
            "path": [entry or os.getcwd() for entry in sys.path],
            "engine": self.engine,
            "directory": str(self.directory),
            "options": dict(self.options),
            "parallel": self.parallel,
        }


@dataclass(frozen=True, slots=True)
class Event:
    """A frame of the child: ``data["event"]`` says what it is."""

    data: dict[str, Any]
    samples: bytes


class ModelProcess:
    """One child with its model loaded. What it writes on standard error goes to ``logger``."""

    def __init__(self, process: asyncio.subprocess.Process, logger: Logger) -> None:
        if process.stdin is None or process.stdout is None or process.stderr is None:
            raise ValueError("a child needs all its pipes")
        self._process = process
        self._orders = process.stdin
        self._events = process.stdout
        self._logger = logger
        self._listening = asyncio.create_task(self._listen(process.stderr))
        self.slots = 1

    @classmethod
    async def start(cls, launch: Launch, logger: Logger) -> Self:
        """A child that is ready. `Problem` for what its engine refuses, `ProcessDied` where it does not say why."""
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-I",
                str(CHILD),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                limit=PIPE_BYTES,
                env=_environment(),
            )
        except OSError as error:
            raise ProcessDied("it could not be started") from error
        child = cls(process, logger)
        try:
            child.send(launch.order())
            await child._greet(launch.load_seconds)
        except BaseException:
            await child.kill()
            raise
        return child

    async def _greet(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                event = await self.receive()
        except TimeoutError:
            raise ProcessDied(f"it did not load its model within {seconds:g} s") from None
        if event.data["event"] == "refused":
            raise problem_of(event.data["error"])
        self.slots = event.data["slots"]

    @property
    def pid(self) -> int:
        return self._process.pid

    def send(self, message: Mapping[str, Any]) -> None:
        """Messages are short: nobody waits until they are read. One to a dead child is lost; `receive` tells of that."""
        body = json.dumps(message, separators=(",", ":")).encode()
        if not self._orders.is_closing():
            with suppress(ConnectionError, RuntimeError):  # asyncio's word for a closed pipe, and uvloop's
                self._orders.write(HEADER.pack(len(body), 0) + body)

    async def receive(self, idle_seconds: float | None = None) -> Event:
        """The next event. TimeoutError where none begins within ``idle_seconds``; `ProcessDied`."""
        try:
            async with asyncio.timeout(idle_seconds):
                header = await self._events.readexactly(HEADER.size)
            lengths = HEADER.unpack(header)
            if sum(lengths) > MAX_FRAME_BYTES:
                raise ProcessDied("it sent what nobody understands")
            body, samples = [await self._events.readexactly(length) for length in lengths]
        except (asyncio.IncompleteReadError, ConnectionError):
            raise ProcessDied(await self._obituary()) from None
        return Event(json.loads(body), samples)

    async def _obituary(self) -> str:
        """How it ended. It is killed where it has only closed its pipe."""
        with suppress(TimeoutError):
            async with asyncio.timeout(STOP_SECONDS):
                await self._process.wait()
        code = self._process.returncode
        if code is None:
            return "it closed its pipe"
        if code < 0:
            name = signal.Signals(-code).name if -code in [*signal.Signals] else f"signal {-code}"
            return (
                f"it was ended by {name}{', perhaps for want of memory' if code == -signal.SIGKILL else ''}"
            )
        return f"it ended with status {code}"

    def memory_bytes(self) -> int | None:
        """Resident memory, where the system tells it."""
        try:
            pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        except (OSError, ValueError, IndexError):
            return None
        return pages * os.sysconf("SC_PAGE_SIZE")

    async def stop(self) -> None:
        """Let it close its engine; kill it where that takes long."""
        self._orders.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(STOP_SECONDS):
                await self._drain()
                await self._process.wait()
        await self.kill()

    async def kill(self) -> None:
        """Returns when it is gone: no second copy of a model is ever loaded beside it."""
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.kill()
        # asyncio's wait() also waits for the pipes to end, and one that is full is not read: empty it first.
        await self._drain()
        await self._process.wait()
        await asyncio.wait([self._listening], timeout=STOP_SECONDS)  # somebody it started may hold the pipe
        self._listening.cancel()

    def interrupt(self) -> None:
        """Kill without waiting; whoever receives hears that it died."""
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.kill()

    async def _drain(self) -> None:
        with suppress(ConnectionError):
            while await self._events.read(PIPE_BYTES):
                pass

    async def _listen(self, stderr: asyncio.StreamReader) -> None:
        with suppress(ConnectionError):
            while block := await stderr.read(4096):
                self._logger.warning("process %d: %s", self.pid, block.decode(errors="replace").rstrip())


def problem_of(members: Mapping[str, Any]) -> Problem:
    """A `Problem` of `mixdown_tts_onnx.errors.EngineError.members`."""
    return Problem(
        Kind(members["kind"]),
        members["code"],
        members["message"],
        field=members["field"],
        allowed=members["allowed"],
        hint=members["hint"],
    )


def _environment() -> dict[str, str]:
    return {
        name: value
        for name, value in os.environ.items()
        if name in ENVIRONMENT or name.startswith(ENVIRONMENT_PREFIXES)
    }
