"""How often one client may ask, and who counts as one client."""

from __future__ import annotations

import pytest


@pytest.fixture
def make(make_app):
    def build(**settings):
        app = make_app(**settings)

        async def hello() -> str:
            return "hello"

        for path in ("/v1/models", "/v1/music/styles", "/health"):
            app.get(path)(hello)
        return app

    return build


async def test_every_answer_tells_the_allowance(make, ask):
    async with ask(make()) as client:
        for path, status, remaining in (("/v1/models", 200, "99"), ("/nothing", 404, "98")):
            answer = await client.get(path)
            assert answer.status_code == status
            assert answer.headers["x-ratelimit-limit"] == "100"
            assert answer.headers["x-ratelimit-remaining"] == remaining
            assert 0 <= int(answer.headers["x-ratelimit-reset"]) <= 60


async def test_one_too_many_is_429_with_the_time_to_wait(make, ask):
    async with ask(make(rate_limit="3/hour")) as client:
        statuses = [(await client.get("/v1/music/styles")).status_code for _ in range(3)]
        refused = await client.get("/v1/music/styles")
        health = await client.get("/health")
    assert statuses == [200, 200, 200]
    assert refused.status_code == 429
    assert refused.json()["error"] == "RATE_LIMIT_EXCEEDED"
    assert refused.headers["x-ratelimit-remaining"] == "0"
    assert 1 <= int(refused.headers["retry-after"]) <= 3600
    assert refused.headers["x-should-retry"] == "true"
    assert health.status_code == 200


async def test_clients_have_an_allowance_each_and_an_ipv6_network_is_one_client(make, ask):
    app = make(rate_limit="1/hour")
    statuses = []
    for peer in ("192.0.2.1", "192.0.2.2", "192.0.2.1", "2001:db8::1", "2001:db8::2", "2001:db8:0:1::1"):
        async with ask(app, peer) as client:
            statuses.append((await client.get("/v1/models")).status_code)
    assert statuses == [200, 200, 429, 200, 429, 200]


async def test_forwarded_addresses_count_only_from_a_trusted_proxy(make, ask):
    async def remaining(app, peer: str, forwarded: str) -> str:
        async with ask(app, peer) as client:
            answer = await client.get("/v1/models", headers={"x-forwarded-for": forwarded})
        return answer.headers["x-ratelimit-remaining"]

    believing = make(trusted_proxies=["10.0.0.0/8"])
    assert await remaining(believing, "10.0.0.1", "203.0.113.9") == "99"
    assert await remaining(believing, "10.0.0.1", "198.51.100.1, 203.0.113.9, 10.2.3.4") == "98"
    assert await remaining(believing, "10.0.0.1", "198.51.100.1") == "99"
    assert await remaining(believing, "10.0.0.1", "not an address") == "99"
    plain = make()
    assert await remaining(plain, "10.0.0.1", "203.0.113.9") == "99"
    assert await remaining(plain, "10.0.0.1", "198.51.100.1") == "98"


async def test_it_can_be_turned_off(make, ask):
    async with ask(make(rate_limit="off")) as client:
        answer = await client.get("/v1/models")
    assert "x-ratelimit-limit" not in answer.headers


async def test_browsers_of_a_named_origin_may_read_the_headers(make, ask):
    async with ask(make(cors_origins=["https://studio.example"], api_keys="k")) as client:
        preflight = await client.options(
            "/v1/models",
            headers={
                "origin": "https://studio.example",
                "access-control-request-method": "GET",
                "access-control-request-headers": "authorization",
            },
        )
        answer = await client.get("/v1/models", headers={"origin": "https://studio.example"})
        other = await client.get("/v1/models", headers={"origin": "https://evil.example"})
    assert preflight.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "https://studio.example"
    assert "x-request-id" in answer.headers["access-control-expose-headers"]
    assert "access-control-allow-origin" not in other.headers
