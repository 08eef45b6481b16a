"""What our own voices cost beside other engines: ``python -m benchmarks own_voice``.

Seconds of processor time for a second of sound (RTF), on one core, and when the first sound is there, by the clock: of the engine
in this process (phones, networks, vocoder; without the pipe) and through the backend with its process, as a request meets
it. Then espeak through its own backend, and flite's program where it is installed: it starts anew each time, as it is used.
S1-mini's profiles have a run of their own.
"""

from __future__ import annotations

import asyncio
import logging
import resource
import shutil
import subprocess
import tempfile
import time
import wave
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from mixdown_kernel import Backend, SpeechRequest
from mixdown_kernel.testing import opening
from mixdown_tts_espeak import synthesis_backends as espeak_backends
from mixdown_tts_onnx import backend as backend_of
from mixdown_tts_onnx.engine import Options
from mixdown_tts_onnx.english import read
from mixdown_tts_onnx.mixdown.engine import MixdownEngine, load
from mixdown_tts_onnx.mixdown.family import Mixdown
from mixdown_tts_onnx.mixdown.reading import takes

SENTENCE = "The boats sailed home over the cold grey sea, and the people waved."
LONG = " ".join([SENTENCE] * 30)
REPETITIONS = 15
FLITE_VOICE = "rms"


@dataclass(frozen=True)
class Run:
    """One utterance: seconds to its first sound and of processor time, and how long it is."""

    first: float
    processor: float
    sound: float


def main() -> None:
    logging.disable(logging.WARNING)
    print(f"{'':34} {'RTF, one core':>14} {'first sound':>12} {'sound':>8}")
    engine = load(_directory(), Options())
    for voice in ("rowan", "wren"):
        report(f"{voice}, bare engine", [bare(engine, voice, SENTENCE) for _ in range(REPETITIONS)])
        report(f"{voice}, {len(LONG)} characters", [bare(engine, voice, LONG) for _ in range(3)])
    asyncio.run(through("mixdown, backend", backend_of(Mixdown())))
    asyncio.run(through("espeak, backend", next(iter(espeak_backends()))))
    flite()
    print("S1-mini (int4, mixed, int8): see `make bench-s1`")


def _directory() -> Path:
    directory = Mixdown.built_in
    assert directory is not None
    return directory


def bare(engine: MixdownEngine, voice: str, text: str) -> Run:
    clock, processor = time.perf_counter(), time.process_time()
    spoken = [take.plain() for take in takes(read(text))]
    pieces = engine.speak({"takes": spoken, "voice": voice, "shape": {}, "speed": 1.0})
    piece = next(pieces)
    first = time.perf_counter() - clock
    frames = len(piece.samples) + sum(len(one.samples) for one in pieces)
    return Run(first, time.process_time() - processor, frames / piece.rate)


async def through(label: str, backend: Backend[Any]) -> None:
    """With a start of its process before, which is told apart."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        async with opening.opened(backend, {}, folder=Path(folder), threads=1) as synthesizer:
            await spoken(synthesizer)
            start = time.perf_counter() - began
            runs = [await spoken(synthesizer) for _ in range(REPETITIONS)]
    report(label, runs, processor=False)
    print(f"{'  start, to the end of a sentence':34} {'':14} {1000 * start:9.1f} ms")


async def spoken(synthesizer: Any) -> Run:
    began, first, frames, rate = time.perf_counter(), 0.0, 0, 1
    async for chunk in synthesizer.render(SpeechRequest(text=SENTENCE)):
        first = first or time.perf_counter() - began
        frames, rate = frames + chunk.audio.frames, chunk.audio.rate
    return Run(first, time.perf_counter() - began, frames / rate)


def flite() -> None:
    program = shutil.which("flite")
    if program is None:
        print("flite: not installed (Debian: flite)")
        return
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "flite.wav"
        command = [program, "-voice", FLITE_VOICE, "-t", SENTENCE, "-o", str(file)]
        report(f"flite {FLITE_VOICE}, a process each", [_timed(command, file) for _ in range(REPETITIONS)])


def _timed(command: list[str], file: Path) -> Run:
    began, before = time.perf_counter(), _children()
    subprocess.run(command, check=True, capture_output=True)
    first, processor = time.perf_counter() - began, _children() - before
    with wave.open(str(file)) as sound:
        return Run(first, processor, sound.getnframes() / sound.getframerate())


def _children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def report(label: str, runs: list[Run], *, processor: bool = True) -> None:
    """``processor``: the seconds are of processor time; else by the clock, of another process."""
    figure: Callable[[Callable[[Run], float]], float] = lambda of: median(map(of, runs))  # noqa: E731
    factor = figure(lambda run: run.processor / run.sound)
    print(
        f"{label:34} {factor:11.4f}{'   ' if processor else ' by'}"
        f" {1000 * figure(lambda run: run.first):9.1f} ms {runs[0].sound:6.1f} s"
    )


if __name__ == "__main__":
    main()
