"""``make load-stream``: many live streams at once, each a voice over rain over music, and how late their blocks come.

One server process and one client process. A block is late where it arrives more than a block after it was due, counted
from the first block of its stream; the server counts by its own clock what leaves more than a block too late.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import sys
import time
from collections.abc import Awaitable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect

from benchmarks.server import Server, serving

STREAMS = 20
SECONDS = 30
BLOCK_MS = 20
LAYERS: tuple[dict[str, Any], ...] = (
    {"type": "background", "kind": "rain", "duck": True},
    {"type": "music", "genre": "lofi", "seed": 7},
)
TEXT = "The night train to the coast leaves in a few minutes. Please mind the gap between the train and the platform."


@dataclass
class Heard:
    """When the blocks of one stream arrived, in seconds, and where each belongs, in ms."""

    arrivals: list[float] = field(default_factory=list)
    stamps: list[int] = field(default_factory=list)
    voices: int = 0
    failures: list[str] = field(default_factory=list)

    def lateness_ms(self) -> list[float]:
        began, first = self.arrivals[0], self.stamps[0]
        return [
            (arrival - began) * 1000 - (stamp - first)
            for arrival, stamp in zip(self.arrivals, self.stamps, strict=True)
        ]

    @property
    def contiguous(self) -> bool:
        return self.stamps == [number * BLOCK_MS for number in range(len(self.stamps))]


async def _say(socket: ClientConnection, action: str, **members: object) -> None:
    await socket.send(json.dumps({"action": action, **members}))


async def listen(url: str, seconds: float) -> Heard:
    """One client: beds at once, and one utterance after the other on top."""
    heard = Heard()
    async with connect(f"{url.replace('http', 'ws', 1)}/v1/audio/stream", max_size=None) as socket:
        await _say(socket, "configure", rate=48_000, channels=2, block_ms=BLOCK_MS)
        for layer in LAYERS:
            await _say(socket, "add_layer", **layer)
        await _say(socket, "add_layer", type="voice", text=TEXT)
        async for text in socket:
            message = json.loads(text)
            if "audio_chunk" in message:
                heard.arrivals.append(time.perf_counter())
                heard.stamps.append(message["timestamp_ms"])
                if message["timestamp_ms"] >= seconds * 1000:
                    await _say(socket, "close")
                    break
            elif "error" in message or message.get("event") == "stalled":
                heard.failures.append(text if isinstance(text, str) else text.decode())
            elif message.get("event") == "ended" and message["layer"].startswith("voice"):
                heard.voices += 1
                await _say(socket, "add_layer", type="voice", text=f"{TEXT} Number {heard.voices}.")
    return heard


async def load(server: Server, streams: int, seconds: float) -> tuple[list[Heard], float]:
    """All of them, a quarter of a second apart; and the processor seconds that the server took for it."""

    async def after(delay: float, work: Awaitable[Heard]) -> Heard:
        await asyncio.sleep(delay)
        return await work

    before = _processor_seconds(server.pid)
    heard = await asyncio.gather(
        *(after(0.25 * number, listen(server.url, seconds)) for number in range(streams))
    )
    return list(heard), _processor_seconds(server.pid) - before


def _processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _late_by_server(server: Server) -> int:
    figures = httpx.get(f"{server.url}/api/v1/metrics").json()
    return int(figures["mixdown_stream_blocks_late"][0]["value"])


def report(heard: list[Heard], processor: float, server: Server, seconds: float) -> bool:
    """Print the figures; whether every block came in time."""
    lateness = [late for one in heard for late in one.lateness_ms()]
    late = sum(value > BLOCK_MS for value in lateness)
    spread = statistics.quantiles(lateness, n=1000)
    at_server = _late_by_server(server)
    print(
        f"{len(heard)} streams, {seconds:g} s, 48 kHz stereo in blocks of {BLOCK_MS} ms, {os.cpu_count()} processors"
    )
    print(f"  blocks               {len(lateness)}, contiguous: {all(one.contiguous for one in heard)}")
    print(f"  utterances           {sum(one.voices for one in heard)}")
    print(f"  late                 {late} as they arrive, {at_server} as they leave")
    print(
        f"  lateness             p50 {spread[499]:.1f} ms, p99 {spread[989]:.1f} ms, worst {max(lateness):.1f} ms"
    )
    print(f"  drift at the end     {max(one.lateness_ms()[-1] for one in heard):.1f} ms at most")
    print(
        f"  server's processor   {processor / seconds:.2f} of one, {1000 * processor / len(lateness):.2f} ms a block"
    )
    print(f"  server's peak memory {server.peak_rss() / 1e6:.0f} MB")
    for failure in [failure for one in heard for failure in one.failures][:5]:
        print(f"  failed: {failure}")
    return not late and not at_server and not any(one.failures for one in heard)


def main() -> None:
    streams = int(os.environ.get("STREAMS", STREAMS))
    seconds = float(os.environ.get("SECONDS", SECONDS))
    with serving(MIXDOWN_STREAMS=str(streams)) as server:
        asyncio.run(load(server, 1, 2))  # beds are made once and kept
        in_time = report(*asyncio.run(load(server, streams, seconds)), server, seconds)
    sys.exit(0 if in_time else "some blocks came late")


if __name__ == "__main__":
    main()
