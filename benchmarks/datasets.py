"""A CSV file of a million rows as a dataset: how long, how much memory, and how long others waited meanwhile.

Run: ``python -m benchmarks datasets``. "waited" is the longest that a turn of another dataset took during the upload.
"""

from __future__ import annotations

import asyncio
import io
import resource
import time

from benchmarks.rotation import databases
from mixdown_api.messages.datasets import Datasets
from mixdown_api.messages.rotation import Rotation
from mixdown_api.state import State

ROWS = 1_000_000


def file(rows: int) -> io.BytesIO:
    """As exports are: a byte order mark, semicolons, quotations, a header, and the texts in the second column."""
    lines = (f'{number};"Anna ""{number}""";{number % 97},50\r\n' for number in range(rows))
    return io.BytesIO(("\ufeffid;name;amount\r\n" + "".join(lines)).encode())


async def longest_turn(rotation: Rotation, task: asyncio.Task[float]) -> float:
    longest = 0.0
    while not task.done():
        began = time.perf_counter()
        await rotation.next("scripts")
        longest = max(longest, time.perf_counter() - began)
        await asyncio.sleep(0.02)
    return longest


async def upload(datasets: Datasets, data: io.BytesIO) -> float:
    began = time.perf_counter()
    made, _ = await datasets.upload(data, "csv", "names", "many")
    assert made.count == ROWS
    return time.perf_counter() - began


async def measure(name: str, url: str) -> None:
    state = await State.open(url)
    datasets, rotation = Datasets(state), Rotation(state)
    await datasets.seed()
    data, before, worked = file(ROWS), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    uploading = asyncio.create_task(upload(datasets, data))
    waited = await longest_turn(rotation, uploading)
    worked = time.process_time() - worked
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    began = time.perf_counter()
    await rotation.next("many")
    turn = time.perf_counter() - began
    began = time.perf_counter()
    await datasets.delete("many")
    removed = time.perf_counter() - began
    print(
        f"{name:12}{uploading.result():8.1f} s{worked:8.1f} s{waited * 1e3:10.0f} ms{turn * 1e3:10.1f} ms{grown:10.0f} MB{removed:9.1f} s",
        flush=True,
    )
    await state.aclose()


def main() -> None:
    print(f"{ROWS:,} rows, {len(file(ROWS).getvalue()) >> 20} MiB")
    print(f"{'':12}{'upload':>10}{'of it CPU':>10}{'waited':>13}{'a turn':>13}{'memory':>13}{'delete':>11}")
    for name, url in databases():
        asyncio.run(measure(name, url))


if __name__ == "__main__":
    main()
