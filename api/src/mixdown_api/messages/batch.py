"""Batches: thousands of stems and messages as one job, which may be killed at any moment and goes on.

Nothing is rendered twice: what an earlier attempt had made behind its last checkpoint is found under its signature. A
turn of the rotation is claimed under a key of the job, so that none is taken twice.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

from pydantic import JsonValue

from mixdown_api.jobs import JobContext
from mixdown_api.messages import index
from mixdown_api.messages.assembled import assemble_template, fill, said
from mixdown_api.messages.assembly_schemas import TemplateBody
from mixdown_api.messages.batch_schemas import MessagesBody, RotationsBody, ValidateBody
from mixdown_api.messages.batch_tasks import Report, Task, work_off
from mixdown_api.messages.datasets import OF_ROLE
from mixdown_api.messages.labels import Category
from mixdown_api.messages.rotation import Rotation
from mixdown_api.messages.surface import Messages
from mixdown_kernel import Problem

ROTATIONS, MESSAGES, VALIDATE = "messages-rotations", "messages-template", "messages-validate"
"""Kinds of jobs; each takes the body of its route."""

_CATEGORY: Mapping[str, Category] = {"names": "name", "developers": "developer", "scripts": "script"}


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
            yield Task(_title(name, developer), _checking(messages, _filled(body, name, developer), seen))

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
    await work_off(tasks, report, job, total, saves=resumes)
    shown = report.shown()
    told = {name: value for name, value in shown.items() if isinstance(value, int)}
    messages.audit("batch.finished", job=job.id, attempt=job.attempt, **told)
    return shown


async def _turns(messages: Messages, job: str, body: RotationsBody) -> AsyncIterator[Task]:
    rotation = Rotation(messages.service.state, messages.audit)
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
        yield Task(_title(name, developer), _assembling(messages, _filled(body, name, developer)))


async def _rotated(messages: Messages, job: str, body: MessagesBody) -> AsyncIterator[Task]:
    rotation = Rotation(messages.service.state, messages.audit)

    def turn(key: str) -> Callable[[Counter[str]], Awaitable[None]]:
        async def do(counts: Counter[str]) -> None:
            pair = await rotation.claim_pair(key)
            await _assembling(messages, _filled(body, pair.item.text, pair.partner.text))(counts)

        return do

    for number in range(body.limit or 0):
        yield Task(f"turn {number + 1}", turn(f"{job}-{number}"))


def _title(name: str | None, developer: str | None) -> str:
    return " / ".join(filter(None, (name, developer))) or "message"


def _filled(body: MessagesBody, name: str | None, developer: str | None) -> TemplateBody:
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


async def _all_pairs(messages: Messages, body: MessagesBody) -> AsyncIterator[tuple[str | None, str | None]]:
    """Every name for every developer, one developer after the other, up to the limit."""
    left = body.limit
    names, developers = await _asked(messages, body)
    async for developer in _texts(messages, developers):
        async for name in _texts(messages, names):
            if left == 0:
                return
            yield name, developer
            left = None if left is None else left - 1


async def _asked(messages: Messages, body: MessagesBody) -> tuple[str | None, str | None]:
    """The datasets of names and of developers; None for one that the template says nothing of."""
    asks = set((await messages.templates.load(body.template)).placeholders)
    names = body.names if asks & {"name", "first_name"} else None
    developers = body.developers if "developer" in asks else None
    return names, developers


async def _texts(messages: Messages, dataset: str | None) -> AsyncIterator[str | None]:
    if dataset is None:
        yield None
        return
    async for text in messages.datasets.texts(dataset):
        yield text


async def _count(messages: Messages, body: MessagesBody) -> int:
    if body.rotate:
        return body.limit or 0
    sizes = {dataset.name: dataset.count for dataset in await messages.datasets.list(sample=0)}
    asked = [one for one in await _asked(messages, body) if one is not None]
    every = math.prod([sizes[(await messages.datasets.known(one)).name] for one in asked])
    return min(every, body.limit or every)


async def check(messages: Messages, body: RotationsBody | MessagesBody) -> None:
    """What is wrong with the whole batch, before it is a job. Raises `Problem` for an unknown dataset, template, variant
    or placeholder, for a missing one, and where the rotation has nothing to deal."""
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
    template = await messages.templates.load(body.template)
    template.voice(body.variant)
    fill(template, _filled(body, "Anna", "Anna"))
