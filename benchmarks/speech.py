"""Streamed speech beside the engine behind it.

The bound: one engine process of the same kind, drained utterance by utterance to PCM and brought to the same
rate. Both speak the same 4,000 characters; medians, alternating, in one run.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from statistics import median

import httpx
import soxr

from benchmarks.server import serving
from mixdown_kernel import Kernel, Master, Scene, VoiceLayer

SENTENCES = (
    "The harbour was quiet when the last ferry came in, and nobody had thought to leave a light on. ",
    "She counted the steps under her breath, twenty, thirty, forty, until the door stood before her. ",
    "Rain had filled the street with small mirrors, each of them holding a piece of the evening sky. ",
    "He said that it would cost $5.20 and not a cent more, whatever the weather might decide to do. ",
)
TEXT = ("".join(SENTENCES) * 20)[:4000]
RATE = 24_000
ROUNDS = 9


async def drain(kernel: Kernel) -> float:
    """The bare engine: every utterance in turn, to PCM at 24 kHz."""
    scene = Scene(
        layers=(VoiceLayer(id="voice", text=TEXT),), rate=RATE, channels=1, master=Master(mode="none")
    )
    plan = await kernel.plan(scene)
    engine = kernel.backend("synthesis")
    started = time.perf_counter()
    for spec in plan.voices[0].candidates[0].specs:
        async for chunk in engine.render(spec.request):
            samples = soxr.resample(chunk.audio.samples, chunk.audio.rate, RATE)
            (samples * 32767).astype("<i2").tobytes()
    return time.perf_counter() - started


def stream(http: httpx.Client, format_: str) -> tuple[float, float]:
    """Seconds to the first byte of sound and to the last one, over a connection that stands."""
    body = {"model": "tts-1", "input": TEXT, "voice": "alloy", "response_format": format_}
    started = time.perf_counter()
    first = 0.0
    with http.stream("POST", "/v1/audio/speech", json=body) as response:
        response.raise_for_status()
        received = 0
        for data in response.iter_raw():
            received += len(data)
            if not first and received > 44:  # more than a header
                first = time.perf_counter() - started
    return first, time.perf_counter() - started


async def measure() -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(MIXDOWN_BACKENDS__SYNTHESIS='["espeak"]') as server,
        httpx.Client(base_url=server.url, timeout=120) as http,
    ):
        espeak = {"backends": {"synthesis": ["espeak"]}, "plugins": {"espeak": {"processes": 1}}}
        config = {"data_dir": folder, **espeak}
        async with Kernel(config) as kernel:
            bare: list[float] = []
            streamed: dict[str, list[tuple[float, float]]] = {"wav": [], "mp3": []}
            for _ in range(ROUNDS):
                bare.append(await drain(kernel))
                for format_, results in streamed.items():
                    results.append(await asyncio.to_thread(stream, http, format_))
    engine = median(bare)
    print(f"{'4,000 characters':<28}{'ms':>8}{'× engine':>10}{'first byte ms':>15}{'of the whole':>14}")
    print(f"{'engine drained, 1 process':<28}{engine * 1000:>8.0f}{1:>10.2f}")
    for format_, results in streamed.items():
        first, whole = median(one[0] for one in results), median(one[1] for one in results)
        row = f"{whole * 1000:>8.0f}{whole / engine:>10.2f}{first * 1000:>15.0f}{first / whole:>14.1%}"
        print(f"{'streamed as ' + format_:<28}{row}")


def main() -> None:
    asyncio.run(measure())


if __name__ == "__main__":
    main()
