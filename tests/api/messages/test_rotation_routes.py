"""``/rotation`` over HTTP, field for field."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from .house import House, house


async def upload(app: House, role: str, *texts: str, target: str | None = None) -> None:
    answer = await app.http.post(
        "/external/upload_base",
        files={"file": ("list.json", json.dumps(texts))},
        data={"dataset_role": role} | ({"target_name": target} if target else {}),
    )
    assert answer.status_code == 200, answer.text


@pytest.fixture
async def lists(app: House) -> House:
    await upload(app, "names", "Anna", "Ben", "Cleo")
    await upload(app, "developers", "Amberfield", "Bluewater")
    await upload(app, "scripts", "How are you?", "Call me.")
    return app


def audited(app: House) -> list[dict[str, Any]]:
    text = (app.data / "audit" / "audit.jsonl").read_text()
    return [json.loads(line) for line in text.splitlines()]


async def test_a_fresh_service_has_lists_to_begin_with(app: House) -> None:
    pair = (await app.get("/rotation/next_pair"))["pair"]
    assert pair["ok"] is True
    stats = (await app.get("/rotation/stats"))["datasets"]
    assert {name: one["role"] for name, one in stats.items()} == {
        "common_names": "names",
        "developer_names": "developers",
        "scripts": "scripts",
    }
    assert all(one["total"] >= 10 for one in stats.values())


async def test_each_turn_in_the_contracts_fields(lists: House) -> None:
    assert await lists.get("/rotation/next_name") == {"status": "ok", "name": "Anna"}
    assert await lists.get("/rotation/next_developer") == {"status": "ok", "developer": "Amberfield"}
    assert await lists.get("/rotation/next_script") == {"status": "ok", "script": "How are you?"}
    answer = await lists.get("/rotation/next_pair")
    assert answer["pair"].pop("timestamp")
    pair = {"ok": True, "name": "Anna", "developer": "Amberfield"}
    assert answer == {"status": "ok", "pair": pair}
    assert (await lists.get("/rotation/next"))["pair"]["name"] == "Ben"


async def test_no_answer_may_be_cached(lists: House) -> None:
    for path in ("next", "next_name", "stats", "pairs_stream"):
        assert (await lists.http.get(f"/rotation/{path}")).headers["cache-control"] == "no-store"


async def test_streams_show_what_comes_and_take_nothing(lists: House) -> None:
    for _ in range(2):
        pairs = (await lists.get("/rotation/pairs_stream", limit=4))["stream"]
        assert pairs[0] == {"name": "Anna", "developer": "Amberfield"}
        scripts = (await lists.get("/rotation/scripts_stream"))["stream"]
        assert len(scripts) == 10
        assert scripts[1] == {"script": "Call me.", "label": scripts[1]["label"]}
        assert scripts[1]["label"].startswith("stem.script.call_me")
        assert (await lists.get("/rotation/peek", dataset="names", limit=2))["stream"] == ["Anna", "Ben"]
    stats = await lists.get("/rotation/stats")
    assert stats["pairs"] == {"total": 6, "covered": 0, "dealt": 0, "coverage": 0}
    assert [one["used"] for one in stats["datasets"].values()] == [0, 0, 0]
    dealt = [(await lists.get("/rotation/next"))["pair"] for _ in pairs]
    assert [{name: one[name] for name in ("name", "developer")} for one in dealt] == pairs


async def test_a_custom_dataset_has_its_own_rotation(lists: House) -> None:
    await upload(lists, "custom", "Good morning.", "Good evening.", target="Greetings")
    given = [await lists.get("/rotation/next_item", dataset="greetings.json") for _ in range(3)]
    assert [one["item"] for one in given] == ["Good morning.", "Good evening.", "Good morning."]


async def test_stats_of_every_dataset_and_of_the_pairs(lists: House) -> None:
    await lists.get("/rotation/next_name")
    await lists.post("/rotation/disable", dataset="names", items=["Cleo"])
    await lists.get("/rotation/next_pair")
    stats = await lists.get("/rotation/stats")
    assert stats["datasets"]["common_names"] == {
        "role": "names", "total": 3, "enabled": 2, "disabled": 1, "used": 1, "unused": 2,
        "coverage": 0.3333, "least": 0, "most": 1,
    }  # fmt: skip
    assert stats["pairs"] == {"total": 4, "covered": 1, "dealt": 1, "coverage": 0.25}
    assert set((await lists.get("/rotation/stats", dataset="scripts"))["datasets"]) == {"scripts"}


async def test_claiming_and_giving_back(lists: House) -> None:
    claim = (await lists.post("/rotation/claim", key="job:1"))["claim"]
    assert claim == {
        "id": "job:1", "dataset": "pairs", "name": "Anna", "developer": "Amberfield", "claimed_at": claim["claimed_at"],
    }  # fmt: skip
    assert (await lists.post("/rotation/claim", key="job:1"))["claim"] == claim
    name = (await lists.post("/rotation/claim", dataset="names"))["claim"]
    assert (name["dataset"], name["item"]) == ("common_names", "Anna")
    for id_ in ("job:1", name["id"]):
        await lists.post("/rotation/release", claim_id=id_)
    again = await lists.post("/rotation/release", 404, claim_id="job:1")
    assert again["code"] == "unknown_claim"
    assert (await lists.get("/rotation/next_name"))["name"] == "Anna"


async def test_items_are_switched(lists: House) -> None:
    off = await lists.post("/rotation/disable", dataset="names", items=["anna", "Zoltan"])
    assert off == {"status": "ok", "dataset": "common_names", "changed": 1, "unknown": ["Zoltan"]}
    assert (await lists.get("/rotation/next_name"))["name"] == "Ben"
    on = await lists.post("/rotation/enable", dataset="names", items=["Anna"])
    assert on["changed"] == 1


async def test_a_pair_is_generated(lists: House) -> None:
    answer = await lists.post("/rotation/generate_pair", voice_id=None)
    assert (answer["status"], answer["rotation"]) == ("ok", True)
    assert answer["pair"] == {"name": "Anna", "developer": "Amberfield"}
    stem = answer["stems"]["name"]
    assert (stem["label"], stem["path"]) == ("stem.name.anna", "stems/name/stem.name.anna.wav")
    assert (await lists.samples(stem["url"])).size
    extended = await lists.post("/rotation/generate_pair?extended=True")
    assert extended["natural_text"] == {"name": "Ben", "developer": "Bluewater"}
    assert extended["stems"]["developer"]["cache_entry"]["text"] == "Bluewater"


async def test_a_script_is_generated(lists: House) -> None:
    answer = await lists.post("/rotation/generate_script", extended=True)
    assert (answer["script"], answer["natural_text"]) == ("How are you?", {"script": "How are you?"})
    assert answer["stem"]["label"].startswith("stem.script.how_are_you")
    without_body = await lists.http.post("/rotation/generate_script")
    assert without_body.json()["script"] == "Call me."


async def test_a_pair_whose_stems_fail_comes_again(lists: House) -> None:
    lists.clerk.failures = 100
    answer = await lists.http.post("/rotation/generate_pair", json={"voice_id": None})
    assert answer.status_code in (502, 503), answer.text
    lists.clerk.failures = 0
    assert (await lists.get("/rotation/stats"))["pairs"]["dealt"] == 0
    assert (await lists.post("/rotation/generate_pair"))["pair"]["name"] == "Anna"
    assert [line["event"] for line in audited(lists)].count("rotation.released") == 1


async def test_a_caller_who_leaves_gives_the_pair_back(lists: House) -> None:
    lists.clerk.gate.clear()
    asking = asyncio.create_task(lists.http.post("/rotation/generate_pair"))
    while not lists.clerk.spoken:
        await asyncio.sleep(0.01)
    asking.cancel()
    await asyncio.wait([asking])
    lists.clerk.gate.set()
    assert (await lists.get("/rotation/next"))["pair"]["name"] == "Anna"


async def test_trying_again_with_a_key_takes_no_second_turn(lists: House) -> None:
    answers = [await lists.post("/rotation/generate_pair", key="mail-17") for _ in range(2)]
    assert answers[0]["pair"] == answers[1]["pair"]
    assert (await lists.get("/rotation/stats"))["pairs"]["dealt"] == 1


async def test_a_turn_that_may_have_been_delivered_is_not_given_back(
    tmp_path: Path, database_url: str
) -> None:
    async with house(tmp_path, database_url=database_url) as app:
        first = await app.post("/rotation/generate_pair", key="mail-17")
        await app.post("/cache/invalidate", stem_name=first["stems"]["name"]["label"])
        app.clerk.failures = 100
        answer = await app.http.post("/rotation/generate_pair", json={"key": "mail-17"})
        assert answer.status_code in (502, 503), answer.text
        answer = await app.http.post("/rotation/generate_pair", json={"key": "mail-18"})
        assert answer.status_code in (502, 503), answer.text
        app.clerk.failures = 0
        assert (await app.get("/rotation/stats"))["pairs"]["dealt"] == 1
        assert (await app.post("/rotation/generate_pair", key="mail-17"))["pair"] == first["pair"]


async def test_without_a_bucket_nobody_can_look_into_it(app: House) -> None:
    answer = await app.get("/rotation/check_bucket", 503, label="stem.name.anna")
    assert answer["code"] == "no_bucket"
    assert (await app.get("/rotation/check_bucket", 422, label="../x"))["code"] == "invalid_label"


QUERIES: list[tuple[str, dict[str, str], int, str]] = [
    ("next_item", {"dataset": "nobody"}, 404, "unknown_dataset"),
    ("next_item", {"dataset": "a\x00b"}, 404, "unknown_dataset"),
    ("next_item", {"dataset": "../../etc/passwd"}, 404, "unknown_dataset"),
    ("next_item", {}, 422, "missing_dataset"),
    ("pairs_stream", {"limit": "0"}, 422, "invalid_limit"),
    ("pairs_stream", {"limit": "101"}, 422, "invalid_limit"),
    ("pairs_stream", {"limit": "many"}, 422, "invalid_limit"),
    ("stats", {"dataset": "nobody"}, 404, "unknown_dataset"),
]
BODIES: list[tuple[str, dict[str, Any], str]] = [
    ("claim", {"dataset": "names", "key": "a b"}, "invalid_key"),
    ("claim", {"dataset": "names", "when": 1}, "unknown_field"),
    ("release", {}, "missing_claim_id"),
    ("enable", {"dataset": "names", "items": []}, "invalid_items"),
    ("disable", {"dataset": "names", "items": "Anna"}, "invalid_items"),
    ("disable", {"dataset": "names", "items": ["x" * 10_001]}, "invalid_items"),
    ("generate_pair", {"voice_id": 3}, "invalid_voice_id"),
]


async def test_what_is_wrong_is_named(app: House) -> None:
    for path, query, status, code in QUERIES:
        assert (await app.get(f"/rotation/{path}", status, **query))["code"] == code, (path, query)
    for path, body, code in BODIES:
        assert (await app.post(f"/rotation/{path}", 422, **body))["code"] == code, (path, body)
    stats = await app.get("/rotation/stats")
    assert [one["used"] for one in stats["datasets"].values()] == [0, 0, 0]


async def test_nothing_enabled_is_a_conflict(lists: House) -> None:
    await lists.post("/rotation/disable", dataset="scripts", items=["How are you?", "Call me."])
    answer = await lists.get("/rotation/next_script", 409)
    assert answer["code"] == "nothing_enabled"
    assert "enable" in answer["detail"]


async def test_turns_are_audited_with_the_request(lists: House) -> None:
    await lists.http.get("/rotation/next_name", headers={"x-request-id": "req-1"})
    await lists.http.get("/rotation/next", headers={"x-request-id": "req-2"})
    lines = {line.get("request_id"): line for line in audited(lists)}
    assert (lines["req-1"]["event"], lines["req-1"]["item"]) == ("rotation.taken", "Anna")
    assert (lines["req-2"]["event"], lines["req-2"]["developer"]) == ("rotation.paired", "Amberfield")
