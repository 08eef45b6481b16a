"""Personal messages: how many renders 1,000 of them cost, and what assembling one costs beside a bare merge.

Run: ``python -m benchmarks messages``. The voice is a counting one; everything else is the application itself, in this
process. Times are the best of many, and processor time beside them: on a busy machine only the latter is steady.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import tempfile
import time
import wave
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from mixdown_api import create_app
from mixdown_api.edge import ApiSettings
from mixdown_api.messages.assembly import Piece, assemble, scene_of, sequence
from mixdown_api.messages.recordings import Recording, decoded
from mixdown_api.messages.stems import Stem
from mixdown_api.messages.surface import Messages
from mixdown_kernel import (
    Audio,
    Chunk,
    Context,
    Kernel,
    PluginSettings,
    Samples,
    SpeechRequest,
    SynthesisBackend,
    Voice,
    hookimpl,
)

RATE = 48_000
NAMES, DEVELOPERS = 200, 5
ROUNDS = 40
GAPS_MS = (180, 120, 200, 0)
FADE = RATE // 100


class Counting:
    """A plugin and its voice: 60 ms of noise a letter. ``spoken`` counts its calls."""

    def __init__(self) -> None:
        self.spoken = 0

    @hookimpl
    def synthesis_backends(self) -> list[SynthesisBackend]:
        return [SynthesisBackend(name="counting", open=self.open, speed_range=(0.5, 2.0))]

    @asynccontextmanager
    async def open(self, _settings: PluginSettings, _context: Context) -> AsyncIterator[Counting]:
        yield self

    async def voices(self) -> Sequence[Voice]:
        return [Voice("counting", "Counting", "en")]

    async def render(self, request: SpeechRequest) -> AsyncIterator[Chunk]:
        self.spoken += 1
        frames = len(request.text) * RATE * 60 // 1000
        noise = np.random.default_rng(len(request.text)).standard_normal((frames, 1), np.float32)
        yield Chunk(Audio(noise * np.float32(0.1), RATE))


async def count(voice: Counting, http: httpx.AsyncClient) -> None:
    """Every name with every developer, by the default template."""
    began = time.perf_counter()
    for name in range(NAMES):
        for developer in range(DEVELOPERS):
            body = {"first_name": f"name {_letters(name)}", "developer": f"firm {_letters(developer)}"}
            (await http.post("/assemble/template", json=body)).raise_for_status()
    seconds = time.perf_counter() - began
    stems = (await http.get("/cache/list", params={"limit": 1})).json()["stems_count"]
    messages = NAMES * DEVELOPERS
    print(f"{messages} messages of {NAMES} names x {DEVELOPERS} developers in {seconds:.0f} s:")
    print(
        f"  {stems} stems = {NAMES} + {DEVELOPERS} + {stems - NAMES - DEVELOPERS} that are the same for all"
    )
    print(f"  {voice.spoken} calls of the voice (an utterance each)")


def _letters(number: int) -> str:
    return chr(ord("a") + number // 26) + chr(ord("a") + number % 26)


async def compare(messages: Messages, http: httpx.AsyncClient) -> None:
    """One message of four stems, by ever more of the road."""
    texts = [f"{'a' * length} {length}" for length in (12, 66, 28, 62)]
    stems = [await messages.stems.get("script", text) for text in texts]
    recordings = [await decoded(messages.service, stem.file) for stem in stems]
    files = [await _wav(messages, stem) for stem in stems]
    arrays = [_read(file) for file in files]
    seconds = sum(map(len, arrays)) / RATE
    print(
        f"one message of {len(stems)} stems, {seconds:.1f} s, from what is kept (ms; processor time behind it):"
    )
    bare = _timed(lambda: merge(arrays))
    written = _timed(lambda: _write(merge(arrays)))
    whole = _timed(lambda: _write(merge([_read(file) for file in files])))
    pieces = [Piece(str(n), stem, GAPS_MS[n], 10) for n, stem in enumerate(stems)]
    played = await _timed_async(lambda: _play(messages, pieces, recordings))
    kept = await _timed_async(lambda: assemble(messages.service, pieces, name="bench", told={}))
    timing = [
        {"from": f"s{n}", "to": f"s{n + 1}", "gap_ms": gap, "crossfade_ms": 10}
        for n, gap in enumerate(GAPS_MS[:-1])
    ]
    body = {
        "segments": [stem.label for stem in stems],
        "segment_ids": [f"s{n}" for n in range(len(stems))],
        "timing_map": timing,
    }
    asked = await _timed_async(lambda: http.post("/assemble/segments", json=body))
    _row("bare merge of the arrays, in memory", bare)
    _row("bare merge, as PCM_16 in a file, synced", written)
    _row("the same from the stems' files", whole)
    _row("the road: plan, join, blocks", played)
    _row("assembled: joined, encoded, stored, listed", kept, beside=whole)
    _row("POST /assemble/segments", asked, beside=whole)


def merge(arrays: Sequence[Samples]) -> Samples:
    """What a script would do: fades, gaps, one array."""
    rise = np.square(np.sin((np.arange(FADE) + 0.5) / FADE * np.pi / 2)).astype(np.float32)
    parts = []
    for place, array in enumerate(arrays):
        faded = array.copy()
        faded[:FADE] *= rise if place else 1
        faded[-FADE:] *= 1 - rise
        parts += [faded, np.zeros(GAPS_MS[place] * RATE // 1000, np.float32)]
    return np.concatenate(parts)


def _write(samples: Samples) -> None:
    path = Path(tempfile.gettempdir()) / f"bench-{os.getpid()}.wav"
    with path.open("wb") as file:
        with wave.open(file, "wb") as wav:
            wav.setparams((1, 2, RATE, 0, "NONE", ""))
            wav.writeframes(np.clip(np.rint(samples * 32768), -32768, 32767).astype("<i2").tobytes())
        file.flush()
        os.fsync(file.fileno())
    path.unlink()


def _read(path: Path) -> Samples:
    with wave.open(str(path)) as wav:
        return np.frombuffer(wav.readframes(wav.getnframes()), "<i2").astype(np.float32) / np.float32(32768)


async def _wav(messages: Messages, stem: Stem) -> Path:
    path = messages.service.kernel.spool / f"{stem.file.id}.wav"
    storage = messages.service.renders.storage
    path.write_bytes(b"".join([data async for data in storage.get(stem.file.key)]))
    return path


async def _play(messages: Messages, pieces: Sequence[Piece], recordings: Sequence[Recording]) -> None:
    kernel = messages.service.kernel
    request = sequence(pieces, recordings, tail_fade_ms=5, clean=False)
    async with kernel.perform(await kernel.plan(scene_of(request))) as performance:
        async for _ in performance.blocks():
            pass


Times = tuple[float, float]
"""The best wall time, and the median of processor time, in milliseconds."""


def _timed(work: Callable[[], Any]) -> Times:
    wall, busy = [], []
    for _ in range(ROUNDS):
        began, spent = time.perf_counter(), time.process_time()
        work()
        wall.append(time.perf_counter() - began)
        busy.append(time.process_time() - spent)
    return min(wall) * 1000, statistics.median(busy) * 1000


async def _timed_async(work: Callable[[], Awaitable[Any]]) -> Times:
    wall, busy = [], []
    for _ in range(ROUNDS):
        began, spent = time.perf_counter(), time.process_time()
        await work()
        wall.append(time.perf_counter() - began)
        busy.append(time.process_time() - spent)
    return min(wall) * 1000, statistics.median(busy) * 1000


def _row(name: str, times: Times, beside: Times | None = None) -> None:
    ratio = f"{times[0] / beside[0]:8.2f} x the bare merge from files" if beside else ""
    print(f"  {name:44} {times[0]:8.2f} {times[1]:8.2f}{ratio}")


async def measure() -> None:
    voice = Counting()
    with tempfile.TemporaryDirectory() as folder:
        backends = {"synthesis": ["counting"], "mixing": ["numpy"]}
        kernel = Kernel({"data_dir": folder, "backends": backends}, plugins=[voice])
        app = create_app(kernel, ApiSettings(rate_limit="off", log_level="error"))
        async with app.router.lifespan_context(app):
            await kernel.ready()
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://bench", timeout=60) as http:
                await count(voice, http)
                await compare(app.state.messages, http)


def main() -> None:
    asyncio.run(measure())


if __name__ == "__main__":
    main()
