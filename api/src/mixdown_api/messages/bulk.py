"""``/cache/bulk_generate``: the stems of whole datasets, as a job that can be killed and goes on."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from pydantic import JsonValue

from mixdown_api.jobs import JobContext
from mixdown_api.messages.batch_tasks import Report, Task, work_off
from mixdown_api.messages.labels import Category
from mixdown_api.messages.surface import Messages

BULK = "stems-bulk"
"""Jobs of this kind take ``{"datasets": [[category, dataset], …], "voice_id"}``."""


async def run_bulk(messages: Messages, job: JobContext) -> JsonValue:
    """Every text of the datasets as a stem. A text that fails is told, and does not stop the others; what an earlier
    attempt has made is found."""
    assert isinstance(job.input, dict)  # noqa: S101 - as it was submitted
    given: dict[str, Any] = job.input
    sizes = {dataset.name: dataset.count for dataset in await messages.datasets.list(sample=0)}
    total = sum([sizes[(await messages.datasets.known(name)).name] for _, name in given["datasets"]])
    report = Report.of(job.checkpoint)
    await work_off(_tasks(messages, given), report, job, total, saves=True)
    counts = {
        "generated": report.counts["made"],
        "cached": report.counts["cached"],
        "failed": report.counts["failed"],
    }
    messages.audit("stems.bulk", job=job.id, **counts)
    return {
        "status": "ok" if not counts["failed"] else "partial",
        **counts,
        "total": total,
        "failures": [
            {"text": one["task"], "code": one["code"], "error": one["error"]} for one in report.failures
        ],
    }


async def _tasks(messages: Messages, given: dict[str, Any]) -> AsyncIterator[Task]:
    for category, dataset in given["datasets"]:
        async for text in messages.datasets.texts(dataset):
            yield Task(text, _making(messages, category, text, given.get("voice_id")))


def _making(
    messages: Messages, category: Category, text: str, voice_id: str | None
) -> Callable[[Counter[str]], Awaitable[None]]:
    async def do(counts: Counter[str]) -> None:
        stem = await messages.stems.get(category, text, voice_id)
        counts["made" if stem.status == "generated" else "cached"] += 1

    return do
