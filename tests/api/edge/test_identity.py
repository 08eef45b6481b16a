"""One check for both headers; open without keys, closed in production without one."""

from __future__ import annotations

import pytest
from fastapi import Request, WebSocket

from mixdown_api.edge import ApiSettings, MissingKeyError, check_mode
from mixdown_kernel import Kind, Problem

PUBLIC = ("/health", "/live", "/ready", "/readyz", "/test", "/api/v1/health")


@pytest.fixture
def make(make_app):
    def build(**settings):
        app = make_app(public=("/renders/", "/"), **settings)

        async def caller(request: Request) -> dict[str, str | None]:
            return {"caller": getattr(request.state, "caller", None)}

        for path in (
            *PUBLIC,
            "/",
            "/renders/1.mp3",
            "/v1/models",
            "/rotation/next",
            "/api/v1/tts",
            "/healthy",
        ):
            app.get(path)(caller)
        app.post("/v1/audio/generate")(caller)
        return app

    return build


KEYS = {"api_keys": "first-key,second-key", "internal_api_key": "inner-key"}


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer "}, {"authorization": "Bearer sk-any"}])
async def test_without_keys_everything_is_open(make, ask, headers):
    async with ask(make()) as client:
        for path in ("/v1/models", "/rotation/next", "/api/v1/tts"):
            assert (await client.get(path, headers=headers)).json() == {"caller": None}


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": "Bearer first-key"},
        {"authorization": "bearer  second-key "},
        {"x-internal-api-key": "inner-key"},
        {"x-internal-api-key": "first-key"},
        {"authorization": "Bearer wrong", "x-internal-api-key": "inner-key"},
    ],
)
async def test_any_key_opens_every_surface_by_either_header(make, ask, headers):
    async with ask(make(**KEYS)) as client:
        for path in ("/v1/models", "/rotation/next", "/api/v1/tts"):
            answer = await client.get(path, headers=headers)
            assert answer.status_code == 200
            assert len(answer.json()["caller"]) == 12


async def test_a_public_path_knows_who_shows_a_key(make, ask):
    async with ask(make(**KEYS)) as client:
        known, wrong, none = [
            (await client.get("/health", headers=headers)).json()["caller"]
            for headers in ({"authorization": "Bearer first-key"}, {"authorization": "Bearer x"}, {})
        ]
    assert len(known) == 12
    assert (wrong, none) == (None, None)


async def test_the_caller_is_told_apart_by_his_key_and_never_by_its_words(make, ask):
    async with ask(make(**KEYS)) as client:
        first, second = [
            (await client.get("/v1/models", headers={"authorization": f"Bearer {key}"})).json()["caller"]
            for key in ("first-key", "second-key")
        ]
    assert first != second
    assert "key" not in first


@pytest.mark.parametrize(
    ("path", "missing", "wrong"),
    [
        ("/v1/models", 401, 401),
        ("/api/v1/tts", 401, 401),
        ("/rotation/next", 401, 403),
        ("/nowhere", 401, 401),
    ],
)
async def test_a_missing_or_wrong_key_is_refused_in_the_surfaces_shape(make, ask, path, missing, wrong):
    async with ask(make(**KEYS)) as client:
        none = await client.get(path)
        empty = await client.get(path, headers={"authorization": "Bearer "})
        basic = await client.get(path, headers={"authorization": "Basic first-key"})
        other = await client.get(path, headers={"authorization": "Bearer first-ke"})
    assert [answer.status_code for answer in (none, empty, basic, other)] == [
        missing,
        missing,
        missing,
        wrong,
    ]
    assert "first-ke" not in other.text
    assert none.headers["www-authenticate"] == "Bearer"
    assert none.headers["x-ratelimit-remaining"] == "99"
    assert none.headers["x-request-id"]


async def test_openai_clients_read_invalid_api_key(make, ask):
    async with ask(make(**KEYS)) as client:
        error = (await client.get("/v1/models", headers={"authorization": "Bearer x"})).json()["error"]
    assert (error["type"], error["code"], error["param"]) == ("authentication_error", "invalid_api_key", None)


async def test_health_and_what_the_application_opens_are_public(make, ask):
    async with ask(make(**KEYS)) as client:
        for path in (*PUBLIC, "/", "/renders/1.mp3", "/openapi.json"):
            assert (await client.get(path)).status_code == 200
        for path in ("/healthy", "/metrics", "/health/extended", "/renders"):
            assert (await client.get(path)).status_code == 401


async def test_the_documentation_is_public_in_dev_only(make, ask):
    async with ask(make(mode="PROD", **KEYS)) as client:
        assert (await client.get("/openapi.json")).status_code == 401


async def test_no_body_is_read_for_a_stranger(make, ask):
    async with ask(make(max_body_bytes=1024, **KEYS)) as client:
        answer = await client.post("/v1/audio/generate", content=b"x" * 5000)
    assert answer.status_code == 401


@pytest.mark.parametrize("settings", [{}, {"internal_api_key": ""}, {"api_keys": " , "}])
def test_production_without_a_key_refuses_to_start(make_app, settings):
    with pytest.raises(MissingKeyError, match="MIXDOWN_API_KEYS"):
        make_app(mode="PROD", **settings)


def test_production_with_a_key_and_development_without_start():
    check_mode(ApiSettings(mode="PROD", internal_api_key="k"))
    check_mode(ApiSettings())


async def test_a_websocket_is_refused_before_it_opens(make):
    app = make(**KEYS)

    @app.websocket("/v1/audio/stream")
    async def stream(socket: WebSocket) -> None:
        raise Problem(Kind.OVERLOADED, "overloaded", "Full.")

    async def connect(headers: list[tuple[bytes, bytes]]) -> list[dict[str, object]]:
        sent: list[dict[str, object]] = []

        async def receive() -> dict[str, object]:
            return {"type": "websocket.connect"}

        async def send(message: dict[str, object]) -> None:
            sent.append(message)

        scope = {
            "type": "websocket", "path": "/v1/audio/stream", "headers": headers, "query_string": b"",
            "client": ("127.0.0.1", 1), "subprotocols": [], "extensions": {"websocket.http.response": {}},
        }  # fmt: skip
        await app(scope, receive, send)
        return sent

    for headers, status in (([], 401), ([(b"x-internal-api-key", b"inner-key")], 503)):
        start, body = await connect(headers)
        assert (start["type"], start["status"]) == ("websocket.http.response.start", status)
        assert b'"message"' in body["body"]
