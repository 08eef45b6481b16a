"""The child process: holds one loaded model and speaks. Run as a script, never imported.

    python -I child.py

Protocol, little-endian, both ways: u32 length of JSON, u32 length of samples, JSON, samples (float32 mono).
First comes ``{"path": sys.path, "engine": "module:function", "directory": …, "options": {…}, "parallel": n}``; the answer is
``{"event": "ready", "slots": n}`` or ``{"event": "refused", "error": {…}}``. Then ``{"do": "speak", "job": n, "utterance": {…}}``
and ``{"do": "cancel", "job": n}``, answered by ``piece`` events and one of ``end`` and ``error`` for every job, whatever
becomes of it. End of input ends the process.

One thread reads, others speak. Whatever is written on standard output by anybody else goes to standard error, which our
parent logs.
"""

from __future__ import annotations

import faulthandler
import json
import os
import queue
import resource
import signal
import struct
import sys
import threading
import traceback

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any, BinaryIO

    from mixdown_tts_onnx.engine import BatchEngine, Engine, Options, Piece, Utterance
    from mixdown_tts_onnx.errors import EngineError

HEADER = struct.Struct("<II")
FIRST_TO_BE_KILLED = b"500"
"""Of -1000 to 1000: where memory runs out, the system takes this process and not its parent."""


class Wire:
    """Frames on two files; writing is safe from several threads."""

    def __init__(self, source: BinaryIO, sink: BinaryIO) -> None:
        self._source = source
        self._sink = sink
        self._lock = threading.Lock()

    def receive(self) -> dict[str, Any] | None:
        """None at the end of input."""
        header = self._source.read(HEADER.size)
        if len(header) < HEADER.size:
            return None
        body_length, _ = HEADER.unpack(header)
        body = self._source.read(body_length)
        if len(body) < body_length:
            return None
        message: dict[str, Any] = json.loads(body)
        return message

    def send(self, message: dict[str, Any], samples: bytes = b"") -> None:
        body = json.dumps(message, separators=(",", ":")).encode()
        with self._lock:
            self._sink.write(HEADER.pack(len(body), len(samples)))
            self._sink.write(body)
            self._sink.write(samples)
            self._sink.flush()

    def send_piece(self, job: int, piece: Piece) -> None:
        import numpy as np

        samples = np.ascontiguousarray(piece.samples, dtype="<f4")
        if samples.ndim != 1:
            raise ValueError(f"a piece has samples of shape (frames,), not {samples.shape}")
        self.send({"event": "piece", "job": job, "rate": piece.rate, "words": piece.words}, samples.tobytes())

    def send_end(self, job: int, error: BaseException | None = None) -> None:
        if error is None:
            self.send({"event": "end", "job": job})
        else:
            self.send({"event": "error", "job": job, "error": members(error)})


def members(error: BaseException) -> dict[str, Any]:
    """An exception as `mixdown_tts_onnx.errors.EngineError.members`; what is not one is also logged."""
    from mixdown_tts_onnx.errors import EngineError

    if isinstance(error, EngineError):
        return error.members()
    traceback.print_exception(error, file=sys.stderr)
    sys.stderr.flush()
    if isinstance(error, MemoryError):
        return EngineError(
            "out_of_memory", "There is not enough memory.", hint="Choose a smaller model."
        ).members()
    return EngineError(
        "engine_failed", f"The engine failed ({type(error).__name__}).", kind="upstream", hint="Try again."
    ).members()


class Jobs:
    """What waits to be spoken, and what nobody wants to hear any more. Meets `mixdown_tts_onnx.engine.Waiting`."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[tuple[int, Utterance]] = queue.SimpleQueue()
        self._dropped: set[int] = set()
        self._unended: set[int] = set()

    @property
    def idle(self) -> bool:
        return not self._unended

    def put(self, job: int, utterance: Utterance) -> None:
        self._unended.add(job)
        self._queue.put((job, utterance))

    def next(self) -> tuple[int, Utterance]:
        return self._queue.get()

    def take(self, limit: int) -> Sequence[tuple[int, Utterance]]:
        taken: list[tuple[int, Utterance]] = []
        while len(taken) < limit:
            try:
                taken.append(self._queue.get_nowait())
            except queue.Empty:
                break
        return taken

    def drop(self, job: int) -> None:
        self._dropped.add(job)

    def dropped(self, job: int) -> bool:
        return job in self._dropped

    def forget(self, job: int) -> None:
        self._unended.discard(job)
        self._dropped.discard(job)


def speak_singly(engine: Engine, jobs: Jobs, wire: Wire) -> None:
    """One utterance after the other, for ever."""
    while True:
        job, utterance = jobs.next()
        error = None
        try:
            _speak(engine, job, utterance, jobs, wire)
        except Exception as raised:
            error = raised
        jobs.forget(job)
        wire.send_end(job, error)


def _speak(engine: Engine, job: int, utterance: Utterance, jobs: Jobs, wire: Wire) -> None:
    if jobs.dropped(job):
        return
    pieces: Iterator[Piece] = engine.speak(utterance)
    try:
        for piece in pieces:
            if jobs.dropped(job):
                return
            wire.send_piece(job, piece)
    finally:
        close = getattr(pieces, "close", None)
        if close is not None:
            close()


class Together:
    """Utterances in batches, for ever. It keeps the books: every job that the engine took is ended once."""

    def __init__(self, engine: BatchEngine, jobs: Jobs, wire: Wire) -> None:
        self._engine = engine
        self._jobs = jobs
        self._wire = wire
        self._first: list[tuple[int, Utterance]] = []
        self._open: set[int] = set()

    def run(self) -> None:
        while True:
            self._first.append(self._jobs.next())
            error: BaseException | None = None
            try:
                for job, made in self._engine.speak_together(self):
                    self._pass_on(job, made)
            except Exception as raised:
                error = raised
            self.take(len(self._first))  # which a failing engine did not even take
            for job in [*self._open]:
                if error is None and not self._jobs.dropped(job):
                    error = RuntimeError("the engine ended without ending this utterance")
                self._end(job, error)

    def take(self, limit: int) -> Sequence[tuple[int, Utterance]]:
        taken = [*self._first[:limit]]
        del self._first[:limit]
        taken += self._jobs.take(limit - len(taken))
        self._open.update(job for job, _ in taken)
        return taken

    def dropped(self, job: int) -> bool:
        return self._jobs.dropped(job)

    def _pass_on(self, job: int, made: Piece | EngineError) -> None:
        if job not in self._open:
            raise ValueError("a piece of a job that was not taken, or had ended")
        if isinstance(made, Exception):
            self._end(job, made)
            return
        if not self._jobs.dropped(job):
            self._wire.send_piece(job, made)
        if made.last:
            self._end(job)

    def _end(self, job: int, error: BaseException | None = None) -> None:
        self._open.discard(job)
        self._jobs.forget(job)
        self._wire.send_end(job, error)


def load(order: dict[str, Any]) -> Engine:
    import importlib
    from pathlib import Path

    from mixdown_tts_onnx.engine import Options

    module, _, name = order["engine"].partition(":")
    options = {**order["options"]}
    options["providers"] = tuple(options["providers"])
    options["cache_dir"] = Path(options["cache_dir"])
    made: Options = Options(**options)
    engine: Engine = getattr(importlib.import_module(module), name)(Path(order["directory"]), made)
    return engine


def serve(order: dict[str, Any], wire: Wire) -> int:
    sys.path[:] = order["path"]
    try:
        engine = load(order)
    except Exception as error:
        wire.send({"event": "refused", "error": members(error)})
        return 1
    from mixdown_tts_onnx.engine import BatchEngine

    jobs = Jobs()
    if isinstance(engine, BatchEngine):
        slots = engine.batch
        speakers = [threading.Thread(target=Together(engine, jobs, wire).run, daemon=True)]
    else:
        slots = order["parallel"]
        speakers = [
            threading.Thread(target=speak_singly, args=(engine, jobs, wire), daemon=True)
            for _ in range(slots)
        ]
    for speaker in speakers:
        speaker.start()
    wire.send({"event": "ready", "slots": slots})
    while (message := wire.receive()) is not None:
        if message["do"] == "speak":
            jobs.put(message["job"], message["utterance"])
        else:
            jobs.drop(message["job"])
    if jobs.idle:
        engine.close()
    return 0


def die_with_parent() -> None:
    if sys.platform == "linux":
        import ctypes

        set_parent_death_signal = 1
        ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGKILL)


def guard() -> None:
    """A terminal's Ctrl-C is for our parent; a crash says where it was, leaves no core and takes nobody along."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    faulthandler.enable()
    die_with_parent()
    if sys.platform == "linux":
        with open("/proc/self/oom_score_adj", "wb") as file:
            file.write(FIRST_TO_BE_KILLED)


def main() -> int:
    guard()
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    wire = Wire(sys.stdin.buffer, answers)
    order = wire.receive()
    return serve(order, wire) if order is not None else 0


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)  # threads may still be at work, and nobody waits for them
