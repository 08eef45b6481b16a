"""What the espeak backend costs: ``python benchmarks/espeak.py``.

Start of a child, first sound of a short sentence (with fork, voice and pipe: everything a request meets), times real
time, word timing, and what determinism costs: a forked copy for every request against the same library called again
and again in one process, which drifts, and against ``espeak_Terminate`` and a new start, which drifts too.
"""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

import mixdown_tts_espeak
from mixdown_kernel import Chunk, SpeechRequest
from mixdown_tts_espeak.pool import Child
from mixdown_tts_espeak.settings import EspeakSettings
from mixdown_tts_espeak.speech import EspeakSynthesizer
from mixdown_tts_espeak.timing import align

SENTENCE = "Hello there, this is a short test of the default voice."
LONG = " ".join([SENTENCE] * 30)
REPETITIONS = 40

# Runs the engine's own functions in a process of their own, so that the GPL library stays out of this one.
IN_ONE_PROCESS = """
import hashlib, sys, time
sys.path.insert(0, sys.argv[1])
import engine
lib, rate = engine.load(sys.argv[2], sys.argv[3])
request = dict(task="speak", text=sys.argv[4], voice="gmw/en-US", rate=175, pitch=50, range=50, word_gap=0,
               max_frames=10**8)
seconds, sounds = [], set()
for _ in range(int(sys.argv[5])):
    began = time.perf_counter()
    if sys.argv[6] == "restart":
        lib.espeak_Terminate()
        lib, rate = engine.load(sys.argv[2], sys.argv[3])
    sounds.add(hashlib.sha256(engine.perform(lib, request)[1]).hexdigest())
    seconds.append(time.perf_counter() - began)
print(sorted(seconds)[len(seconds) // 2], len(sounds))
"""


async def say(espeak: EspeakSynthesizer, text: str) -> tuple[float, Chunk]:
    began = time.perf_counter()
    chunks = [chunk async for chunk in espeak.render(SpeechRequest(text=text))]
    return time.perf_counter() - began, chunks[0]


async def start_seconds() -> float:
    times = []
    for _ in range(5):
        began = time.perf_counter()
        child = await Child.start(EspeakSettings().installation())
        times.append(time.perf_counter() - began)
        await child.stop()
    return median(times)


def in_one_process(mode: str) -> tuple[float, int]:
    """Seconds for an utterance, and how many different sounds came of equal requests."""
    installation = EspeakSettings().installation()
    folder = Path(mixdown_tts_espeak.__file__).parent
    arguments = (folder, installation.library, installation.data, SENTENCE, REPETITIONS, mode)
    command: list[Any] = [sys.executable, "-c", IN_ONE_PROCESS, *map(str, arguments)]
    answer = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return float(answer[0]), int(answer[1])


async def measure() -> None:
    print(f"start of a child                    {1000 * await start_seconds():8.1f} ms")
    async with EspeakSynthesizer.open(EspeakSettings().installation(), 1, logging.getLogger()) as espeak:
        short = [await say(espeak, SENTENCE) for _ in range(REPETITIONS)]
        long = [await say(espeak, LONG) for _ in range(5)]
    report("short sentence", short)
    report(f"{len(LONG)} characters", long)
    report_timing(long[0][1])
    print("determinism: ms a sentence, different sounds of equal requests")
    sounds = len({chunk.audio.samples.tobytes() for _, chunk in short})
    print(
        f"  forked copy (with pipe, parsing)  {1000 * median(each for each, _ in short):8.1f} ms {sounds:4}"
    )
    for label, mode in (("one process, again and again", "again"), ("terminate and initialise", "restart")):
        seconds, sounds = in_one_process(mode)
        print(f"  {label:33} {1000 * seconds:8.1f} ms {sounds:4}")


def report(label: str, runs: list[tuple[float, Chunk]]) -> None:
    seconds = median(each for each, _ in runs)
    length = runs[0][1].audio.frames / runs[0][1].audio.rate
    print(
        f"{label + ', first sound = all of it':35} {1000 * seconds:8.1f} ms {length / seconds:6.0f} x real time"
    )


def report_timing(chunk: Chunk) -> None:
    events = [(word.text_start + 1, word.start_frame) for word in chunk.words]
    began = time.perf_counter()
    align(LONG, events, [], [], chunk.audio.frames)
    print(
        f"word timing of {len(chunk.words)} words            {1000 * (time.perf_counter() - began):8.1f} ms"
    )


def main() -> None:
    asyncio.run(measure())


if __name__ == "__main__":
    main()
