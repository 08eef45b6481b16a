"""``client.messages``: every route of the contract, and both halves the same."""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from mixdown_client import AsyncMixdown, Job, Mixdown, MixdownError, message_calls
from mixdown_client.asynchronous_messages import AsyncMessages
from mixdown_client.synchronous_messages import Messages

from .answering import Answer, AnsweringServer
from .serving import Served

OTHER_NAMES = {
    "/rotation/next": "/rotation/next_pair",
    "/rotation/next_name": "/rotation/next_item",
    "/rotation/next_developer": "/rotation/next_item",
    "/rotation/next_script": "/rotation/next_item",
    "/rotation/scripts_stream": "/rotation/peek",
    "/assemble/check/stem_in_bucket": "/generate/check/stem_in_bucket",
}
"""Routes that say nothing which the second one does not say."""
ELSEWHERE = {"/v1/", "/api/", "/health", "/live", "/ready", "/readyz", "/metrics", "/test"}


def methods(cls: type) -> dict[str, inspect.Signature]:
    return {
        name: inspect.signature(member)
        for name, member in vars(cls).items()
        if inspect.isfunction(member) and not name.startswith("_")
    }


def test_both_halves_have_the_same_methods_with_the_same_signatures() -> None:
    assert methods(Messages) == methods(AsyncMessages)
    assert len(methods(Messages)) > 30
    for name in methods(Messages):
        assert not inspect.iscoroutinefunction(getattr(Messages, name))
        assert inspect.iscoroutinefunction(getattr(AsyncMessages, name)), name
        documented = inspect.getdoc(getattr(Messages, name))
        assert documented
        assert documented == inspect.getdoc(getattr(AsyncMessages, name))


def test_every_route_is_reachable(server: Served) -> None:
    described = httpx.get(f"{server.url}/openapi.json").json()["paths"]
    served = {path for path in described if not path.startswith(tuple(ELSEWHERE)) and path != "/"}
    source = inspect.getsource(message_calls)
    asked = set(re.findall(r'"(/[a-z_/]+)"', source))
    asked |= {f"/generate/preset_{what}" for what in ("names", "developers")}
    asked |= {f"/integrity/{what}" for what in ("stems", "stems-index", "outputs")}
    asked |= {f"/batch/{what}" for what in ("rotations", "template", "validate")}
    assert served - asked == set(OTHER_NAMES)
    assert set(OTHER_NAMES.values()) <= asked
    assert asked <= {*served, "/health/extended"}


def test_stems_and_messages(mixdown: Mixdown) -> None:
    first = mixdown.messages.stem_of_name("jose")
    assert (first.label, first.text) == ("stem.name.jose", "Jose")
    again = mixdown.messages.stem_of_name("Jose", extended=True)
    assert again.status == "cached"
    assert again.cache_entry
    both = mixdown.messages.stems_of("Jose", "Hilton")
    assert (both.name.status, both.developer.label) == ("cached", "stem.developer.hilton")
    assert mixdown.messages.stem_of_developer("Hilton").status == "cached"
    assert first.url
    assert mixdown.fetch(first.url).startswith(b"RIFF")
    assert mixdown.messages.stem_path("stem.name.jose").status == "ok"  # type: ignore[attr-defined]
    slow = mixdown.messages.stem_of("Good day.", generation_config={"speed": 0.8})
    assert (slow.label.rpartition("-")[0], slow.status) == ("stem.generic.good_day", "generated")
    made = mixdown.messages.assemble("Jose", "Hilton", variant="soft_warm", extended=True)
    assert (made.segments, len(made.stem_details or [])) == (4, 4)
    joined = mixdown.messages.join(["stem.name.jose", "Call us back."], gap_ms=100)
    assert mixdown.messages.latest().latest_output == joined.output_file  # type: ignore[attr-defined]
    first_page = mixdown.messages.outputs(limit=1)
    assert first_page.outputs[0].output_file == joined.output_file
    assert mixdown.messages.outputs(first_page.next).outputs[0].url == made.url
    assert mixdown.fetch(joined.url).startswith(b"RIFF")
    assert "double_anchor_hybrid" in json.dumps(mixdown.messages.templates().model_dump())


def test_the_rotation(mixdown: Mixdown) -> None:
    messages = mixdown.messages
    coming = messages.coming_pairs(2)
    taken = [messages.next_pair() for _ in range(2)]
    assert [(pair.name, pair.developer) for pair in coming] == [(pair.name, pair.developer) for pair in taken]
    for dataset in ("names", "developers", "scripts"):
        assert messages.coming(dataset, 1) == [messages.next(dataset)]
    claim = messages.claim("names", "a-key")
    assert messages.claim("names", "a-key") == claim
    assert messages.release(claim.id).item == claim.item
    assert messages.disable("names", [str(claim.item)]).changed == 1  # type: ignore[attr-defined]
    assert claim.item not in messages.coming("names", 100)
    assert messages.enable("names", [str(claim.item)]).changed == 1  # type: ignore[attr-defined]
    assert messages.stats().pairs["dealt"] >= 2
    assert set(messages.stats("scripts").datasets) == {"scripts"}
    assert set(messages.generate_pair().stems) == {"name", "developer"}
    assert messages.generate_script().stem.label.startswith("stem.script.")
    assert claim.item in messages.preset_names()
    assert messages.preset_developers() == sorted(messages.preset_developers())


def test_datasets_and_batches(mixdown: Mixdown, tmp_path: Path) -> None:
    messages = mixdown.messages
    file = tmp_path / "few.csv"
    file.write_text("id;first name\n1;Ada\n2;Bea\n")
    assert messages.preview(file).sample == ["Ada", "Bea"]
    assert messages.upload(file, "names", "few").saved_as == "few.json"
    (tmp_path / "makers.json").write_text('["Hilton"]')
    assert messages.upload(tmp_path / "makers.json", "developers", "makers").count == 1
    assert {"few.json", "makers.json"} <= {dataset.file for dataset in messages.datasets()}

    def done(job: Job) -> dict[str, Any]:
        seen: list[Job] = []
        ended = mixdown.jobs.wait(job.id, seen.append)
        assert ended.state == "succeeded", ended.error
        assert ended.progress.done == ended.progress.total
        result: dict[str, Any] = ended.result  # type: ignore[assignment]
        return result

    which = {"names": "few", "developers": "makers"}
    checked = done(messages.batch_validate(**which))  # type: ignore[arg-type]
    assert (checked["messages"], checked["failed"]) == (2, 0)
    assert done(messages.batch_template(**which))["made"] == checked["to_make"] >= 2  # type: ignore[arg-type]
    assert done(messages.batch_rotations(2, "names"))["tasks"] == 2
    assert done(messages.bulk("few", "makers"))["failed"] == 0
    assert messages.delete("few.json").status == "ok"  # type: ignore[attr-defined]


def test_what_is_kept(mixdown: Mixdown) -> None:
    messages = mixdown.messages
    for name in ("Kea", "Lea"):
        messages.stem_of_name(name)
    page = messages.stems(limit=1)
    assert len(page.stems) == 1
    assert page.next
    assert "stem.name.kea" in messages.stems(after="stem.name.k", limit=1, extended=True).stems
    assert messages.consistency(extended=True).traffic == "green"  # type: ignore[attr-defined]
    assert messages.repair().summary["total_missing"] == 0  # type: ignore[attr-defined]
    for what in ("stems", "stems-index", "outputs"):
        assert messages.integrity(what).status == "ok"  # type: ignore[arg-type, attr-defined]
    assert messages.invalidate("stem.name.kea").status == "ok"  # type: ignore[attr-defined]
    assert messages.invalidate("stem.name.kea").status == "not_found"  # type: ignore[attr-defined]
    assert messages.contract().contract["sample_rate"] == 48_000  # type: ignore[attr-defined]
    assert messages.health().messages["mode"] == "local"  # type: ignore[attr-defined]
    assert messages.check_many(["stem.name.lea", "stem.name.kea"]).summary["total"] == 2  # type: ignore[attr-defined]
    for ask in (
        lambda: messages.stem_in_bucket("stem.name.lea"),
        lambda: messages.output_in_bucket("x.wav"),
        lambda: messages.check_in_bucket("stem.name.lea"),
        lambda: messages.rotation_check_bucket("stem.name.lea"),
        messages.bucket,
    ):
        with pytest.raises(MixdownError) as caught:
            ask()
        assert (caught.value.status, caught.value.code) == (503, "no_bucket")


async def test_the_asynchronous_half(amixdown: AsyncMixdown, tmp_path: Path) -> None:
    stem = await amixdown.messages.stem_of_name("Mia")
    assert stem.label == "stem.name.mia"
    (tmp_path / "one.json").write_text('["Mia"]')
    assert (await amixdown.messages.preview(tmp_path / "one.json")).count == 1
    message = await amixdown.messages.assemble("Mia", "Hilton")
    assert message.segments == 4
    with pytest.raises(MixdownError) as caught:
        await amixdown.messages.assemble("Mia")
    assert caught.value.field == "developer"


def test_a_turn_is_not_taken_twice_where_the_answer_is_lost(answering: AnsweringServer) -> None:
    answering.answers = [Answer(status=0)]
    with Mixdown(answering.url) as mixdown, pytest.raises(MixdownError) as caught:
        mixdown.messages.next_pair()
    assert caught.value.code == "connection_lost"
    assert len(answering.asked) == 1


def test_a_batch_is_submitted_again_under_its_key(answering: AnsweringServer) -> None:
    answering.answers = [Answer(status=0), Answer.json({"detail": "No.", "code": "no"}, 400)]
    with Mixdown(answering.url) as mixdown, pytest.raises(MixdownError):
        mixdown.messages.batch_rotations(3)
    first, second = answering.asked
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"]
    assert first.body == second.body
