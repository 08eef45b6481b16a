"""Batches: every stem once, every turn once, whatever fails or stops in between, and a report at the end."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from mixdown_api.messages import batch_tasks
from mixdown_api.messages.templates import DEFAULT
from mixdown_kernel import Kind, Problem

from .house import Clerk, House, house


async def upload(app: House, role: str, items: list[str]) -> None:
    files = {"file": (f"{role}.json", json.dumps(items).encode(), "application/json")}
    answer = await app.http.post("/external/upload_base", files=files, data={"dataset_role": role})
    assert answer.status_code == 200, answer.text


async def finished(app: House, path: str, state: str = "succeeded", **body: Any) -> dict[str, Any]:
    job = (await app.post(path, 202, **body))["job_id"]
    return await ended(app, job, state)


async def ended(app: House, job: str, state: str = "succeeded") -> dict[str, Any]:
    while True:
        view = await app.get(f"/v1/jobs/{job}")
        if view["state"] not in ("queued", "running"):
            assert view["state"] == state, view
            return view
        await asyncio.sleep(0.02)


def words(number: int) -> str:
    """A name for each number."""
    return "".join("bdfgklmnrt"[int(digit)] + "aeiou"[int(digit) % 5] for digit in f"{number:03d}").title()


@pytest.fixture
async def people(app: House) -> House:
    await upload(app, "names", [words(number) for number in range(6)])
    await upload(app, "developers", ["Skyline Homes", "Green Acres"])
    return app


def report(view: dict[str, Any], *names: str) -> list[int]:
    return [view["result"][name] for name in names]


async def test_every_name_for_every_developer_takes_each_stem_once(people: House) -> None:
    view = await finished(people, "/batch/template")
    template = await people.messages.templates.load(DEFAULT)
    placeholders = [set(segment.placeholders) for segment in template.in_order()]
    constant = sum(not found for found in placeholders)
    named, developed = (sum(name in found for found in placeholders) for name in ("name", "developer"))
    stems = 6 * named + 2 * developed + constant
    calls = len(people.clerk.spoken)
    assert report(view, "tasks", "messages", "failed") == [12, 12, 0]
    assert report(view, "made", "cached") == [stems, 12 * len(placeholders) - stems]
    assert view["progress"]["done"] == view["progress"]["total"] == 12
    again = await finished(people, "/batch/template")
    assert len(people.clerk.spoken) == calls
    assert report(again, "made", "cached") == [0, 12 * len(placeholders)]


async def test_messages_take_as_many_stems_as_there_are_names_developers_and_constants(app: House) -> None:
    """Fifty here; ``python -m benchmarks messages`` makes the thousand of 200 names and 5 developers."""
    await upload(app, "names", [words(number) for number in range(10)])
    await upload(app, "developers", [f"{words(number)} Homes" for number in range(5)])
    view = await finished(app, "/batch/template")
    template = await app.messages.templates.load(DEFAULT)
    constant = [segment.text for segment in template.in_order() if not segment.placeholders]
    assert report(view, "messages", "failed") == [50, 0]
    assert view["result"]["made"] == 15 + len(constant)
    sentences = Counter(request.text for request in app.clerk.spoken)
    assert set(sentences.values()) == {1}, "nothing is spoken twice"
    assert len(sentences) <= 15 + sum(text.count(".") + text.count(",") + 1 for text in constant)


async def test_a_template_that_names_no_developer_has_a_message_for_each_name(people: House) -> None:
    segments = [{"id": "only", "text": "Good day, {name}."}]
    template = {"template_name": "plain", "version": "1", "description": "", "segments": segments}
    folder = people.messages.service.kernel.config.data_dir / "templates"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "plain.json").write_text(json.dumps(template))
    for path in ("/batch/validate", "/batch/template"):
        view = await finished(people, path, template="plain")
        assert report(view, "tasks", "messages", "failed") == [6, 6, 0]
        assert view["progress"]["total"] == 6


async def test_turns_of_the_rotation_are_fair_and_spoken(people: House) -> None:
    view = await finished(people, "/batch/rotations", count=12)
    assert report(view, "tasks", "made", "cached", "failed") == [12, 8, 16, 0]
    stats = await people.get("/rotation/stats")
    assert stats["pairs"]["coverage"] == 1.0


async def test_messages_of_the_rotation(people: House) -> None:
    view = await finished(people, "/batch/template", rotate=True, limit=4)
    assert report(view, "messages", "failed") == [4, 0]
    assert (await people.get("/rotation/stats"))["pairs"]["covered"] == 4


async def test_what_fails_is_told_and_stops_nothing(people: House) -> None:
    people.clerk.failures = 8
    view = await finished(people, "/batch/template")
    result = view["result"]
    assert result["status"] == "partial"
    assert result["tasks"] == result["messages"] + result["failed"]
    assert result["failed"] == len(result["failures"]) > 0
    assert all(set(one) == {"task", "code", "error"} for one in result["failures"])


async def test_a_batch_waits_for_a_voice_that_has_too_much_to_do(people: House) -> None:
    people.clerk.busy = 9
    view = await finished(people, "/batch/rotations", count=4)
    assert people.clerk.busy == 0
    assert report(view, "tasks", "failed") == [4, 0]


async def test_a_voice_that_nobody_pays_for_ends_the_batch_with_one_reason(
    tmp_path: Path, database_url: str
) -> None:
    async with house(tmp_path, database_url=database_url) as app:
        app.clerk.refusal = Problem(Kind.UNAVAILABLE, "no_credits", "The account has no credits left.")
        job = (await app.post("/batch/rotations", 202, count=50))["job_id"]
        error = (await ended(app, job, "failed"))["error"]
        assert error["code"] == "no_credits"
        assert error["message"] == "Stopped after 0 of 50 tasks. The account has no credits left."
        assert "submit the batch again" in error["hint"]
        assert len(app.clerk.spoken) < 50


async def test_validation_renders_nothing_and_counts_what_there_is_to_make(people: House) -> None:
    view = await finished(people, "/batch/validate")
    to_make = view["result"]["to_make"]
    assert people.clerk.spoken == []
    made = await finished(people, "/batch/template")
    assert to_make == made["result"]["made"]
    view = await finished(people, "/batch/validate")
    assert (view["result"].get("to_make", 0), view["result"]["cached"]) == (0, to_make)
    assert view["result"]["messages"] == 12


async def test_a_batch_goes_on_after_a_restart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a kill does to a real server: test_batch_kills."""
    monkeypatch.setattr(batch_tasks, "SAVE_SECONDS", 0)
    clerk = Clerk()
    async with house(tmp_path, clerk=clerk) as app:
        await upload(app, "names", [words(number) for number in range(6)])
        await upload(app, "developers", ["Skyline Homes", "Green Acres"])
        job = (await app.post("/batch/rotations", 202, count=12))["job_id"]
        while len(clerk.spoken) < 5:
            await asyncio.sleep(0.01)
        clerk.gate.clear()
    clerk.gate.set()
    async with house(tmp_path, clerk=clerk) as app:
        view = await ended(app, job)
        stats = await app.get("/rotation/stats")
    assert report(view, "tasks", "failed") == [12, 0]
    assert stats["pairs"]["dealt"] == 12, "no turn is taken twice"


async def test_a_batch_can_be_cancelled(people: House) -> None:
    people.clerk.gate.clear()
    accepted = await people.post("/batch/template", 202)
    while not people.clerk.spoken:
        await asyncio.sleep(0.01)
    answer = await people.http.post(f"/v1/jobs/{accepted['job_id']}/cancel")
    assert answer.status_code < 300
    await ended(people, accepted["job_id"], "cancelled")
    people.clerk.gate.set()


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    ("path", "body", "error"),
    [
        ("/batch/rotations", {"count": 0}, "invalid_count"),
        ("/batch/rotations", {"count": 1, "of": "cats"}, "invalid_of"),
        ("/batch/template", {"template": "none"}, "unknown_template"),
        ("/batch/template", {"variant": "none"}, "unknown_variant"),
        ("/batch/template", {"values": {"colour": "red"}}, "unknown_placeholder"),
        ("/batch/template", {"names": "none"}, "unknown_dataset"),
        ("/batch/template", {"names": "../../etc/passwd"}, "unknown_dataset"),
        ("/batch/template", {"rotate": True}, None),
        ("/batch/validate", {"rotate": True}, None),
    ],
)
async def test_a_batch_that_cannot_be_is_refused_at_once(
    untouched: House, path: str, body: dict[str, Any], error: str | None
) -> None:
    answer = await untouched.http.post(path, json=body)
    assert 400 <= answer.status_code < 500, answer.text
    if error:
        assert answer.json()["code"] == error, answer.text
