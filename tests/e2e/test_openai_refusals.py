"""What the official SDK makes of our refusals: its own error classes, with all four members of OpenAI's shape."""

from __future__ import annotations

import threading
from typing import Any

import httpx
import openai
import pytest

from .conftest import MakeServer
from .server import Server

LONG = " ".join(f"This is sentence number {n}, and it says nothing that matters." for n in range(1, 61))
ASKED: dict[str, Any] = {"model": "gpt-4o-mini-tts", "voice": "alloy", "input": "Hello."}
REFUSALS = {
    "unknown voice": ({"voice": "nobody"}, 404, "not_found_error", "voice", "unknown_voice"),
    "unknown model": ({"model": "nobody"}, 404, "not_found_error", "model", "model_not_found"),
    "empty input": ({"input": ""}, 400, "invalid_request_error", "input", "invalid_input"),
    "blank input": ({"input": " \n "}, 400, "invalid_request_error", "input", "empty_text"),
    "nothing to say": ({"input": "..."}, 400, "invalid_request_error", "input", "nothing_to_speak"),
    "long input": ({"input": "a" * 4097}, 400, "invalid_request_error", "input", "string_above_max_length"),
    "speed": ({"speed": 9}, 400, "invalid_request_error", "speed", "invalid_speed"),
    "format": ({"response_format": "ogg"}, 400, "invalid_request_error", "response_format", "invalid_response_format"),
    "unknown member": ({"extra_body": {"foo": 1}}, 400, "invalid_request_error", "foo", "unknown_field"),
    "old model, events": (
        {"model": "tts-1", "stream_format": "sse"}, 400, "invalid_request_error", "stream_format", "unsupported_value",
    ),
    "old model, instructions": (
        {"model": "tts-1", "instructions": "Sing."}, 400, "invalid_request_error", "instructions", "unsupported_parameter",
    ),
    "our own member": (
        {"extra_body": {"music": {"bpm": 300}}}, 400, "invalid_request_error", "music.bpm", "invalid_bpm",
    ),
    "voice object": ({"voice": {"name": "x"}}, 400, "invalid_request_error", "voice.id", "missing_id"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSALS)
def test_a_refusal_has_all_four_members(client: openai.OpenAI, case: str) -> None:
    members, status, kind, param, code = REFUSALS[case]
    with pytest.raises(openai.APIStatusError) as refused:
        client.audio.speech.create(**{**ASKED, **members})
    error = refused.value
    assert isinstance(error, openai.NotFoundError if status == 404 else openai.BadRequestError)
    assert (error.type, error.param, error.code) == (kind, param, code)
    assert isinstance(error.body, dict)
    assert {"message", "type", "param", "code"} <= set(error.body)
    assert error.body["message"]


def test_a_range_is_told(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match=r"between 0\.25 and 4"):
        client.audio.speech.create(**ASKED, speed=9)


def test_a_failure_before_the_first_byte_is_a_status_among_events_too(client: openai.OpenAI) -> None:
    with (
        pytest.raises(openai.NotFoundError),
        client.audio.speech.with_streaming_response.create(
            **{**ASKED, "voice": "nobody"}, stream_format="sse"
        ),
    ):
        pass


def test_a_full_house_says_when_to_come_back_and_the_sdk_does(full_house: Server) -> None:
    server, shed = full_house, full_house.health()["admission"]["shed"]
    speech = f"{server.url}/v1/audio/speech"
    with httpx.stream("POST", speech, json={**ASKED, "input": LONG, "response_format": "wav"}) as busy:
        reading = busy.iter_bytes(4096)
        next(reading)
        with (
            openai.OpenAI(base_url=f"{server.url}/v1", api_key="any", max_retries=0) as once,
            pytest.raises(openai.InternalServerError) as refused,
        ):
            once.audio.speech.create(**ASKED)
        assert (refused.value.status_code, refused.value.type) == (503, "overloaded_error")
        assert int(refused.value.response.headers["retry-after"]) >= 1
        assert refused.value.response.headers["x-should-retry"] == "true"
        assert server.health()["admission"]["shed"] == shed + 1

        answers: list[bytes] = []
        with openai.OpenAI(base_url=f"{server.url}/v1", api_key="any", max_retries=8) as client:
            waiting = threading.Thread(
                target=lambda: answers.append(client.audio.speech.create(**ASKED).content)
            )
            waiting.start()
            server.wait_until(lambda: server.health()["admission"]["shed"] == shed + 2)  # its first attempt
            for _ in reading:
                pass
            waiting.join(60)
    assert answers
    assert answers[0]


def test_keys(make_server: MakeServer) -> None:
    server = make_server(API_KEYS="secret-one,secret-two", RATE_LIMIT="100/minute")
    root = f"{server.url}/v1"
    for headers in ({}, {"authorization": "Bearer"}, {"authorization": "secret-one"}):
        without = httpx.post(f"{root}/audio/speech", json=ASKED, headers=headers)
        assert (without.status_code, without.json()["error"]["code"]) == (401, "missing_api_key")
    with (
        openai.OpenAI(base_url=root, api_key="nobody", max_retries=0) as client,
        pytest.raises(openai.AuthenticationError) as refused,
    ):
        client.audio.speech.create(**ASKED)
    assert (refused.value.type, refused.value.code) == ("authentication_error", "invalid_api_key")
    for right in ("secret-one", "secret-two"):
        with openai.OpenAI(base_url=root, api_key=right) as client:
            assert client.audio.speech.create(**ASKED).content
    assert server.http.get("/health").status_code == 200
    assert server.http.get("/v1/models").status_code == 401
    assert "secret" not in server.log()
    _limits_are_told(server)


def _limits_are_told(server: Server) -> None:
    """Sources' example: ``X-RateLimit-Limit: 100``, ``X-RateLimit-Remaining: 89``; on refusals as well."""
    key = {"authorization": "Bearer secret-one"}
    answers = [server.http.get("/v1/models", headers=key) for _ in range(2)]
    answers.append(server.http.post("/v1/audio/generate", json={"text": ""}, headers=key))
    assert [answer.headers["x-ratelimit-limit"] for answer in answers] == ["100"] * 3
    left = [int(answer.headers["x-ratelimit-remaining"]) for answer in answers]
    assert left == [left[0], left[0] - 1, left[0] - 2]
    assert all(int(answer.headers["x-ratelimit-reset"]) >= 0 for answer in answers)
