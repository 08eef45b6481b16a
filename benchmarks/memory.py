"""Peak memory of `generate` by length: a voice over rain and music, one minute and sixty.

Each length gets a server of its own, whose highest resident memory is read after the answer.
"""

from __future__ import annotations

import time

import httpx

from benchmarks.server import serving
from benchmarks.speech import SENTENCES

MINUTES = (1, 60)
CHARACTERS_PER_MINUTE = 1000


def generate(minutes: int) -> tuple[float, float, float]:
    """Minutes of sound, peak resident MiB, seconds."""
    text = ("".join(SENTENCES) * (minutes * 4))[: minutes * CHARACTERS_PER_MINUTE]
    body = {"text": text, "background": {"type": "rain"}, "music": {"genre": "lofi", "bpm": 80}}
    with serving() as server:
        started = time.perf_counter()
        answer = httpx.post(f"{server.url}/v1/audio/generate", json=body, timeout=1800)
        answer.raise_for_status()
        seconds = time.perf_counter() - started
        return answer.json()["duration_ms"] / 60_000, server.peak_rss() / 2**20, seconds


def main() -> None:
    print(f"{'generate':<16}{'peak MiB':>10}{'× first':>10}{'seconds':>10}{'× real time':>13}")
    first = 0.0
    for minutes in MINUTES:
        length, peak, seconds = generate(minutes)
        first = first or peak
        print(
            f"{f'{length:.1f} min':<16}{peak:>10.0f}{peak / first:>10.2f}{seconds:>10.1f}{length * 60 / seconds:>13.0f}"
        )


if __name__ == "__main__":
    main()
