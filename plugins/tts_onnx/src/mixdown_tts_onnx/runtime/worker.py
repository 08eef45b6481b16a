"""The supervisor of one model: its queue, its process while it has one, and what happens when that dies."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any, Literal, Self

from mixdown_kernel import Kind, Problem
from mixdown_kernel.backends import Logger
from mixdown_tts_onnx.engine import Piece, Utterance
from mixdown_tts_onnx.runtime.job import Job
from mixdown_tts_onnx.runtime.process import Event, Launch, ModelProcess, ProcessDied, problem_of

MAX_SECONDS = 600
"""Of one utterance: what a model that does not stop may fill our memory with."""
PATIENCE_SECONDS = 60.0
"""How long an engine may work on after nobody listens any more; then its process is ended."""
HANGING_SECONDS = 120.0
"""How long an utterance that hung a process is refused unheard."""
STRIKES = 2
"""So many processes may die over a job that they spoke alone, or while they load."""

State = Literal["unloaded", "loading", "loaded"]


class Worker:
    """Speaks with one model, in a process that is started when it is needed and ended when it is idle.

    When the process dies, what it was speaking is tried again by another one, each by itself, so that an utterance that
    kills takes nobody else along; one over which two processes died that had nothing else to do is refused. ``continues`` says that equal utterances
    give equal bits: then even speech that had begun goes on where it was.

    A process that gives nothing of an utterance for ``stall_seconds`` hangs: it is ended, that utterance is refused, and
    what it was speaking besides goes on in another one.
    """

    def __init__(
        self,
        name: str,
        launch: Launch,
        logger: Logger,
        *,
        idle_seconds: float,
        stall_seconds: float = 60.0,
        continues: bool,
        after: Worker | None = None,
    ) -> None:
        """``after`` is one whose model this one loads anew: only when that has gone, for there is never a second copy."""
        self._name = name
        self._launch = launch
        self._logger = logger
        self._idle_seconds = idle_seconds or None
        self._stall_seconds = stall_seconds
        self._after = after
        self._hanging: dict[str, float] = {}
        """Utterances that hung a process, and since when."""
        self._gone = asyncio.Event()
        self._retiring: asyncio.Task[None] | None = None
        self._continues = continues
        self._numbers = itertools.count()
        self._waiting: deque[Job] = deque()
        self._suspects: deque[Job] = deque()
        self._speaking: dict[int, Job] = {}
        self._process: ModelProcess | None = None
        self._life: asyncio.Task[None] | None = None
        self._closing = self._ending = False
        self.state: State = "unloaded"
        self.failure = self.last_death = ""
        self.loads = self.crashes = self.requests = 0
        self.load_seconds = 0.0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """End the process, and refuse those who wait. More than once is once."""
        self._closing = True
        if self._life is not None:
            if not self._ending:
                # A second cancellation would meet it while it waits for its process to be gone.
                self._ending = self._life.cancel()
            await asyncio.wait([self._life])
        self._refuse_all(_closing())
        self._gone.set()
        if self._retiring is not None and self._retiring is not asyncio.current_task():
            await asyncio.wait([self._retiring])  # its own end was only that of the life

    def retire(self) -> None:
        """Take no more, speak to the end what was begun, and close."""
        if not self._closing:
            self._closing = True
            self._retiring = asyncio.create_task(self._drain(), name=f"model {self._name} retires")

    async def _drain(self) -> None:
        if self._has_jobs and self._life is not None:
            await asyncio.wait([self._life])
        await self.close()

    @property
    def _has_jobs(self) -> bool:
        return bool(self._speaking or self._waiting or self._suspects)

    @property
    def pid(self) -> int | None:
        """Of the process, while the model is loaded."""
        return self._process.pid if self._process else None

    def preload(self) -> None:
        """Begin to load the model now."""
        self._ensure_life(wanted=True)

    async def speak(self, utterance: Utterance) -> AsyncIterator[Piece]:
        """The utterance's sound as it comes. `Problem` for what cannot be spoken, and where processes die over it.
        Closing the iterator stops the work."""
        if self._closing:
            raise _closing()
        self._check_hanging(utterance)
        job = Job(next(self._numbers), utterance)
        self.requests += 1
        self._waiting.append(job)
        self._ensure_life()
        self._dispatch()
        try:
            while (item := await job.arrived.get()) is not None:
                if isinstance(item, Exception):
                    raise item
                yield item
        finally:
            self._leave(job)

    def figures(self) -> dict[str, Any]:
        """For health."""
        process = self._process
        return {
            "state": self.state,
            "process": process.pid if process else None,
            "memory_bytes": process.memory_bytes() if process else 0,
            "load_seconds": round(self.load_seconds, 3),
            "loads": self.loads,
            "crashes": self.crashes,
            "last_death": self.last_death,
            "requests": self.requests,
            "speaking": len(self._speaking),
            "at_once": process.slots if process else self._launch.parallel,
            "queued": len(self._waiting) + len(self._suspects),
        }

    # ------------------------------------------------------------ jobs

    def _leave(self, job: Job) -> None:
        """Nobody listens any more: forget a job that waits, and tell the engine of one that it speaks."""
        if job.left:
            return
        job.left = True
        for queue in (self._waiting, self._suspects):
            with suppress(ValueError):
                queue.remove(job)
        if job.number in self._speaking and self._process is not None:
            process = self._process
            process.send({"do": "cancel", "job": job.number})
            loop = asyncio.get_running_loop()
            job.patience = loop.call_later(PATIENCE_SECONDS, process.interrupt)

    def _dispatch(self) -> None:
        """Give the process as much as it takes. After a crash, each suspect has it alone."""
        process = self._process
        if process is None:
            return
        while len(self._speaking) < process.slots:
            if self._suspects and not self._speaking:
                job, alone = self._suspects.popleft(), True
            elif self._waiting and not self._suspects:
                job, alone = self._waiting.popleft(), False
            else:
                return
            job.begin()
            self._speaking[job.number] = job
            try:
                process.send({"do": "speak", "job": job.number, "utterance": job.utterance})
            except (TypeError, ValueError) as error:  # what its family prepared is no JSON
                del self._speaking[job.number]
                job.end(error)
                continue
            if alone:
                return

    def _refuse_all(self, problem: Problem) -> None:
        for job in (*self._speaking.values(), *self._suspects, *self._waiting):
            job.end(problem)
        self._speaking.clear()
        self._suspects.clear()
        self._waiting.clear()

    # ------------------------------------------------------------ the process's life

    def _ensure_life(self, *, wanted: bool = False) -> None:
        if self._life is None or self._life.done():
            self._life = asyncio.create_task(self._live(wanted), name=f"model {self._name}")

    async def _live(self, wanted: bool) -> None:
        """Load, listen, recover; until nobody wants anything."""
        stillborn = 0
        while wanted or self._waiting or self._suspects:
            wanted = False
            try:
                await self._load()
                stillborn = 0
            except ProcessDied as error:
                stillborn += 1
                self.failure = f"its process died while it loaded the model: {error}"
                self._logger.warning("%s: %s", self._name, self.failure)
                if stillborn == STRIKES:
                    self._refuse_all(_died_loading(self._name, error))
                continue
            except Problem as problem:
                self.failure = problem.message
                self._refuse_all(problem)
                return
            finally:
                self.state = "loaded" if self._process else "unloaded"
            await self._serve()

    async def _load(self) -> None:
        self.state = "loading"
        if self._after is not None:
            await self._after._gone.wait()
            self._after = None
        began = time.monotonic()
        self._process = await ModelProcess.start(self._launch, self._logger)
        self.load_seconds = time.monotonic() - began
        self.loads += 1
        self.failure = ""
        self._logger.info(
            "loaded %s in %.1f s (process %d)", self._name, self.load_seconds, self._process.pid
        )

    async def _serve(self) -> None:
        """Listen to the process until it is idle or dead; afterwards it is gone."""
        process = self._process
        assert process is not None  # noqa: S101 - it was just loaded
        try:
            self._dispatch()
            while (self._has_jobs or not self._closing) and await self._heard(process):
                self._dispatch()
            self._process, self.state = None, "unloaded"  # from here on jobs wait for the next one
            await process.stop()
            self._logger.info("unloaded %s", self._name)
        except ProcessDied as error:
            self._process, self.state = None, "unloaded"
            await process.kill()
            self.crashes += 1
            self.last_death = str(error)
            self._logger.warning("the process of %s died: %s", self._name, error)
            if isinstance(error, _Hangs) and len(error.jobs) == 1:
                self._refuse(error.jobs[0])
            self._recover(error)
        finally:
            self._process, self.state = None, "unloaded"
            await process.kill()

    async def _heard(self, process: ModelProcess) -> bool:
        """Take one event; False where there was none for so long that the model shall be unloaded. Raises `_Hangs`."""
        try:
            self._take(await process.receive(self._patience()))
        except TimeoutError:
            self._check_stall()
            return bool(self._speaking)
        except (LookupError, TypeError, ValueError) as error:  # words of a shape of their own, say
            raise ProcessDied("it sent what nobody understands") from error
        return True

    def _patience(self) -> float | None:
        """Seconds until an utterance has stalled; without any, until nobody has used the model for long."""
        if not self._speaking:
            return self._idle_seconds
        longest = min(job.stirred for job in self._speaking.values()) + self._stall_seconds
        return max(0.0, longest - time.monotonic())

    def _check_stall(self) -> None:
        now = time.monotonic()
        stalled = [job for job in self._speaking.values() if now - job.stirred >= self._stall_seconds]
        if stalled:
            raise _Hangs(f"it gave no sound for {self._stall_seconds:g} s", stalled)

    def _refuse(self, job: Job) -> None:
        """One that hangs its process."""
        del self._speaking[job.number]
        self._hanging[repr(job.utterance)] = time.monotonic()
        job.end(None if job.left else _hangs(self._name, self._stall_seconds))

    def _check_hanging(self, utterance: Utterance) -> None:
        """Refuse it at once to who tries again at once: others wait behind it."""
        since = time.monotonic() - HANGING_SECONDS
        self._hanging = {one: when for one, when in self._hanging.items() if when > since}
        if self._hanging and repr(utterance) in self._hanging:
            raise _hangs(self._name, self._stall_seconds)

    def _take(self, event: Event) -> None:
        job = self._speaking.get(event.data["job"])
        if job is None:
            return
        kind = event.data["event"]
        if kind == "piece":
            if not job.left:
                job.accept(event)
                if job.frames > MAX_SECONDS * event.data["rate"]:  # whether anybody takes them or not
                    self._leave(job)
                    job.arrived.put_nowait(_too_long(self._name))
            return
        problem = problem_of(event.data["error"]) if kind == "error" else None
        del self._speaking[job.number]
        job.end(problem)

    def _recover(self, error: ProcessDied) -> None:
        """Try again what the dead process was speaking, one by one."""
        speaking, self._speaking = [*self._speaking.values()], {}
        alone = len(speaking) == 1
        again = []
        for job in speaking:
            job.strikes += alone  # in company it may be another's doing
            if job.left:
                job.end()
            elif job.strikes == STRIKES or (job.frames and not self._continues):
                job.end(_died_speaking(self._name, error))
            else:
                again.append(job)
        self._suspects.extendleft(reversed(again))


class _Hangs(ProcessDied):
    """It gives nothing of some utterances any more."""

    def __init__(self, message: str, jobs: list[Job]) -> None:
        super().__init__(message)
        self.jobs = jobs


def _closing() -> Problem:
    return Problem(
        Kind.UNAVAILABLE, "closing", "The voice is being closed.", hint="Try again.", retry_after=1.0
    )


def _hangs(name: str, seconds: float) -> Problem:
    return Problem(
        Kind.UNAVAILABLE,
        "model_hangs",
        f"{name} gave no sound of this utterance for {seconds:g} s, and was ended.",
        hint="Shorten or change the text; on a slow machine raise `stall_seconds` in the settings.",
        retry_after=1.0,
    )


def _died_loading(name: str, error: ProcessDied) -> Problem:
    return Problem(
        Kind.UNAVAILABLE,
        "model_died",
        f"The process of {name} died while it loaded the model: {error}.",
        hint="Run `mixdown models verify`; where memory is short, choose a smaller variant.",
        retry_after=5.0,
    )


def _died_speaking(name: str, error: ProcessDied) -> Problem:
    return Problem(
        Kind.UNAVAILABLE,
        "model_died",
        f"The process of {name} died over this utterance: {error}.",
        hint="Try again; where one text always fails, change it or choose another voice.",
        retry_after=1.0,
    )


def _too_long(name: str) -> Problem:
    return Problem(
        Kind.TOO_LARGE,
        "speech_too_long",
        f"{name} speaks no utterance of more than {MAX_SECONDS} s.",
        field="text",
        hint="Split the text into sentences.",
    )
