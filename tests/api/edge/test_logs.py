"""One line for each request, all loggers in one form, and neither secrets nor texts in any of them."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from pydantic import BaseModel

from mixdown_api.edge import configure_logging


@pytest.fixture
def output() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    stream = io.StringIO()
    configure_logging("info", "json", secrets=["s3cret-of-ours"], stream=stream)
    yield stream
    root.handlers[:] = before
    root.setLevel(level)
    structlog.reset_defaults()


def lines(output: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in output.getvalue().splitlines()]


@pytest.fixture
def app(make_app):
    app = make_app(api_keys="s3cret-of-ours")

    @app.get("/v1/voices/{name}")
    async def voice(name: str) -> str:
        logging.getLogger("anybody").info("looked up")
        return name

    @app.post("/v1/audio/speech")
    async def speech(body: dict[str, str]) -> None:
        class Utterance(BaseModel):
            text: int

        Utterance(text=body["input"])

    return app


AUTHORIZATION = {"authorization": "Bearer s3cret-of-ours"}


async def test_a_request_is_one_line_with_its_figures(app, ask, output):
    async with ask(app) as client:
        await client.get("/v1/voices/john?api_key=abc", headers={**AUTHORIZATION, "x-request-id": "r-1"})
    other, line = lines(output)
    assert (other["event"], other["logger"], other["request_id"]) == ("looked up", "anybody", "r-1")
    assert line["duration_ms"] >= 0
    assert {name: line[name] for name in ("event", "level", "method", "route", "status", "sent_bytes", "client")} == {
        "event": "request", "level": "info", "method": "GET", "route": "/v1/voices/{name}", "status": 200,
        "sent_bytes": 6, "client": "127.0.0.1",
    }  # fmt: skip
    assert (line["request_id"], len(line["caller"])) == ("r-1", 12)
    assert "john" not in output.getvalue()


async def test_a_failure_is_logged_with_its_trace_and_without_the_text(app, ask, output):
    async with ask(app) as client:
        answer = await client.post("/v1/audio/speech", json={"input": "dear diary"}, headers=AUTHORIZATION)
    assert answer.status_code == 500
    failure, line = lines(output)
    assert "ValidationError" in failure["exception"]
    assert failure["request_id"] == line["request_id"] == answer.headers["x-request-id"]
    assert "diary" not in output.getvalue()


@pytest.mark.parametrize(
    "said",
    [
        "key s3cret-of-ours", "Authorization: Bearer abc.def", "GET /x?api_key=abc.def&a=1", "token=abc.def",
        "X-Internal-API-Key: abc.def", "{'api_key': 'abc.def'}", "postgresql://user:abc.def@host/db",
    ],
)  # fmt: skip
def test_secrets_are_hidden_wherever_they_are_said(output, said):
    logging.getLogger("anybody").warning(said)
    structlog.get_logger("anybody").warning("event", detail=said)
    logging.getLogger("anybody").warning("event", extra={"detail": said})
    for line in lines(output):
        assert "[hidden]" in json.dumps(line)
    assert "abc.def" not in output.getvalue()
    assert "s3cret-of-ours" not in output.getvalue()


def test_ordinary_words_stay(output):
    logging.getLogger("anybody").info("the voice's key is C_minor, tokens: 3")
    assert lines(output)[0]["event"] == "the voice's key is C_minor, tokens: 3"


def test_the_console_form_is_for_people(output):
    stream = io.StringIO()
    configure_logging("info", "console", stream=stream)
    logging.getLogger("anybody").info("hello", extra={"number": 5})
    assert "hello" in stream.getvalue()
    assert "number=5" in stream.getvalue()


async def test_ids_are_taken_where_sane_and_made_otherwise(app, ask):
    async with ask(app) as client:
        for given, kept in (
            ("abc-1.2_3", True),
            ("x" * 64, True),
            ("x" * 65, False),
            ("a b", False),
            ("", False),
        ):
            answer = await client.get("/v1/nothing", headers={"x-request-id": given})
            assert (answer.headers["x-request-id"] == given) is kept
            assert 0 < len(answer.headers["x-request-id"]) <= 64
        assert (await client.get("/a")).headers["x-request-id"] != (await client.get("/a")).headers[
            "x-request-id"
        ]
