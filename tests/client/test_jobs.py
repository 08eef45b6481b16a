"""Jobs: submitted, watched, cancelled."""

from __future__ import annotations

import json

import pytest

from mixdown_client import AsyncMixdown, Job, Mixdown, MixdownError

from .answering import Answer, AnsweringServer

TEXT = "It's a rainy day. The street is wet, and nobody is out."
LONG = " ".join(f"This is sentence number {n}, and it says nothing much." for n in range(2000))
JOB = {
    "id": "1", "kind": "generate", "state": "running", "progress": {"done": 1, "total": 2, "message": ""},
    "result": None, "error": None, "attempts": 1, "cancel_requested": False,
    "created_at": "2026-01-01T00:00:00Z", "started_at": None, "updated_at": "2026-01-01T00:00:00Z", "finished_at": None,
}  # fmt: skip


def test_a_job_is_watched_to_its_result(mixdown: Mixdown) -> None:
    seen: list[Job] = []
    job = mixdown.submit(TEXT, music={"genre": "lofi"})
    done = mixdown.jobs.wait(job.id, seen.append)
    assert (seen[0].id, seen[-1]) == (job.id, done)
    assert done.progress.done > 0
    assert mixdown.fetch(done.generated().audio_url)
    assert mixdown.jobs.get(job.id) == done
    assert job.id in [one.id for one in mixdown.jobs.list(state="succeeded", kind="generate").data]


def test_a_job_is_cancelled(mixdown: Mixdown) -> None:
    job = mixdown.submit(LONG)
    for now in mixdown.jobs.events(job.id):
        if now.state == "running":
            mixdown.jobs.cancel(job.id)
    assert mixdown.jobs.get(job.id).state == "cancelled"
    with pytest.raises(MixdownError) as caught:
        now.generated()
    assert caught.value.code == "job_cancelled"


def test_a_job_has_no_result_before_its_end() -> None:
    with pytest.raises(MixdownError) as caught:
        Job.model_validate(JOB).generated()
    assert caught.value.code == "job_unfinished"


def test_a_failed_job_raises_its_own_error() -> None:
    error = {
        "code": "unknown_voice",
        "message": "Nobody.",
        "hint": "Ask.",
        "field": "voice",
        "allowed": ["a"],
    }
    with pytest.raises(MixdownError) as caught:
        Job.model_validate({**JOB, "state": "failed", "error": error}).generated()
    failure = caught.value
    assert (failure.code, failure.message) == ("unknown_voice", "Nobody. Ask.")
    assert (failure.field, failure.allowed) == ("voice", ["a"])


def test_pages_follow_one_another(mixdown: Mixdown) -> None:
    for _ in range(2):
        mixdown.jobs.wait(mixdown.submit("Hi.").id)
    first = mixdown.jobs.list(limit=1)
    second = mixdown.jobs.list(limit=1, cursor=first.next)
    assert first.data[0].id != second.data[0].id


def test_a_job_that_nobody_knows(mixdown: Mixdown) -> None:
    with pytest.raises(MixdownError) as caught:
        mixdown.jobs.wait("nothing/../here")
    assert caught.value.status == 404


def events(*states: str) -> bytes:
    lines = (f"event: progress\ndata: {json.dumps({**JOB, 'state': state})}\n\n" for state in states)
    return "".join(lines).encode()


EVENTS = {"content-type": "text/event-stream"}


def test_a_stream_of_events_that_breaks_off_is_taken_up_again(answering: AnsweringServer) -> None:
    broken = Answer(200, events("queued", "running"), EVENTS, length=10_000)
    answering.answers = [broken, Answer(200, events("running", "succeeded"), EVENTS)]
    with Mixdown(answering.url) as mixdown:
        assert [job.state for job in mixdown.jobs.events("1")] == [
            "queued",
            "running",
            "running",
            "succeeded",
        ]


def test_a_stream_of_events_that_never_comes_is_given_up(answering: AnsweringServer) -> None:
    answering.answers = [Answer(200, b"", EVENTS, length=10) for _ in range(3)]
    with Mixdown(answering.url) as mixdown, pytest.raises(MixdownError) as caught:
        mixdown.jobs.wait("1")
    assert caught.value.code == "connection_lost"
    assert answering.answers == []


async def test_the_asynchronous_client_watches_and_cancels(amixdown: AsyncMixdown) -> None:
    seen: list[Job] = []
    job = await amixdown.submit(TEXT, music={"genre": "lofi"})
    done = await amixdown.jobs.wait(job.id, seen.append)
    assert seen[-1] == done
    assert await amixdown.fetch(done.generated().audio_url)
    assert (await amixdown.jobs.list(limit=1)).data
    other = await amixdown.submit(LONG)
    await amixdown.jobs.cancel(other.id)
    assert (await amixdown.jobs.wait(other.id)).state == "cancelled"
    assert (await amixdown.jobs.get(other.id)).is_final


async def test_the_asynchronous_client_takes_a_stream_up_again(answering: AnsweringServer) -> None:
    broken = Answer(200, events("running"), EVENTS, length=10_000)
    answering.answers = [broken, Answer(200, events("succeeded"), EVENTS)]
    async with AsyncMixdown(answering.url) as mixdown:
        assert (await mixdown.jobs.wait("1")).state == "succeeded"
