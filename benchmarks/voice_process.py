"""What a process of its own costs a local voice: its start, its memory, and every utterance.

    python benchmarks/voice_process.py

The model is that of the tests, a tone for every letter, so that nothing but the way to it takes time. Ratios and times are of this
machine and moment; the bare engine is measured in the same run.
"""

from __future__ import annotations

import asyncio
import logging
import resource
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.plugins.tts_onnx.tones import build_model, load

from mixdown_tts_onnx.engine import Options
from mixdown_tts_onnx.runtime.process import Launch, ModelProcess
from mixdown_tts_onnx.runtime.worker import Worker

ENGINE = "tests.plugins.tts_onnx.tones:load"
STARTS = 7
REPEATS = 50


def launch(directory: Path) -> Launch:
    options = {
        "threads": 1,
        "inter_op_threads": 1,
        "providers": ["CPUExecutionProvider"],
        "optimization": "all",
        "arena": True,
        "cache_dir": str(directory),
        "own": {},
    }
    return Launch(ENGINE, directory, options, parallel=1, load_seconds=60.0)


def children_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


async def starts(directory: Path) -> None:
    wall, cpu, memory = [], [], 0
    for _ in range(STARTS):
        began, used = time.perf_counter(), children_seconds()
        process = await ModelProcess.start(launch(directory), logging.getLogger())
        wall.append(time.perf_counter() - began)
        memory = process.memory_bytes() or 0
        await process.kill()
        cpu.append(children_seconds() - used)
    print(f"start: {1e3 * min(wall):.0f} ms at best, {1e3 * statistics.median(wall):.0f} ms median")
    print(f"       {1e3 * statistics.median(cpu):.0f} ms of processor time, {memory / 1e6:.0f} MB resident")


async def speak(worker: Worker, text: str) -> None:
    async for _ in worker.speak({"text": text}):
        pass


async def utterances(directory: Path) -> None:
    engine = load(directory, Options())
    logger = logging.getLogger()
    async with Worker("tones", launch(directory), logger, idle_seconds=0, continues=True) as worker:
        await speak(worker, "a")
        for letters in (1, 10, 100):
            text = "a" * letters
            bare = best(lambda text=text: [*engine.speak({"text": text})])  # type: ignore[misc]
            there = []
            for _ in range(REPEATS):
                began = time.perf_counter()
                await speak(worker, text)
                there.append(time.perf_counter() - began)
            print(
                f"{letters:4d} pieces: {1e3 * bare:6.2f} ms in this process, {1e3 * min(there):6.2f} ms in the other"
            )


def best(work: Callable[[], object]) -> float:
    times = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return min(times)


async def main() -> None:
    with TemporaryDirectory() as folder:
        directory = build_model(Path(folder) / "tones")
        await starts(directory)
        await utterances(directory)


if __name__ == "__main__":
    asyncio.run(main())
