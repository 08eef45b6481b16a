"""``/cache/bulk_generate``: the stems of whole datasets, as a job that can be killed and goes on."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

from pydantic import JsonValue

from mixdown_api.jobs import JobContext
from mixdown_api.messages.labels import Category
from mixdown_api.messages.surface import Messages
from mixdown_kernel import Kind, Problem

BULK = "stems-bulk"
"""Jobs of this kind take ``{"datasets": [[category, dataset], …], "voice_id"}``."""
AT_ONCE = 2
MOST_FAILURES = 100


async def run_bulk(messages: Messages, job: JobContext) -> JsonValue:
    """Every text of the datasets as a stem. A text that fails is told, and does not stop the others; what an earlier
    attempt has made is found."""
    assert isinstance(job.input, dict)  # noqa: S101 - as it was submitted
    given: dict[str, Any] = job.input
    counts: Counter[str] = Counter()
    failures: list[JsonValue] = []
    sizes = {dataset.name: dataset.count for dataset in await messages.datasets.list(sample=0)}
    total = sum([sizes[(await messages.datasets.known(name)).name] for _, name in given["datasets"]])
    queue: asyncio.Queue[tuple[Category, str] | None] = asyncio.Queue(AT_ONCE)

    async def work() -> None:
        while (item := await queue.get()) is not None:
            counts[await _made(messages, *item, given.get("voice_id"), failures)] += 1
            await job.progress(sum(counts.values()), total, item[1])

    async with asyncio.TaskGroup() as group:
        workers = [group.create_task(work()) for _ in range(AT_ONCE)]
        async for item in _texts(messages, given["datasets"]):
            await queue.put(item)
        for _ in workers:
            await queue.put(None)
    report: dict[str, JsonValue] = {name: counts[name] for name in ("generated", "cached", "failed")}
    messages.audit("stems.bulk", job=job.id, **report)
    return {
        "status": "ok" if not counts["failed"] else "partial",
        **report,
        "total": total,
        "failures": failures,
    }


async def _texts(messages: Messages, datasets: list[list[str]]) -> AsyncIterator[tuple[Category, str]]:
    for category, dataset in datasets:
        async for text in messages.datasets.texts(dataset):
            yield category, text  # type: ignore[misc]


async def _made(
    messages: Messages, category: Category, text: str, voice_id: str | None, failures: list[JsonValue]
) -> str:
    while True:
        try:
            return (await messages.stems.get(category, text, voice_id)).status
        except Problem as problem:
            if problem.kind in (Kind.OVERLOADED, Kind.RATE_LIMITED):  # a job is patient
                await asyncio.sleep(problem.retry_after or 1)
                continue
            if len(failures) < MOST_FAILURES:
                failures.append({"text": text[:200], "code": problem.code, "error": problem.message})
            return "failed"
