"""The internal key: on every private route, 401 without it, 403 for a wrong one, open only in DEV without a key."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mixdown_api import create_app
from mixdown_api.edge import ApiSettings, MissingKeyError
from mixdown_kernel import Kernel

from .house import House, house

ROOTS = ("/generate", "/assemble", "/rotation", "/cache", "/external", "/integrity", "/contract")
HEADER = "x-internal-api-key"


@pytest.fixture
async def locked(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path, internal_api_key="right", mode="PROD") as app:
        yield app


def routes(app: House) -> list[tuple[str, str]]:
    paths = app.app.openapi()["paths"]
    found = [(method, path) for path, item in paths.items() for method in item if path.startswith(ROOTS)]
    assert len(found) > 35
    return found


async def test_no_private_route_answers_without_the_key(locked: House) -> None:
    for method, path in routes(locked):
        missing = await locked.http.request(method, path)
        assert (missing.status_code, missing.json()["code"]) == (401, "missing_api_key"), path
        wrong = await locked.http.request(method, path, headers={HEADER: "wrong"})
        assert (wrong.status_code, wrong.json()["code"]) == (403, "invalid_api_key"), path
        assert set(wrong.json()) == {"detail", "code"}


async def test_the_key_opens_them(locked: House) -> None:
    locked.http.headers[HEADER] = "right"
    assert (await locked.post("/generate/name", name="john"))["status"] == "generated"
    assert (await locked.get("/contract"))["status"] == "ok"
    assert (await locked.get("/cache/list"))["stems_count"] == 1


async def test_probes_are_public(locked: House) -> None:
    for path in ("/live", "/ready", "/health"):
        assert (await locked.http.get(path)).status_code == 200
    assert (await locked.http.get("/health/extended")).status_code == 401
    assert (await locked.http.get("/health/extended", headers={HEADER: "wrong"})).status_code == 403


async def test_in_dev_without_a_key_all_is_open(app: House) -> None:
    assert (await app.get("/cache/list"))["status"] == "ok"


@pytest.mark.parametrize("key", [None, ""])
def test_prod_without_a_key_refuses_to_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str | None
) -> None:
    monkeypatch.setenv("MODE", "PROD")
    if key is not None:
        monkeypatch.setenv("INTERNAL_API_KEY", key)
    with pytest.raises(MissingKeyError):
        create_app(Kernel({"data_dir": tmp_path}, discover=False), ApiSettings())


async def test_the_contract_in_force(app: House) -> None:
    told = await app.get("/contract")
    assert (told["status"], told["ready"], told["mode"]) == ("ok", True, "local")
    contract = told["contract"]
    assert (contract["container"], contract["encoding"]) == ("wav", "pcm_s16le")
    assert (contract["sample_rate"], contract["channels"]) == (48_000, 1)
    assert (contract["backend"], contract["voice_id"]) == ("clerk", "clerk-one")
    assert contract["stem_ttl_seconds"] == 30 * 86_400
    assert {"rendered_text", "voice_id", "generation_config"} <= set(contract["signature_members"])


async def test_extended_health_knows_of_stems(app: House) -> None:
    await app.post("/generate/name", name="john")
    told = (await app.get("/health/extended"))["messages"]
    assert (told["stems"]["count"], told["voice"]["backend"], told["mode"]) == (1, "clerk", "local")


async def test_the_contract_says_when_nobody_can_speak(tmp_path: Path) -> None:
    async with house(tmp_path, messages_model_id="sonic-3") as app:
        told = await app.get("/contract")
        assert (told["status"], told["contract"]["backend"]) == ("unavailable", None)
        assert (await app.post("/generate/name", 404, name="john"))["code"] == "unknown_backend"
