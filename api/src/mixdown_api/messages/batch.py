"""Batches: thousands of stems and messages as one job, which may be killed at any moment and goes on.

A batch is a sequence of tasks that is the same in every attempt. It is worked off in portions; after each one the
figures so far are the job's checkpoint, and an attempt begins behind the portions that were finished. Whatever the
portion at a kill had made is found under its signature, so nothing is rendered twice; a turn of the rotation is claimed
under a key of the job, so that none is taken twice. An attempt that does more tasks than any before it says so at once:
it is followed by others however often it is killed, which one that dies of a task is not.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from pydantic import JsonValue

from mixdown_api.jobs import JobContext
from mixdown_api.messages import index
from mixdown_api.messages.assembled import assemble_template, said
from mixdown_api.messages.assembly_schemas import TemplateBody
from mixdown_api.messages.batch_schemas import MessagesBody, RotationsBody, ValidateBody
from mixdown_api.messages.datasets import OF_ROLE
from mixdown_api.messages.labels import Category
from mixdown_api.messages.rotation import Rotation
from mixdown_api.messages.surface import Messages
from mixdown_kernel import Kind, Problem
from mixdown_kernel.streams import unwrap

ROTATIONS, MESSAGES, VALIDATE = "messages-rotations", "messages-template", "messages-validate"
"""Kinds of jobs; each takes the body of its route."""
AT_ONCE = 4
"""Tasks; what they render waits its turn in the pools of the road besides."""
PORTION = 32
MOST_FAILURES = 100
"""Are told one by one; all are counted."""
PATIENCE_SECONDS = 1.0

_CATEGORY: Mapping[str, Category] = {"names": "name", "developers": "developer", "scripts": "script"}


@dataclass
class Report:
    """What became of a batch, over all attempts. What a portion had made when it was killed counts as cached."""

    counts: Counter[str] = field(default_factory=Counter)
    """``tasks`` done, of these ``failed``; stems ``made`` and ``cached``; whatever else a batch counts."""
    failures: list[JsonValue] = field(default_factory=list)
    furthest: int = 0
    """The most tasks that any attempt has done."""

    @classmethod
    def of(cls, checkpoint: Mapping[str, Any]) -> Report:
        counts, failures = checkpoint.get("counts", {}), checkpoint.get("failures", [])
        return cls(Counter(counts), list(failures), checkpoint.get("furthest", 0))

    def saved(self) -> dict[str, JsonValue]:
        return {"counts": dict(self.counts), "failures": list(self.failures), "furthest": self.furthest}

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
            "failures": self.failures,
        }


@dataclass(frozen=True)
class Task:
    """``do`` counts what it did; a `Problem` that it raises is the task's failure, and stops no other."""

    name: str
    do: Callable[[Counter[str]], Awaitable[None]]


async def run_rotations(messages: Messages, job: JobContext) -> JsonValue:
    """`ROTATIONS`: turns of the rotation, and the stems of what they name."""
    body = RotationsBody.model_validate(job.input)
    return await _run(messages, job, _turns(messages, job.id, body), body.count)


async def run_messages(messages: Messages, job: JobContext) -> JsonValue:
    """`MESSAGES`: a template filled again and again."""
    body = MessagesBody.model_validate(job.input)
    tasks = _rotated(messages, job.id, body) if body.rotate else _in_full(messages, body)
    return await _run(messages, job, tasks, await _count(messages, body))


async def run_validate(messages: Messages, job: JobContext) -> JsonValue:
    """`VALIDATE`: what `MESSAGES` would say, without a sound. ``to_make`` stems are not kept yet."""
    body = ValidateBody.model_validate(job.input)
    seen: set[str] = set()

    async def tasks() -> AsyncIterator[Task]:
        async for name, developer in _all_pairs(messages, body):
            yield Task(f"{name} / {developer}", _checking(messages, _filled(body, name, developer), seen))

    return await _run(messages, job, tasks(), await _count(messages, body), resumes=False)


RUNS: Mapping[str, Callable[[Messages, JobContext], Awaitable[JsonValue]]] = {
    ROTATIONS: run_rotations,
    MESSAGES: run_messages,
    VALIDATE: run_validate,
}


async def _run(
    messages: Messages, job: JobContext, tasks: AsyncIterator[Task], total: int, *, resumes: bool = True
) -> JsonValue:
    report = Report.of(job.checkpoint if resumes else {})
    done = report.counts["tasks"]
    messages.audit("batch.started", job=job.id, attempt=job.attempt, done=done, total=total)
    await job.progress(done, total)
    portion: list[Task] = []
    async for number, task in _numbered(tasks):
        if number < done:
            continue
        portion.append(task)
        if len(portion) == PORTION:
            await _work_off(portion, report, job, total)
            portion = []
    await _work_off(portion, report, job, total)
    shown = report.shown()
    told = {name: value for name, value in shown.items() if isinstance(value, int)}
    messages.audit("batch.finished", job=job.id, attempt=job.attempt, **told)
    return shown


async def _numbered(tasks: AsyncIterator[Task]) -> AsyncIterator[tuple[int, Task]]:
    numbers = count()
    async for task in tasks:
        yield next(numbers), task


async def _work_off(portion: list[Task], report: Report, job: JobContext, total: int) -> None:
    """All tasks of a portion, `AT_ONCE` of them; then it is behind us for good."""
    waiting, before = iter(portion), report.saved()

    async def work() -> None:
        for task in waiting:
            await _do(task, report)
            report.counts["tasks"] += 1
            await job.progress(report.counts["tasks"], total, task.name)
            if report.counts["tasks"] > report.furthest:
                report.furthest = report.counts["tasks"]
                await job.save({**before, "furthest": report.furthest})

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(work())
    except BaseExceptionGroup as errors:
        raise unwrap(errors) from None
    await job.save(report.saved())


async def _do(task: Task, report: Report) -> None:
    while True:
        counts: Counter[str] = Counter()
        try:
            await task.do(counts)
        except Problem as problem:
            if problem.kind is Kind.OVERLOADED:  # a batch is patient
                await asyncio.sleep(problem.retry_after or PATIENCE_SECONDS)
                continue
            report.fail(task.name, problem)
        report.counts.update(counts)
        return


async def _turns(messages: Messages, job: str, body: RotationsBody) -> AsyncIterator[Task]:
    rotation = Rotation(messages.service.state)
    for number in range(body.count):
        yield Task(f"turn {number + 1}", _turn(messages, rotation, f"{job}-{number}", body))


def _turn(
    messages: Messages, rotation: Rotation, key: str, body: RotationsBody
) -> Callable[[Counter[str]], Awaitable[None]]:
    async def do(counts: Counter[str]) -> None:
        spoken: list[tuple[Category, str]]
        if body.of == "pairs":
            pair = await rotation.claim_pair(key)
            spoken = [("name", pair.item.text), ("developer", pair.partner.text)]
        else:
            spoken = [(_CATEGORY[body.of], (await rotation.claim(body.of, key)).item.text)]
        for category, text in spoken:
            stem = await messages.stems.get(category, text, body.voice_id)
            counts["made" if stem.status == "generated" else "cached"] += 1

    return do


async def _in_full(messages: Messages, body: MessagesBody) -> AsyncIterator[Task]:
    async for name, developer in _all_pairs(messages, body):
        yield Task(f"{name} / {developer}", _assembling(messages, _filled(body, name, developer)))


async def _rotated(messages: Messages, job: str, body: MessagesBody) -> AsyncIterator[Task]:
    rotation = Rotation(messages.service.state)

    def turn(key: str) -> Callable[[Counter[str]], Awaitable[None]]:
        async def do(counts: Counter[str]) -> None:
            pair = await rotation.claim_pair(key)
            await _assembling(messages, _filled(body, pair.item.text, pair.partner.text))(counts)

        return do

    for number in range(body.limit or 0):
        yield Task(f"turn {number + 1}", turn(f"{job}-{number}"))


def _filled(body: MessagesBody, name: str, developer: str) -> TemplateBody:
    return TemplateBody(
        first_name=name,
        developer=developer,
        template=body.template,
        variant=body.variant,
        values=body.values,
        voice_id=body.voice_id,
        upload=body.upload,
        extended=True,
    )


def _assembling(messages: Messages, body: TemplateBody) -> Callable[[Counter[str]], Awaitable[None]]:
    async def do(counts: Counter[str]) -> None:
        answer = await assemble_template(messages, body, extended=True)
        for detail in answer.stem_details or ():
            counts["made" if detail["status"] == "generated" else "cached"] += 1
        counts["messages"] += 1

    return do


def _checking(
    messages: Messages, body: TemplateBody, seen: set[str]
) -> Callable[[Counter[str]], Awaitable[None]]:
    """``seen`` are the signatures that were met before."""

    async def do(counts: Counter[str]) -> None:
        template = await messages.templates.load(body.template)
        template.voice(body.variant)
        for _, text, voicing in said(messages, template, body):
            signature = await messages.stems.signature(text, voicing)
            if signature in seen:
                continue
            seen.add(signature)
            async with messages.service.state.reading() as connection:
                kept = await index.of_signature(connection, signature)
            counts["to_make" if kept is None else "cached"] += 1
        counts["messages"] += 1

    return do


async def _all_pairs(messages: Messages, body: MessagesBody) -> AsyncIterator[tuple[str, str]]:
    """Every name for every developer, one developer after the other, up to the limit."""
    left = body.limit
    async for developer in messages.datasets.texts(body.developers):
        async for name in messages.datasets.texts(body.names):
            if left == 0:
                return
            yield name, developer
            left = None if left is None else left - 1


async def _count(messages: Messages, body: MessagesBody) -> int:
    if body.rotate:
        return body.limit or 0
    sizes = {dataset.name: dataset.count for dataset in await messages.datasets.list(sample=0)}
    names, developers = [
        sizes[(await messages.datasets.known(one)).name] for one in (body.names, body.developers)
    ]
    return min(names * developers, body.limit or names * developers)


async def check(messages: Messages, body: RotationsBody | MessagesBody) -> None:
    """What is wrong with the whole batch, before it is a job. Raises `Problem` for an unknown dataset, template or
    variant, and where the rotation has nothing to deal."""
    if isinstance(body, RotationsBody):
        datasets = ["names", "developers"] if body.of == "pairs" else [body.of]
        for name in datasets:
            await Rotation(messages.service.state).peek(OF_ROLE.get(name, name))  # type: ignore[call-overload]
        return
    for member, name in (("names", body.names), ("developers", body.developers)):
        try:
            await messages.datasets.known(name)
        except Problem as problem:
            problem.field = member
            raise
    (await messages.templates.load(body.template)).voice(body.variant)
