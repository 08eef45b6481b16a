"""What is sent again, and what is not because it may have been done."""

from __future__ import annotations

import inspect
import json
import socket

import pytest

from mixdown_client import AsyncMixdown, Mixdown, MixdownError
from mixdown_client.asynchronous import AsyncJobs
from mixdown_client.synchronous import Jobs

from .answering import Answer, AnsweringServer
from .test_jobs import JOB

BUSY = {"error": "OVERLOADED", "message": "Every slot is taken."}
MODELS = Answer.json({"data": [{"id": "tts-1"}]})
HANG_UP = Answer(0)


def busy(status: int = 503, retry_after_ms: str = "1", **headers: str) -> Answer:
    return Answer.json(BUSY, status, retry_after_ms=retry_after_ms, **headers)


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_server_is_asked_again(answering: AnsweringServer, status: int) -> None:
    answering.answers = [busy(status), busy(status), Answer(200, b"RIFF")]
    with Mixdown(answering.url) as mixdown:
        assert mixdown.speak("Hello.") == b"RIFF"
    assert len({asked.body for asked in answering.asked}) == 1


def test_a_server_that_stays_busy_is_left_alone(answering: AnsweringServer) -> None:
    answering.answers = [busy() for _ in range(4)]
    with Mixdown(answering.url, retries=3) as mixdown, pytest.raises(MixdownError) as caught:
        mixdown.generate("Hello.")
    assert (caught.value.status, caught.value.code, len(answering.asked)) == (503, "overloaded", 4)
    assert caught.value.retry_after == 0.001


@pytest.mark.parametrize("headers", [{"retry_after_ms": "3600000"}, {"x_should_retry": "false"}])
def test_no_retry_that_is_too_far_off_or_unwanted(
    answering: AnsweringServer, headers: dict[str, str]
) -> None:
    answering.answers = [busy(503, **headers)]
    with Mixdown(answering.url) as mixdown, pytest.raises(MixdownError, match="Every slot"):
        mixdown.models()


@pytest.mark.parametrize("status", [400, 404, 500, 502, 504])
def test_other_failures_are_final(answering: AnsweringServer, status: int) -> None:
    answering.answers = [Answer.json(BUSY, status, retry_after="0")]
    with Mixdown(answering.url) as mixdown, pytest.raises(MixdownError) as caught:
        mixdown.models()
    assert caught.value.status == status


def test_a_read_whose_answer_got_lost_is_sent_again(answering: AnsweringServer) -> None:
    answering.answers = [HANG_UP, MODELS]
    with Mixdown(answering.url) as mixdown:
        assert [model.id for model in mixdown.models()] == ["tts-1"]


def test_a_render_whose_answer_got_lost_is_not(answering: AnsweringServer) -> None:
    answering.answers = [HANG_UP, HANG_UP]
    with Mixdown(answering.url) as mixdown:
        for render in (mixdown.generate, mixdown.speak):
            with pytest.raises(MixdownError) as caught:
                render("Hello.")
            assert caught.value.code == "connection_lost"
    assert len(answering.asked) == 2


def test_a_job_whose_answer_got_lost_is_sent_again_as_the_same(answering: AnsweringServer) -> None:
    answering.answers = [HANG_UP, Answer.json(JOB, 202), Answer.json(JOB, 202)]
    with Mixdown(answering.url) as mixdown:
        mixdown.submit("Hello.")
        mixdown.submit("Hello.")
    first, again, other = (asked.headers["idempotency-key"] for asked in answering.asked)
    assert first == again != other
    assert json.loads(answering.asked[0].body) == {"text": "Hello."}


def test_nobody_at_home() -> None:
    url = "http://127.0.0.1:1"
    with Mixdown(url, retries=1) as mixdown, pytest.raises(MixdownError) as caught:
        mixdown.generate("Hello.")
    assert (caught.value.code, caught.value.status) == ("connection_failed", None)
    assert url in caught.value.message


def test_silence_is_endured_for_the_timeout() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with Mixdown(url, timeout=0.05) as mixdown, pytest.raises(MixdownError) as caught:
            mixdown.models()
    assert caught.value.code == "timeout"


async def test_the_asynchronous_client_retries_alike(answering: AnsweringServer) -> None:
    answering.answers = [busy(), HANG_UP, MODELS, HANG_UP]
    async with AsyncMixdown(answering.url) as mixdown:
        assert await mixdown.models()
        with pytest.raises(MixdownError, match="lost"):
            await mixdown.generate("Hello.")
    assert answering.answers == []


def test_both_clients_offer_the_same() -> None:
    pairs = [(Mixdown, AsyncMixdown), (Jobs, AsyncJobs)]
    for one, other in pairs:
        assert _parameters(one) == _parameters(other)


def _parameters(client: type) -> dict[str, list[str]]:
    names = (name for name in vars(client) if not name.startswith("_") and name not in ("close", "aclose"))
    return {name: list(inspect.signature(getattr(client, name)).parameters) for name in names}
