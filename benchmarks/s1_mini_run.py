"""One profile in a process of its own, so that its memory is its own: ``python -m benchmarks.s1_mini_run``.

Prints one line of JSON. Times are of the CPU where they say so, taken by the thread that computes, so that other work on
the machine does not count; that is exact for one thread.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from mixdown_tts_onnx.engine import Options
from mixdown_tts_onnx.s1_mini.codec import StreamingDecoder
from mixdown_tts_onnx.s1_mini.engine import S1MiniEngine
from mixdown_tts_onnx.s1_mini.job import Job
from mixdown_tts_onnx.s1_mini.transformers import FrameTransformer, SlowTransformer

TEXT = "The quiet lake was full of bright stars."
"""Forty bytes, which a vocabulary without words reads as forty tokens."""


class Clock:
    """CPU milliseconds by part."""

    def __init__(self) -> None:
        self.parts: dict[str, list[float]] = {}

    def watch(self, owner: Any, method: str, part: Callable[..., str]) -> None:
        plain = getattr(owner, method)

        def timed(*arguments: Any) -> Any:
            began = time.thread_time()
            try:
                return plain(*arguments)
            finally:
                self.parts.setdefault(part(*arguments), []).append(1000 * (time.thread_time() - began))

        setattr(owner, method, timed)

    @contextmanager
    def fresh(self) -> Iterator[None]:
        self.parts.clear()
        yield


def peak_mb() -> int:
    """The most that was ever resident."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6)


def resident_mb() -> int:
    """What is resident now."""
    return round(int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 1e6)


def say(engine: S1MiniEngine, text: str, frames: int, sentences: int = 1) -> tuple[float, float, float]:
    """Seconds to the first sound and to the last, and seconds of sound."""
    job = {"text": " ".join([text] * sentences), "seed": 1, "voice": {"drawn": 0}, "max_frames": frames}
    began, first, samples = time.perf_counter(), 0.0, 0
    for piece in engine.speak(job):
        first = first or time.perf_counter() - began
        samples += len(piece.samples)
    return first, time.perf_counter() - began, samples / engine.facts.rate


def per_frame(parts: dict[str, list[float]], frames: int) -> dict[str, float]:
    return {part: round(sum(times) / frames, 2) for part, times in parts.items() if part != "prefill"}


def run(directory: Path, cache: Path, threads: int, frames: int, batch: int) -> dict[str, Any]:
    began = time.perf_counter()
    options = Options(threads=threads, cache_dir=cache, own={"batch": max(batch, 1), "context": 1024})
    engine = S1MiniEngine(directory, options)
    loaded = time.perf_counter() - began
    clock = Clock()
    clock.watch(SlowTransformer, "prefill", lambda *_: "prefill")
    clock.watch(SlowTransformer, "step", lambda *_: "slow")
    clock.watch(FrameTransformer, "draw", lambda *_: "fast")
    clock.watch(StreamingDecoder, "decode", lambda *_: "codec")
    with clock.fresh():
        first, last, sound = say(engine, TEXT, frames)
    drawn = round(sound * engine.facts.rate / engine.facts.frame_length)
    parts = per_frame(clock.parts, drawn)
    together: dict[str, float] = {}
    if batch > 1:
        text = TEXT.removesuffix(".") + " and of the moon."  # long enough to be a sentence by itself
        with clock.fresh():
            wall, heard = say(engine, text, frames, batch)[1:]
        count = round(heard * engine.facts.rate / engine.facts.frame_length)
        together = {**per_frame(clock.parts, count), "rtf_wall": round(wall / heard, 3), "frames": count}
    resident = resident_mb()
    engine.close()
    return {
        "resident_mb": resident,
        "load_s": round(loaded, 2),
        "first_s": round(first, 2),
        "prefill_cpu_ms": round(sum(clock.parts.get("prefill", [])), 0),
        "rtf_wall": round(last / sound, 3),
        "frames": drawn,
        "cpu_ms": parts,
        "batch_cpu_ms": together,
        "peak_mb": peak_mb(),
    }


def prepare(directory: Path, cache: Path, frames: int) -> None:
    """Store a voice of so many frames in the cache, so that what is measured finds it there."""
    engine = S1MiniEngine(directory, Options(threads=2, cache_dir=cache, own={"batch": 1, "context": 1024}))
    rng = np.random.default_rng(0)
    shape = engine.facts.shape
    from mixdown_tts_onnx.s1_mini.prompt import Reference

    codes = np.concatenate(
        [
            rng.integers(0, shape.codebook_size, (frames, 1)),
            rng.integers(0, 1024, (frames, shape.codebooks - 1)),
        ],
        axis=1,
    )
    job = Job.of(0, {"text": TEXT, "seed": 0, "voice": {"drawn": 0}}, shape, engine._decoder)
    engine._voices.keep(job.voice, engine._read([Reference(TEXT, codes)]))
    engine.close()


def main() -> None:
    directory, cache = Path(sys.argv[2]), Path(sys.argv[3])
    threads, frames, batch = map(int, sys.argv[4:7])
    if sys.argv[1] == "prepare":
        prepare(directory, cache, frames)
    else:
        print(json.dumps(run(directory, cache, threads, frames, batch)))


if __name__ == "__main__":
    main()
