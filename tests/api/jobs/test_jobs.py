"""Submitting, running, watching and cancelling jobs, on both databases."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import replace

import pytest
from pydantic import JsonValue
from sqlalchemy import text

from mixdown_api.jobs import Handler, Job, JobContext, Jobs, JobSettings, JobState, Progress, queue
from mixdown_api.state import State
from mixdown_kernel import Kind, Problem


async def echo(job: JobContext) -> JsonValue:
    return job.input


async def forever(job: JobContext) -> JsonValue:
    await job.progress(1, 2, "waiting")
    await asyncio.Event().wait()
    return None


async def ended(jobs: Jobs, job_id: str) -> Job:
    *_, last = [job async for job in jobs.events(job_id)]
    return last


async def reached(jobs: Jobs, job_id: str, state: JobState) -> Job:
    async for job in jobs.events(job_id):
        if job.state is state:
            return job
    raise AssertionError(f"the job never was {state}")


async def test_a_job_gives_its_result(state: State, quick: JobSettings) -> None:
    given: JsonValue = {"text": "Zoë \x00 \ud800", "list": [1, 2.5, None, True]}
    before = time.time()
    async with Jobs(state, {"echo": echo}, quick) as jobs:
        submitted = await jobs.submit("echo", given, owner="me")
        assert (submitted.state, submitted.input, submitted.attempts) == (JobState.QUEUED, given, 0)
        job = await ended(jobs, submitted.id)
    assert (job.state, job.result, job.error, job.attempts) == (JobState.SUCCEEDED, given, None, 1)
    assert (job.id, job.kind, job.owner) == (submitted.id, "echo", "me")
    assert job.started_at is not None
    assert job.finished_at is not None
    assert before <= job.created_at <= job.started_at <= job.finished_at <= time.time()


async def test_progress_is_seen_while_it_is_made(state: State, quick: JobSettings) -> None:
    seen = asyncio.Event()

    async def counting(job: JobContext) -> JsonValue:
        await job.progress(3, 10, "three " * 200)
        await seen.wait()
        for done in range(4, 11):
            await job.progress(done, 10, "on")
        return "done"

    async with Jobs(state, {"count": counting}, quick) as jobs:
        job = await jobs.submit("count", None)
        progress = []
        async for snapshot in jobs.events(job.id):
            progress.append(snapshot.progress)
            if snapshot.progress.done == 3:
                seen.set()
    assert progress[0].done in {0, 3}
    assert Progress(3, 10, ("three " * 200)[:500]) in progress
    assert progress[-1] == Progress(10, 10, "on")
    assert [p.done for p in progress] == sorted(p.done for p in progress)


@pytest.mark.parametrize("done", [float("nan"), float("inf")])
async def test_progress_is_finite(state: State, quick: JobSettings, done: float) -> None:
    async def counting(job: JobContext) -> JsonValue:
        await job.progress(done)
        return None

    async with Jobs(state, {"count": counting}, quick) as jobs:
        assert (await ended(jobs, (await jobs.submit("count", None)).id)).state is JobState.FAILED


async def test_a_problem_is_the_jobs_error(state: State, quick: JobSettings) -> None:
    async def failing(job: JobContext) -> JsonValue:
        raise Problem(
            Kind.INVALID, "bad_bpm", "Too fast.", field="music.bpm", allowed=[20, 400], details={"bpm": 900}
        )

    async with Jobs(state, {"fail": failing}, quick) as jobs:
        job = await ended(jobs, (await jobs.submit("fail", None)).id)
    assert job.state is JobState.FAILED
    assert job.error == {
        "kind": "invalid",
        "code": "bad_bpm",
        "message": "Too fast.",
        "field": "music.bpm",
        "allowed": [20, 400],
        "details": {"bpm": 900},
    }


async def raises(job: JobContext) -> JsonValue:
    raise RuntimeError("secret")


async def cancels_itself(job: JobContext) -> JsonValue:
    raise asyncio.CancelledError


async def no_json(job: JobContext) -> JsonValue:
    return object()  # type: ignore[return-value]


async def no_number(job: JobContext) -> JsonValue:
    return float("nan")


def no_coroutine(job: JobContext) -> JsonValue:
    raise TypeError("secret")


@pytest.mark.parametrize("handler", [raises, cancels_itself, no_json, no_number, no_coroutine])
async def test_other_errors_are_internal_and_tell_nothing(
    state: State, quick: JobSettings, handler: Handler
) -> None:
    async with Jobs(state, {"fail": handler, "echo": echo}, quick) as jobs:
        job = await ended(jobs, (await jobs.submit("fail", None)).id)
        assert job.state is JobState.FAILED
        assert job.error is not None
        assert job.error["code"] == "job_failed"
        assert "secret" not in str(job.error)
        assert (await ended(jobs, (await jobs.submit("echo", 1)).id)).result == 1


async def test_no_more_jobs_run_at_once_than_allowed(state: State, quick: JobSettings) -> None:
    running = peak = 0
    full = asyncio.Event()

    async def crowd(job: JobContext) -> JsonValue:
        nonlocal running, peak
        running += 1
        peak = max(peak, running)
        if running == 3:
            full.set()
        await full.wait()
        await asyncio.sleep(0.01)
        running -= 1
        return None

    async with Jobs(state, {"crowd": crowd}, replace(quick, concurrency=3)) as jobs:
        submitted = [await jobs.submit("crowd", n) for n in range(12)]
        for job in submitted:
            assert (await ended(jobs, job.id)).state is JobState.SUCCEEDED
    assert peak == 3


async def test_urgent_jobs_go_first_then_the_oldest(state: State, quick: JobSettings) -> None:
    order: list[JsonValue] = []

    async def note(job: JobContext) -> JsonValue:
        order.append(job.input)
        return None

    waiting = Jobs(state, {"note": note}, replace(quick, concurrency=0))
    for name, priority in [("c", 10), ("d", 10), ("e", 20), ("a", 0), ("b", 0)]:
        last = await waiting.submit("note", name, priority=priority)
    async with Jobs(state, {"note": note}, replace(quick, concurrency=1)) as jobs:
        for job in (await jobs.page()).items:
            last = await ended(jobs, job.id)
    assert last.state is JobState.SUCCEEDED
    assert order == ["a", "b", "c", "d", "e"]


async def test_jobs_of_unknown_kinds_are_left_to_others(state: State, quick: JobSettings) -> None:
    job = await Jobs(state, {"other": echo}, quick).submit("other", 1)
    async with Jobs(state, {"echo": echo}, quick) as jobs:
        await ended(jobs, (await jobs.submit("echo", 1)).id)
        assert (await jobs.get(job.id)).state is JobState.QUEUED
        with pytest.raises(Problem) as error:
            await jobs.submit("other", 1)
    assert (error.value.code, error.value.allowed) == ("unknown_job_kind", ["echo"])


async def test_an_idempotency_key_gives_the_same_job(state: State, quick: JobSettings) -> None:
    async with Jobs(state, {"echo": echo, "other": echo}, quick) as jobs:
        many = await asyncio.gather(*(jobs.submit("echo", {"n": 1}, idempotency_key="k") for _ in range(10)))
        assert len({job.id for job in many}) == 1
        await ended(jobs, many[0].id)
        again = await jobs.submit("echo", {"n": 1}, idempotency_key="k")
        assert (again.id, again.result) == (many[0].id, {"n": 1})
        assert (await jobs.submit("echo", {"n": 1}, idempotency_key="k", owner="other")).id != again.id
        assert (await jobs.submit("echo", {"n": 1})).id != (await jobs.submit("echo", {"n": 1})).id
        for kind, input_ in [("echo", {"n": 2}), ("other", {"n": 1})]:
            with pytest.raises(Problem) as error:
                await jobs.submit(kind, input_, idempotency_key="k")  # type: ignore[arg-type]
            assert (error.value.kind, error.value.code) == (Kind.CONFLICT, "idempotency_conflict")


@pytest.mark.parametrize("key", ["", " ", "a b", "é", "\x00", "x" * 256])
async def test_idempotency_keys_have_a_shape(state: State, quick: JobSettings, key: str) -> None:
    with pytest.raises(Problem) as error:
        await Jobs(state, {"echo": echo}, quick).submit("echo", 1, idempotency_key=key)
    assert error.value.code == "bad_idempotency_key"


async def test_a_full_queue_refuses_at_once_and_keeps_nothing(state: State, quick: JobSettings) -> None:
    jobs = Jobs(state, {"echo": echo}, replace(quick, concurrency=0, max_queued=3))
    first = await jobs.submit("echo", 1, idempotency_key="k")
    for _ in range(2):
        await jobs.submit("echo", 1)
    with pytest.raises(Problem) as error:
        await jobs.submit("echo", 1)
    assert (error.value.kind, error.value.code) == (Kind.OVERLOADED, "queue_full")
    assert error.value.retry_after
    assert len((await jobs.page()).items) == 3
    assert (await jobs.submit("echo", 1, idempotency_key="k")).id == first.id, "it waits already"


async def test_an_input_has_a_limit(state: State, quick: JobSettings) -> None:
    with pytest.raises(Problem) as error:
        await Jobs(state, {"echo": echo}, quick).submit("echo", "x" * 9_000_000)
    assert (error.value.kind, error.value.code) == (Kind.TOO_LARGE, "input_too_large")


async def test_cancelling_a_queued_job_ends_it(state: State, quick: JobSettings) -> None:
    jobs = Jobs(state, {"echo": echo}, replace(quick, concurrency=0))
    job = await jobs.cancel((await jobs.submit("echo", 1)).id)
    assert (job.state, job.attempts) == (JobState.CANCELLED, 0)
    assert job.finished_at is not None
    async with Jobs(state, {"echo": echo}, quick) as working:
        await ended(working, (await working.submit("echo", 1)).id)
    assert await jobs.get(job.id) == job


async def test_cancelling_a_running_job_stops_its_handler(state: State, quick: JobSettings) -> None:
    cleaned = asyncio.Event()

    async def careful(job: JobContext) -> JsonValue:
        try:
            return await forever(job)
        finally:
            cleaned.set()

    async with Jobs(state, {"careful": careful}, quick) as jobs:
        job = await jobs.submit("careful", None)
        await reached(jobs, job.id, JobState.RUNNING)
        assert (await jobs.cancel(job.id)).cancel_requested
        job = await ended(jobs, job.id)
        assert (job.state, job.error) == (JobState.CANCELLED, None)
        assert cleaned.is_set()
        assert await jobs.cancel(job.id) == job, "what has ended stays as it is"


async def test_cancelling_reaches_a_job_in_another_process(
    state: State, database_url: str, quick: JobSettings
) -> None:
    """Two `Jobs` that share nothing but the database."""
    other_state = await State.open(database_url)
    other = Jobs(other_state, {"forever": forever}, replace(quick, concurrency=0))
    async with Jobs(state, {"forever": forever}, quick), other:
        job = await other.submit("forever", None)
        await reached(other, job.id, JobState.RUNNING)
        await other.cancel(job.id)
        assert (await ended(other, job.id)).state is JobState.CANCELLED
    await other_state.aclose()


async def test_an_error_while_cancelled_is_still_a_cancellation(state: State, quick: JobSettings) -> None:
    async def clumsy(job: JobContext) -> JsonValue:
        try:
            return await forever(job)
        except asyncio.CancelledError:
            raise RuntimeError("the clean-up failed") from None

    async with Jobs(state, {"clumsy": clumsy}, quick) as jobs:
        job = await jobs.submit("clumsy", None)
        await reached(jobs, job.id, JobState.RUNNING)
        await jobs.cancel(job.id)
        assert (await ended(jobs, job.id)).state is JobState.CANCELLED


async def test_a_job_that_ends_well_all_the_same_has_succeeded(state: State, quick: JobSettings) -> None:
    async def finishing(job: JobContext) -> JsonValue:
        try:
            return await forever(job)
        except asyncio.CancelledError:
            return "was nearly done"

    async with Jobs(state, {"finish": finishing}, quick) as jobs:
        job = await jobs.submit("finish", None)
        await reached(jobs, job.id, JobState.RUNNING)
        await jobs.cancel(job.id)
        job = await ended(jobs, job.id)
        assert (job.state, job.result) == (JobState.SUCCEEDED, "was nearly done")


async def test_a_stopped_service_gives_its_jobs_back(state: State, quick: JobSettings) -> None:
    checkpoints: list[Mapping[str, JsonValue]] = []
    saved = asyncio.Event()

    async def resuming(job: JobContext) -> JsonValue:
        checkpoints.append(job.checkpoint)
        if not job.checkpoint:
            await job.progress(1, 2)
            await job.save({"half": [1, 2]})
            saved.set()
            await asyncio.Event().wait()
        return "resumed"

    async with Jobs(state, {"resume": resuming}, quick) as jobs:
        job = await jobs.submit("resume", None)
        await saved.wait()
    job = await jobs.get(job.id)
    assert (job.state, job.attempts, job.progress.done) == (JobState.QUEUED, 0, 1)
    async with Jobs(state, {"resume": resuming}, quick) as jobs:
        job = await ended(jobs, job.id)
    assert (job.state, job.result, job.attempts) == (JobState.SUCCEEDED, "resumed", 1)
    assert checkpoints == [{}, {"half": [1, 2]}]


async def test_a_handler_that_will_not_stop_does_not_keep_the_service(
    state: State, quick: JobSettings
) -> None:
    let_go = asyncio.Event()

    async def stubborn(job: JobContext) -> JsonValue:
        await job.progress(1)
        while not let_go.is_set():
            try:
                await let_go.wait()
            except asyncio.CancelledError:
                continue
        return None

    async with Jobs(state, {"stubborn": stubborn}, replace(quick, grace=0.05)) as jobs:
        job = await jobs.submit("stubborn", None)
        await reached(jobs, job.id, JobState.RUNNING)
    assert (await jobs.get(job.id)).state is JobState.RUNNING, "its lease will run out"
    let_go.set()


async def test_a_worker_and_its_jobs_outlive_a_database_that_is_away(
    state: State, quick: JobSettings
) -> None:
    go_on = asyncio.Event()

    async def waiting(job: JobContext) -> JsonValue:
        await go_on.wait()
        return "done"

    async with Jobs(state, {"echo": echo, "wait": waiting}, quick) as jobs:
        running = await jobs.submit("wait", None)
        await reached(jobs, running.id, JobState.RUNNING)
        async with state.begin() as connection:
            await connection.execute(text("ALTER TABLE jobs RENAME TO away"))
        await asyncio.sleep(10 * quick.heartbeat)
        async with state.begin() as connection:
            await connection.execute(text("ALTER TABLE away RENAME TO jobs"))
        go_on.set()
        assert (await ended(jobs, running.id)).result == "done"
        assert (await ended(jobs, (await jobs.submit("echo", 2)).id)).result == 2


async def test_pages_by_state_kind_and_owner(state: State, quick: JobSettings) -> None:
    jobs = Jobs(state, {"a": echo, "b": echo}, replace(quick, concurrency=0))
    made = [await jobs.submit("ab"[n % 2], n, owner=f"o{n % 3}") for n in range(9)]
    await jobs.cancel(made[0].id)

    async def numbers(**wanted: object) -> list[JsonValue]:
        return [job.input for job in (await jobs.page(**wanted)).items]  # type: ignore[arg-type]

    assert await numbers() == [8, 7, 6, 5, 4, 3, 2, 1, 0]
    assert await numbers(kind="a", state=JobState.QUEUED) == [8, 6, 4, 2]
    assert await numbers(state=JobState.CANCELLED) == [0]
    assert await numbers(owner="o1") == [7, 4, 1]
    first = await jobs.page(limit=5)
    rest = await jobs.page(limit=5, cursor=first.next)
    assert [job.input for job in (*first.items, *rest.items)] == [8, 7, 6, 5, 4, 3, 2, 1, 0]
    assert rest.next is None


@pytest.mark.parametrize("id_", ["", "0" * 32, "\x00", "\ud800", "' OR 1=1 --"])
async def test_unknown_jobs(state: State, quick: JobSettings, id_: str) -> None:
    jobs = Jobs(state, {"echo": echo}, quick)
    for call in [jobs.get(id_), jobs.cancel(id_), anext(jobs.events(id_))]:
        with pytest.raises(Problem) as error:
            await call
        assert (error.value.kind, error.value.code) == (Kind.NOT_FOUND, "unknown_job")


async def test_finished_jobs_are_forgotten_in_time(state: State, quick: JobSettings) -> None:
    async with Jobs(state, {"echo": echo, "forever": forever}, quick) as jobs:
        done = await ended(jobs, (await jobs.submit("echo", 1)).id)
        assert done.finished_at
        await jobs.submit("forever", None)
        async with state.begin() as connection:
            assert await queue.forget(connection, done.finished_at) == 0
            assert await queue.forget(connection, time.time() + 1) == 1
        with pytest.raises(Problem):
            await jobs.get(done.id)
        assert len((await jobs.page()).items) == 1
