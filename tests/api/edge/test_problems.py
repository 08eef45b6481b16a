"""Whatever goes wrong, each surface says it in its own shape, names the field and what is allowed."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from fastapi import Form, Query, UploadFile
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from mixdown_api.edge import problem_body, surface_of
from mixdown_kernel import Kind, Problem, invalid


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Music(Model):
    type: Literal["music"] = "music"
    genre: Literal["lofi", "jazz"] = "lofi"
    bpm: Annotated[int, Field(ge=60, le=200)] | None = None
    volume: float = Field(default=50, ge=0, le=100)


class VoiceId(Model):
    id: str


class Voice(Model):
    type: Literal["voice"]
    text: str = Field(min_length=1, max_length=20)
    voice: str | VoiceId = "alloy"
    volume: float = Field(default=80, gt=0, le=80)
    extra: dict[str, JsonValue] = {}


class Output(Model):
    format: Literal["mp3", "wav"] = "mp3"


class Generate(Model):
    text: str = Field(min_length=1, max_length=20)
    speed: float = Field(default=1, ge=0.25, le=4)
    music: Music | None = None
    output: Output = Output()
    layers: list[Annotated[Voice | Music, Field(discriminator="type")]] = Field(default=[], max_length=2)


class Choosy(Model):
    voice: str

    def model_post_init(self, _: Any) -> None:
        raise invalid("unknown_voice", "There is no such voice.", field="voice", allowed=["alloy"])


@pytest.fixture
def app(make_app):
    app = make_app(rate_limit="off")

    async def take(body: Generate, limit: Annotated[int, Query(ge=1, le=100)] = 20) -> str:
        return body.text

    async def fail(kind: str) -> None:
        if kind == "bug":
            raise RuntimeError("the password is hunter2")
        raise Problem(Kind(kind), "some_code", "It failed.", field="a.b", hint="Do so.", details={"more": 1})

    async def busy() -> None:
        raise Problem(Kind.OVERLOADED, "overloaded", "Full.", retry_after=1.25)

    for root in ("/v1/audio/generate", "/v1/audio/speech", "/api/v1/tts", "/generate/name"):
        app.post(root)(take)
        app.get(root + "/fail/{kind}")(fail)
        app.get(root + "/busy")(busy)
    return app


async def refused(client, path="/v1/audio/generate", **body: Any) -> dict[str, Any]:
    answer = await client.post(path, json=body)
    assert 400 <= answer.status_code < 500
    return answer.json()


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"music": {"bpm": 300}}, ("INVALID_BPM", "music.bpm", [60, 200])),
        ({"music": {"bpm": 59}}, ("INVALID_BPM", "music.bpm", [60, 200])),
        ({"music": {"bpm": "fast"}}, ("INVALID_BPM", "music.bpm", [60, 200])),
        ({"music": {"volume": -1}}, ("INVALID_VOLUME", "music.volume", [0, 100])),
        ({"speed": 5}, ("INVALID_SPEED", "speed", [0.25, 4])),
        ({"text": ""}, ("INVALID_TEXT", "text", [1, 20])),
        ({"text": "x" * 21}, ("INVALID_TEXT", "text", [1, 20])),
        ({"layers": [{"type": "music"}] * 3}, ("INVALID_LAYERS", "layers", [None, 2])),
        (
            {"layers": [{"type": "voice", "text": "a", "volume": 90}]},
            ("INVALID_VOLUME", "layers.0.volume", [0, 80]),
        ),
        (
            {"layers": [{"type": "voice", "text": "a", "voice": "v", "volume": 90}]},
            ("INVALID_VOLUME", "layers.0.volume", [0, 80]),
        ),
        ({"layers": [{"type": "music", "bpm": 1}]}, ("INVALID_BPM", "layers.0.bpm", [60, 200])),
    ],
)
async def test_a_range_is_named_with_its_field_in_a_code_of_its_own(app, ask, body, expected):
    async with ask(app) as client:
        said = await refused(client, **{"text": "Hello", **body})
    assert (said["error"], said["field"], said["valid_range"]) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"music": {"genre": "polka"}}, ("UNKNOWN_GENRE", "music.genre", ["lofi", "jazz"])),
        ({"output": {"format": "exe"}}, ("INVALID_FORMAT", "output.format", ["mp3", "wav"])),
        ({"layers": [{"type": "smell"}]}, ("UNKNOWN_LAYER_TYPE", "layers.0.type", ["voice", "music"])),
        ({"layers": [{}]}, ("MISSING_LAYER_TYPE", "layers.0.type", ["music", "voice"])),
        ({"layers": [{"type": "voice"}]}, ("MISSING_TEXT", "layers.0.text", [1, 20])),
        ({"text": None}, ("INVALID_TEXT", "text", [1, 20])),
        ({"smell": 1}, ("UNKNOWN_FIELD", "smell", None)),
        ({"layers": [{"type": "voice", "text": "a", "voice": 5}]}, ("INVALID_VOICE", "layers.0.voice", None)),
        (
            {"layers": [{"type": "voice", "text": "a", "voice": {"id": 5}}]},
            ("INVALID_ID", "layers.0.voice.id", None),
        ),
    ],
)
async def test_a_choice_is_named_with_what_there_is_to_choose(app, ask, body, expected):
    async with ask(app) as client:
        said = await refused(client, **{"text": "Hello", **body})
    code, field, allowed = expected
    named = said.get("valid_values", said.get("valid_range"))
    assert (said["error"], said["field"]) == (code, field)
    assert (set(named or ()), named is None) == (set(allowed or ()), allowed is None)


async def test_a_missing_member_is_named(app, ask):
    async with ask(app) as client:
        assert (await refused(client))["error"] == "MISSING_TEXT"


async def test_the_message_says_what_was_sent_what_is_allowed_and_how_much_else_is_wrong(app, ask):
    async with ask(app) as client:
        said = await refused(client, text="Hello", music={"bpm": 300}, speed=9)
        assert said["message"] in (
            "`music.bpm` must be between 60 and 200, not 300. 1 more member is wrong.",
            "`speed` must be between 0.25 and 4, not 9. 1 more member is wrong.",
        )


async def test_a_text_is_never_quoted_back(app, ask):
    async with ask(app) as client:
        answer = await client.post("/v1/audio/generate", json={"text": "my own secret words, and then some"})
    assert "secret" not in answer.text
    assert "34" in answer.text


@pytest.mark.parametrize(
    ("path", "status", "shape"),
    [
        ("/v1/audio/generate", 400, {"error", "message", "field", "valid_range"}),
        ("/v1/audio/speech", 400, {"error"}),
        ("/api/v1/tts", 400, {"success", "error", "detail", "error_code", "timestamp", "field", "allowed"}),
        ("/generate/name", 422, {"detail", "code", "field", "allowed"}),
    ],
)
async def test_each_surface_has_its_shape(app, ask, path, status, shape):
    async with ask(app) as client:
        answer = await client.post(path, json={"text": "Hello", "speed": 9})
    assert answer.status_code == status
    assert set(answer.json()) == shape


async def test_openai_errors_have_exactly_the_four_keys(app, ask):
    async with ask(app) as client:
        said = await refused(client, "/v1/audio/speech", text="Hello", speed=9)
    assert said["error"] == {
        "message": "`speed` must be between 0.25 and 4, not 9.",
        "type": "invalid_request_error",
        "param": "speed",
        "code": "invalid_speed",
    }


async def test_the_studio_shape_says_no_success(app, ask):
    async with ask(app) as client:
        said = await refused(client, "/api/v1/tts", text="Hello", speed=9)
    assert (said["success"], said["error_code"], said["allowed"]) == (False, "INVALID_SPEED", [0.25, 4])


@pytest.mark.parametrize(
    ("kind", "status", "type_"),
    [
        ("invalid", 400, "invalid_request_error"),
        ("unauthenticated", 401, "authentication_error"),
        ("forbidden", 403, "authentication_error"),
        ("not_found", 404, "not_found_error"),
        ("conflict", 409, "invalid_request_error"),
        ("too_large", 413, "invalid_request_error"),
        ("unsupported", 422, "invalid_request_error"),
        ("rate_limited", 429, "rate_limit_error"),
        ("internal", 500, "api_error"),
        ("upstream", 502, "api_error"),
        ("overloaded", 503, "overloaded_error"),
        ("unavailable", 503, "api_error"),
        ("timeout", 504, "api_error"),
    ],
)
async def test_every_kind_has_a_status_and_a_type(app, ask, kind, status, type_):
    async with ask(app) as client:
        answer = await client.get(f"/v1/audio/speech/fail/{kind}")
    error = answer.json()["error"]
    assert (answer.status_code, error["type"], error["code"], error["param"]) == (
        status,
        type_,
        "some_code",
        "a.b",
    )
    assert error["message"] == "It failed. Do so."
    assert error["more"] == 1


async def test_retry_headers_are_those_that_official_clients_read(app, ask):
    async with ask(app) as client:
        busy = await client.get("/v1/audio/speech/busy")
        conflict = await client.get("/v1/audio/speech/fail/conflict")
    assert busy.headers["retry-after"] == "2"
    assert busy.headers["retry-after-ms"] == "1250"
    assert busy.headers["x-should-retry"] == "true"
    assert conflict.headers["x-should-retry"] == "false"


@pytest.mark.parametrize("path", ["/v1/audio/generate", "/v1/audio/speech", "/api/v1/tts", "/generate/name"])
async def test_a_bug_is_told_by_its_request_id_and_nothing_else(app, ask, caplog, path):
    async with ask(app) as client:
        answer = await client.get(f"{path}/fail/bug", headers={"x-request-id": "r-1"})
    assert answer.status_code == 500
    assert "hunter2" not in answer.text
    assert "RuntimeError" not in answer.text
    assert "r-1" in answer.text
    logged = [record for record in caplog.records if record.exc_info]
    assert len(logged) == 1
    assert logged[0].exc_info[0] is RuntimeError


async def test_the_frameworks_own_shapes_never_leak(app, ask):
    async with ask(app) as client:
        missing = await client.get("/v1/nothing")
        method = await client.get("/generate/name")
        query = await client.post("/v1/audio/speech?limit=1000", json={"text": "Hello"})
        scene = await client.get("/v1/music/nothing")
    assert (missing.status_code, missing.json()["error"]["type"]) == (404, "not_found_error")
    assert (method.status_code, method.json()["code"]) == (405, "method_not_allowed")
    assert "POST" in method.json()["detail"]
    assert method.headers["allow"] == "POST"
    assert query.json()["error"]["message"] == "`limit` must be between 1 and 100."
    assert scene.json()["error"] == "NOT_FOUND"


async def test_a_body_that_is_not_said_to_be_json_is_415(app, ask):
    async with ask(app) as client:
        for headers in (
            {},
            {"content-type": "application/x-www-form-urlencoded"},
            {"content-type": "text/plain"},
        ):
            answer = await client.post("/v1/audio/speech", content=b'{"text": "Hello"}', headers=headers)
            assert (answer.status_code, answer.json()["error"]["code"]) == (415, "unsupported_media_type")


async def test_forms_are_told_the_same(make_app, ask):
    app = make_app()

    @app.post("/v1/audio/layers")
    async def upload(file: UploadFile, speed: Annotated[float, Form(ge=0.25, le=4)] = 1) -> None: ...

    async with ask(app) as client:
        fast = await client.post("/v1/audio/layers", data={"speed": "9"}, files={"file": b"x"})
        endless = await client.post("/v1/audio/layers", data={"speed": "nan"}, files={"file": b"x"})
        bare = await client.post("/v1/audio/layers", data={"speed": "1"})
    for answer in (fast, endless):
        assert answer.status_code == 400
        assert (answer.json()["error"], answer.json()["valid_range"]) == ("INVALID_SPEED", [0.25, 4])
    assert bare.json()["error"] == "MISSING_FILE"


async def test_a_body_is_needed(app, ask):
    async with ask(app) as client:
        answer = await client.post("/v1/audio/generate")
    assert answer.status_code == 400
    assert answer.json()["error"] == "MISSING_BODY"


async def test_a_problem_from_a_validator_is_a_problem(make_app, ask):
    app = make_app()

    @app.post("/v1/audio/layers")
    async def layers(body: Choosy) -> None: ...

    async with ask(app) as client:
        said = await refused(client, "/v1/audio/layers", voice="x")
    assert (said["error"], said["valid_values"]) == ("UNKNOWN_VOICE", ["alloy"])


@pytest.mark.parametrize("path", ["/v1/audio/generate", "/api/v1/tts", "/rotation", "/v1/audio/speech"])
def test_a_range_of_nothing_is_not_shown(path):
    problem = invalid("no_rate", "It has none to choose.", field="rate", allowed=[None])
    body = problem_body(problem, surface_of(path))
    assert {"valid_range", "valid_values", "allowed"}.isdisjoint(body)
