"""JSON is what RFC 8259 calls JSON, texts hold whole characters, and no body is longer than its limit."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi import Request, UploadFile
from pydantic import JsonValue


@pytest.fixture
def app(make_app):
    app = make_app(max_body_bytes=1024, max_upload_bytes=4096, rate_limit="off")
    app.state.seen = []

    @app.post("/v1/audio/speech")
    async def speech(body: dict[str, JsonValue]) -> Any:
        app.state.seen.append(body)
        return body

    @app.post("/upload")
    async def upload(file: UploadFile) -> int:
        return len(await file.read())

    @app.post("/raw")
    async def raw(request: Request) -> int:
        return len(await request.body())

    return app


JSON = {"content-type": "application/json"}


@pytest.mark.parametrize(
    ("body", "code", "param"),
    [
        (b'{"speed": NaN}', "not_finite", "speed"),
        (b'{"a": {"b": [1, -Infinity]}}', "not_finite", "a.b.1"),
        (b'{"speed": 1e999}', "not_finite", "speed"),
        (b'{"input": "a\\ud800b"}', "lone_surrogate", "input"),
        (b'{"a": [{"input": "\\uDC00"}]}', "lone_surrogate", "a.0.input"),
        (b'{"input": "\xed\xa0\x80"}', "invalid_json", None),
        (b'{"in\\ud800put": 1}', "lone_surrogate", "in\N{REPLACEMENT CHARACTER}put"),
        (b'{"input": "\\\\ud800\\udc00"}', "lone_surrogate", "input"),
        (b'{"input": "\\ud83c\\ud83c\\udfa7"}', "lone_surrogate", "input"),
        (b'{"input": "a\\u0000b"}', "control_character", "input"),
        (b'{"input": "\\u001b[31m"}', "control_character", "input"),
        (b'{"input": "\\b"}', "control_character", "input"),
        (b'{"input": "\x7f"}', "control_character", "input"),
        (b'{"input": "a\nb"}', "invalid_json", None),
        (b'{"input": ', "invalid_json", None),
        (b"{'input': 1}", "invalid_json", None),
        (b'{"input": "\xff"}', "invalid_json", None),
        ('{"input": "\\ud800"}'.encode("utf-16"), "invalid_json", None),
        (b"[" * 1000, "invalid_json", None),
    ],
)
async def test_what_is_no_json_or_no_text_is_refused_with_its_member(app, ask, body, code, param):
    async with ask(app) as client:
        answer = await client.post("/v1/audio/speech", content=body, headers=JSON)
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert (error["code"], error["param"], error["type"]) == (code, param, "invalid_request_error")
    assert app.state.seen == []


async def test_deep_nesting_and_endless_numbers_are_refused(make_app, ask):
    app = make_app()

    @app.post("/v1/audio/speech")
    async def speech(body: dict[str, JsonValue]) -> None: ...

    async with ask(app) as client:
        for body in (b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", b'{"a": ' + b"9" * 10_000 + b"}"):
            answer = await client.post("/v1/audio/speech", content=body, headers=JSON)
            assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_json")


async def test_every_script_and_white_space_passes(app, ask):
    text = "Zürich 東京 🎧 \t\n\r مرحبا"
    async with ask(app) as client:
        raw = await client.post("/v1/audio/speech", json={"input": text})
        escaped = await client.post(
            "/v1/audio/speech", content=b'{"input": "\\ud83c\\udfa7\\u000a\\u00e9"}', headers=JSON
        )
        marked = await client.post("/v1/audio/speech", content=b'\xef\xbb\xbf{"input": "a"}', headers=JSON)
    assert raw.json() == {"input": text}
    assert escaped.json() == {"input": "🎧\né"}
    assert marked.status_code == 200


@pytest.mark.parametrize("declared", [True, False])
async def test_a_json_body_over_its_limit_is_413(app, ask, declared):
    body = b'{"input": "' + b"x" * 2000 + b'"}'

    async def chunks():
        for start in range(0, len(body), 100):
            yield body[start : start + 100]

    async with ask(app) as client:
        answer = await client.post("/v1/audio/speech", content=body if declared else chunks(), headers=JSON)
    assert answer.status_code == 413
    assert answer.json()["error"]["code"] == "body_too_large"
    assert "1,024" in answer.json()["error"]["message"]


async def test_an_upload_over_its_limit_is_413_although_the_framework_reads_it(app, ask):
    async def parts(size: int):
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n'
        for _ in range(size // 100):
            yield b"x" * 100
        yield b"\r\n--x--\r\n"

    headers = {"content-type": "multipart/form-data; boundary=x"}
    async with ask(app) as client:
        assert (await client.post("/upload", content=parts(3000), headers=headers)).json() == 3000
        answer = await client.post("/upload", content=parts(9000), headers=headers)
        assert (answer.status_code, answer.json()["error"]["code"]) == (413, "body_too_large")
        broken = await client.post("/upload", content=b"--y", headers=headers)
        assert (broken.status_code, set(broken.json())) == (400, {"error"})
        unnamed = await client.post("/raw", content=b"x" * 2000)
        assert unnamed.status_code == 413


async def test_a_server_stops_reading_a_body_that_lies_about_its_length(app, serve):
    import asyncio

    async with serve(app) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST /v1/audio/speech HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n")
        writer.write(b"transfer-encoding: chunked\r\n\r\n" + b"800\r\n" + b"x" * 0x800 + b"\r\n")
        await writer.drain()
        assert b" 413 " in await reader.readline()
        writer.close()
