"""So many renders at once, so many waiting; the next is told at once, and nobody's place is lost."""

from __future__ import annotations

import asyncio

import pytest

from mixdown_api.edge import Admission
from mixdown_kernel import Kind, Problem


class Renders:
    """Renders that hold a slot until they are told to end."""

    def __init__(self, admission: Admission) -> None:
        self.admission = admission
        self.begun: list[int] = []
        self.end = asyncio.Event()

    async def render(self, number: int) -> None:
        async with self.admission.slot():
            self.begun.append(number)
            await self.end.wait()

    def start(self, *numbers: int) -> list[asyncio.Task[None]]:
        return [asyncio.create_task(self.render(number)) for number in numbers]


async def test_arrivals_of_the_same_moment_are_counted_at_the_check():
    renders = Renders(admission := Admission(slots=2, queue=3, patience=60))
    tasks = renders.start(*range(10))
    shed, _ = await asyncio.wait(tasks[5:])
    for task in shed:
        problem = task.exception()
        assert isinstance(problem, Problem)
        assert (problem.kind, problem.code) == (Kind.OVERLOADED, "overloaded")
        assert problem.retry_after >= 1
    assert renders.begun == [0, 1]
    assert admission.figures() == {
        "slots": 2,
        "running": 2,
        "queue": 3,
        "waiting": 3,
        "patient": 0,
        "shed": 5,
    }
    renders.end.set()
    await asyncio.gather(*tasks[:5])
    assert renders.begun == [0, 1, 2, 3, 4]
    assert admission.figures() == {
        "slots": 2,
        "running": 0,
        "queue": 3,
        "waiting": 0,
        "patient": 0,
        "shed": 5,
    }


async def test_who_leaves_the_queue_frees_his_place(eventually):
    renders = Renders(admission := Admission(slots=1, queue=1, patience=60))
    _, waiting = renders.start(0, 1)
    await eventually(lambda: admission.waiting == 1)
    waiting.cancel()
    await asyncio.wait({waiting})
    assert admission.waiting == 0
    (third,) = renders.start(2)
    await eventually(lambda: admission.waiting == 1)
    renders.end.set()
    await third
    assert renders.begun == [0, 2]


async def test_who_is_cancelled_while_he_renders_hands_his_slot_on(eventually):
    renders = Renders(admission := Admission(slots=1, queue=1, patience=60))
    first, second = renders.start(0, 1)
    await eventually(lambda: admission.waiting == 1)
    first.cancel()
    await eventually(lambda: renders.begun == [0, 1])
    second.cancel()
    await asyncio.wait({first, second})
    assert admission.running == 0
    async with admission.slot():
        assert admission.running == 1


async def test_a_slot_handed_to_one_who_leaves_at_that_moment_goes_to_the_next(eventually):
    renders = Renders(admission := Admission(slots=1, queue=2, patience=60))
    first, second, third = renders.start(0, 1, 2)
    await eventually(lambda: admission.waiting == 2)
    first.cancel()
    await asyncio.sleep(0)  # the slot is on its way to the second
    second.cancel()
    await eventually(lambda: 2 in renders.begun)
    renders.end.set()
    await third
    assert admission.figures()["running"] == 0


async def test_patience_ends():
    renders = Renders(admission := Admission(slots=1, queue=1, patience=0.01))
    (holder,) = renders.start(0)
    await asyncio.sleep(0)
    with pytest.raises(Problem) as caught:
        await renders.render(1)
    assert (caught.value.kind, caught.value.code) == (Kind.OVERLOADED, "queue_timeout")
    assert (admission.running, admission.waiting) == (1, 0)
    renders.end.set()
    await holder


async def test_an_overloaded_server_answers_at_once_in_openais_words(make_app, ask, eventually):
    app = make_app(render_slots=1, render_queue=0)
    admission = app.state.edge.admission

    @app.post("/v1/audio/speech")
    async def speech() -> None:
        async with admission.slot():
            raise AssertionError("the only slot is taken")

    async with admission.slot(), ask(app) as client:
        answer = await client.post("/v1/audio/speech")
        figures = (await client.get("/metrics")).text
    assert answer.status_code == 503
    assert answer.json()["error"]["type"] == "overloaded_error"
    assert int(answer.headers["retry-after"]) >= 1
    assert "mixdown_renders_running 1.0" in figures
    assert "mixdown_renders_shed 1.0" in figures
