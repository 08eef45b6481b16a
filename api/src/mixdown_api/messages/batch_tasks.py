"""The tasks of a batch: worked off a few at once, reported, and left out by the next attempt where they are done.

Tasks are a sequence that is the same in every attempt. Which of them are done, and the figures so far, are the job's
checkpoint, twice a second at most. An attempt that saved one came further, and is followed by others however often it is
killed; one that dies of a task is not.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from pydantic import JsonValue

from mixdown_api.jobs import JobContext
from mixdown_kernel import Kind, Problem
from mixdown_kernel.streams import unwrap

AT_ONCE = 4
"""Tasks; what they render waits its turn in the pools of the road besides."""
SAVE_SECONDS = 0.5
"""Between two checkpoints, at least."""
MOST_FAILURES = 100
"""Are told one by one; all are counted."""
PATIENCE_SECONDS = 1.0


@dataclass
class Report:
    """What became of a batch, over all attempts. What was made behind the last checkpoint before a kill counts as
    cached."""

    counts: Counter[str] = field(default_factory=Counter)
    """``tasks`` done, of these ``failed``; stems ``made`` and ``cached``; whatever else a batch counts."""
    failures: list[dict[str, JsonValue]] = field(default_factory=list)
    first: int = 0
    """All tasks before this one are done,"""
    beyond: set[int] = field(default_factory=set)
    """and so are these."""

    @classmethod
    def of(cls, checkpoint: Mapping[str, Any]) -> Report:
        found = {"counts": {}, "failures": [], "first": 0, "beyond": [], **checkpoint}
        return cls(Counter(found["counts"]), list(found["failures"]), found["first"], set(found["beyond"]))

    def saved(self) -> dict[str, JsonValue]:
        return {
            "counts": dict(self.counts),
            "failures": [*self.failures],
            "first": self.first,
            "beyond": [*sorted(self.beyond)],
        }

    def is_done(self, number: int) -> bool:
        return number < self.first or number in self.beyond

    def finish(self, number: int) -> None:
        self.counts["tasks"] += 1
        self.beyond.add(number)
        while self.first in self.beyond:
            self.beyond.remove(self.first)
            self.first += 1

    def fail(self, task: str, problem: Problem) -> None:
        self.counts["failed"] += 1
        if len(self.failures) < MOST_FAILURES:
            self.failures.append({"task": task[:200], "code": problem.code, "error": problem.message})

    def shown(self) -> dict[str, JsonValue]:
        counts = {name: self.counts[name] for name in ("tasks", "made", "cached", "failed")}
        return {
            "status": "partial" if self.counts["failed"] else "ok",
            **counts,
            **{name: value for name, value in self.counts.items() if name not in counts},
            "failures": [*self.failures],
        }


@dataclass(frozen=True)
class Task:
    """``do`` counts what it did; a `Problem` that it raises is the task's failure, and stops no other, unless nobody
    can do any of them now (``unavailable``: a voice without credits): that ends the batch."""

    name: str
    do: Callable[[Counter[str]], Awaitable[None]]


async def work_off(
    tasks: AsyncIterator[Task], report: Report, job: JobContext, total: int, *, saves: bool
) -> None:
    """Whatever is not done yet, `AT_ONCE` tasks of it."""
    waiting, turn, saved_at = _left(tasks, report), asyncio.Lock(), time.monotonic()

    async def work() -> None:
        nonlocal saved_at
        while True:
            async with turn:
                one = await anext(waiting, None)
            if one is None:
                return
            number, task = one
            await _do(task, report)
            report.finish(number)
            await job.progress(report.counts["tasks"], total, task.name)
            if saves and time.monotonic() - saved_at >= SAVE_SECONDS:
                saved_at = time.monotonic()
                await job.save(report.saved())

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(work())
    except BaseExceptionGroup as errors:
        failure = unwrap(errors)
        raise _stopped(failure, report, total) if isinstance(failure, Problem) else failure from None


async def _left(tasks: AsyncIterator[Task], report: Report) -> AsyncIterator[tuple[int, Task]]:
    """Tasks by their numbers, without those that were done before."""
    numbers = count()
    async for task in tasks:
        if not report.is_done(number := next(numbers)):
            yield number, task


async def _do(task: Task, report: Report) -> None:
    while True:
        counts: Counter[str] = Counter()
        try:
            await task.do(counts)
        except Problem as problem:
            if problem.kind in (Kind.OVERLOADED, Kind.RATE_LIMITED):  # a batch is patient
                await asyncio.sleep(problem.retry_after or PATIENCE_SECONDS)
                continue
            if problem.kind is Kind.UNAVAILABLE:
                raise
            report.fail(task.name, problem)
        report.counts.update(counts)
        return


def _stopped(problem: Problem, report: Report, total: int) -> Problem:
    """What made is kept, and found by the batch that is submitted next."""
    message = f"Stopped after {report.counts['tasks']} of {total} tasks. {problem.message}"
    hint = " ".join(filter(None, (problem.hint, "What was made is kept: submit the batch again.")))
    return Problem(problem.kind, problem.code, message, hint=hint, details=problem.details)
