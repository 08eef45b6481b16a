"""Stems: rendered once for whoever asks, found again only under an equal signature, checked before they are kept."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mixdown_api.messages.voicing import GenerationConfig, Voicing
from mixdown_kernel import Problem

from .house import LETTER, Clerk, House, house, steps


async def test_a_stem_is_what_the_voice_said_at_48_khz(app: House) -> None:
    made = await app.post("/generate/name", name="john")
    assert (made["status"], made["label"], made["text"]) == ("generated", "stem.name.john", "John")
    assert made["path"] == "stems/name/stem.name.john.wav"
    assert made["duration_ms"] == 4 * LETTER // 48
    heard = await app.samples(made["url"])
    assert np.array_equal(heard, np.rint(steps("John")[:, 0] * 32768).astype(np.int16))


async def test_the_second_request_is_answered_from_the_index(app: House) -> None:
    first = await app.post("/generate/name", name="john")
    again = await app.post("/generate/name", name=" JOHN ")
    assert again == {**first, "status": "cached"}
    assert len(app.clerk.spoken) == 1


async def test_a_cached_stem_is_served_without_decoding(app: House) -> None:
    """Its asset is gone, and its WAV is one that nothing could decode."""
    made = await app.post("/generate/name", name="john")
    shutil.rmtree(app.data / "assets")
    (stored,) = app.data.rglob("renders/*/*.wav")
    with stored.open("r+b") as file:
        file.write(bytes(64))
    again = await app.post("/generate/name", name="john")
    assert (again["status"], again["url"]) == ("cached", made["url"])
    assert not (app.data / "assets").exists()
    await app.post("/assemble/segments", 502, segments=["stem.name.john"])


async def test_an_extended_answer_has_the_entry_of_the_index(app: House) -> None:
    await app.post("/generate/name", name="john")
    made = await app.post("/generate/name?extended=true", name="john")
    entry = made["cache_entry"]
    assert {
        "path", "text", "audio_format", "encoding", "sample_rate", "voice_id", "model_id", "cartesia_version",
        "contract_signature", "generation_config", "duration_ms", "size", "created_at", "last_used", "use_count",
    } <= set(entry)  # fmt: skip
    assert (entry["encoding"], entry["sample_rate"], entry["container"]) == ("pcm_s16le", 48_000, "wav")
    assert (entry["voice_id"], entry["backend"], entry["use_count"]) == ("clerk-one", "clerk", 2)
    assert entry["last_used"] >= entry["created_at"]
    assert (await app.post("/generate/name", name="john", extended=True))["cache_entry"]["use_count"] == 3


async def test_any_number_of_simultaneous_requests_cost_one_render(app: House) -> None:
    app.clerk.gate.clear()
    asked = [asyncio.create_task(app.post("/generate/name", name="john")) for _ in range(100)]
    while not app.clerk.spoken:
        await asyncio.sleep(0.01)
    app.clerk.gate.set()
    answers = await asyncio.gather(*asked)
    assert len(app.clerk.spoken) == 1
    assert len({answer["url"] for answer in answers}) == 1
    assert sum(answer["status"] == "generated" for answer in answers) == 1


async def test_a_render_goes_on_when_whoever_asked_has_left(app: House) -> None:
    app.clerk.gate.clear()
    asking = asyncio.create_task(app.messages.stems.get("name", "john"))
    while not app.clerk.spoken:
        await asyncio.sleep(0.01)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    app.clerk.gate.set()
    assert (await app.messages.stems.get("name", "john")).text == "John"
    assert len(app.clerk.spoken) == 1


async def test_another_voice_is_another_stem_under_the_same_label(app: House) -> None:
    one = await app.post("/generate/name", name="john")
    two = await app.post("/generate/name", name="john", voice_id="clerk-two")
    assert (two["status"], two["label"]) == ("generated", one["label"])
    assert np.array_equal(await app.samples(two["url"]), -(await app.samples(one["url"])))
    assert (await app.post("/generate/name", name="john"))["url"] == one["url"]


async def test_a_label_means_its_stem_in_the_usual_voice_not_the_newest(app: House) -> None:
    """Or a message of stored stems would change its voice when somebody tries another one."""
    usual = await app.post("/generate/name", name="john")
    await app.post("/generate/name", name="john", voice_id="clerk-two")
    shown = (await app.get("/generate/check/stem_path", label="stem.name.john"))["metadata"]
    assert shown["voice_id"] == "clerk-one"
    exact = {"crossfade_ms": 0, "tail_fade_ms": 0, "segments": ["stem.name.john"]}
    plain = await app.post("/assemble/segments", **exact)
    assert np.array_equal(await app.samples(plain["url"]), await app.samples(usual["url"]))
    other = await app.post("/assemble/segments", **exact, voice_id="clerk-two")
    assert np.array_equal(await app.samples(other["url"]), -(await app.samples(usual["url"])))


async def test_a_label_that_the_usual_voice_has_not_spoken_is_its_newest(app: House) -> None:
    await app.post("/generate/name", name="john", voice_id="clerk-two")
    shown = (await app.get("/generate/check/stem_path", label="stem.name.john"))["metadata"]
    assert shown["voice_id"] == "clerk-two"


async def test_an_alias_and_the_voice_it_means_are_one_stem(app: House) -> None:
    one = await app.post("/generate/name", name="john", voice_id="clerk-two")
    app.service.kernel.voices._aliases["mine"] = "clerk-two"
    assert (await app.post("/generate/name", name="john", voice_id="mine"))["url"] == one["url"]
    default = await app.post("/generate/name", name="john")
    assert (await app.post("/generate/name", name="john", voice_id="clerk-one"))["url"] == default["url"]
    assert (await app.post("/generate/name", name="john", voice_id="alloy"))["url"] == default["url"]
    assert len(app.clerk.spoken) == 2


async def test_every_part_of_the_voicing_is_signed(app: House) -> None:
    configs = [
        GenerationConfig(),
        GenerationConfig(speed=1.2),
        GenerationConfig(volume=0.8),
    ]
    made = [await app.messages.stems.say("generic", "Well.", Voicing(config=config)) for config in configs]
    assert len({stem.entry.signature for stem in made}) == len(configs)
    assert {stem.status for stem in made} == {"generated"}
    quiet = await app.samples(app.service.renders.url(made[2].file.id))
    loud = await app.samples(app.service.renders.url(made[0].file.id))
    assert np.allclose(quiet, 0.8 * loud, atol=1)


async def test_what_a_voice_cannot_do_changes_no_signature_and_is_told(app: House) -> None:
    plain = await app.messages.stems.say("generic", "Well.", Voicing())
    calm = await app.messages.stems.say("generic", "Well.", Voicing(config=GenerationConfig(emotion="calm")))
    assert (calm.status, calm.entry.signature) == ("cached", plain.entry.signature)
    other = await app.messages.stems.say("generic", "Oh.", Voicing(config=GenerationConfig(emotion="calm")))
    (notice,) = other.file.metadata["notices"]
    assert notice["code"] == "not_honoured"


async def test_what_another_label_says_already_is_not_rendered_again(app: House) -> None:
    name = await app.post("/generate/name", name="hilton")
    developer = await app.post("/generate/developer", developer="hilton")
    assert (developer["status"], developer["label"]) == ("cached", "stem.developer.hilton")
    assert developer["url"] == name["url"]
    assert len(app.clerk.spoken) == 1
    await app.post("/cache/invalidate", stem_name="stem.name.hilton")
    anew = await app.post("/generate/developer", developer="hilton")
    assert (anew["status"], len(app.clerk.spoken)) == ("generated", 2), (
        "what sounds the same has gone with it"
    )


async def test_both_stems_at_once(app: House) -> None:
    made = await app.post("/generate/combined", name="john", developer="hilton")
    assert made["status"] == "ok"
    assert (made["name"]["label"], made["developer"]["label"]) == ("stem.name.john", "stem.developer.hilton")
    assert made["pair"] == {"name": "John", "developer": "Hilton"}
    assert made["voice_id"] == "clerk-one"


async def test_a_stem_of_any_text_in_any_voicing(app: House) -> None:
    plain = await app.post("/generate/stem", text="Doors open at nine.")
    quick = await app.post(
        "/generate/stem", text="Doors open at nine.", category="script", generation_config={"speed": 1.25}
    )
    assert plain["label"].startswith("stem.generic.doors_open_at_nine-")
    assert quick["label"].startswith("stem.script.doors_open_at_nine-")
    assert quick["duration_ms"] == round(plain["duration_ms"] / 1.25)
    refused = await app.post("/generate/stem", 422, text="x", generation_config={"speed": 3})
    assert refused["field"] == "generation_config.speed"
    assert (await app.post("/generate/stem", 422, text=""))["code"] == "missing_text"


async def test_stems_outlive_a_restart(tmp_path: Path) -> None:
    async with house(tmp_path) as app:
        first = await app.post("/generate/name", name="john")
    async with house(tmp_path) as app:
        again = await app.post("/generate/name", name="john")
        assert (again["status"], again["url"]) == ("cached", first["url"])
        assert not app.clerk.spoken


async def test_a_stem_whose_time_is_over_is_rendered_again(tmp_path: Path) -> None:
    async with house(tmp_path, messages_stem_seconds=0.05) as app:
        first = await app.post("/generate/name", name="john")
        await asyncio.sleep(0.1)
        again = await app.post("/generate/name", name="john")
        assert again["status"] == "generated"
        assert again["url"] != first["url"]
        await app.service.renders.sweep()
        assert (await app.fetch(first["url"])).status_code == 404


async def test_stems_are_kept_for_thirty_days_unless_told_otherwise(app: House) -> None:
    entry = (await app.post("/generate/name", name="john", extended=True))["cache_entry"]
    assert entry["expires_at"] - entry["created_at"] == pytest.approx(30 * 86_400, abs=60)


async def test_a_stem_whose_bytes_are_gone_is_rendered_again(app: House) -> None:
    await app.post("/generate/name", name="john")
    for key in await app.objects():
        await app.service.renders.storage.delete(key)
    again = await app.post("/generate/name", name="john")
    assert again["status"] == "generated"
    assert (await app.samples(again["url"])).size


async def test_a_failed_render_keeps_nothing_and_the_next_one_may_succeed(app: House) -> None:
    app.clerk.failures = 3  # as often as the road tries
    refused = await app.post("/generate/name", 502, name="john")
    assert refused["code"] == "backend_failed"
    assert not await app.objects()
    assert not await app.listed()
    assert (await app.get("/cache/list"))["stems_count"] == 0
    assert (await app.post("/generate/name", name="john"))["status"] == "generated"


async def test_no_stem_falls_back_to_another_voice(tmp_path: Path) -> None:
    other = Clerk("other")
    config = {"backends": {"synthesis": ["clerk", "other"]}}
    async with house(tmp_path, plugins=[other], config=config) as app:
        app.clerk.failures = 100
        for name in ("john", "mary"):  # the second one while the voice rests
            await app.post("/generate/name", 502, name=name)
        assert not other.spoken


class Silent(Clerk):
    """Says nothing where there are words."""

    async def render(self, request: Any) -> Any:
        self.spoken.append(request)
        for _ in ():
            yield


async def test_a_voice_that_says_nothing_makes_no_stem(tmp_path: Path) -> None:
    async with house(tmp_path, clerk=Silent()) as app:
        assert (await app.post("/generate/name", 502, name="john"))["code"] == "no_sound"
        assert not await app.objects()


class Hasty(Clerk):
    """Speaks the first letter and leaves."""

    async def render(self, request: Any) -> Any:
        async for chunk in super().render(request.model_copy(update={"text": request.text[:1]})):
            yield chunk


async def test_a_stem_that_lost_its_words_is_not_kept(tmp_path: Path) -> None:
    async with house(tmp_path, clerk=Hasty()) as app:
        refused = await app.post("/assemble/segments", 502, segments=["This is a whole sentence."])
        assert refused["code"] == "truncated_stem"
        assert not await app.objects()


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        ({}, 422, "missing_name", "name"),
        ({"name": ""}, 422, "missing_name", "name"),
        ({"name": 7}, 422, "invalid_name", "name"),
        ({"name": "a/b"}, 422, "invalid_name", "name"),
        ({"name": "x" * 10_000}, 422, "name_too_long", "name"),
        ({"name": "john", "voice_id": "nobody"}, 404, "unknown_voice", "voice_id"),
        ({"name": "john", "voice_id": ""}, 422, "invalid_voice_id", "voice_id"),
        ({"name": "john", "speed": 2}, 422, "unknown_field", "speed"),
        ({"name": "john", "upload": True}, 503, "no_bucket", None),
    ],
)
async def test_bad_requests_are_refused_before_any_work(
    untouched: House, body: dict[str, Any], status: int, code: str, field: str | None
) -> None:
    refused = await untouched.post("/generate/name", status, **body)
    assert (refused["code"], refused.get("field")) == (code, field)
    assert refused["detail"]
    assert not untouched.clerk.spoken


async def test_where_a_stem_lies(app: House) -> None:
    before = await app.get("/generate/check/stem_path", label="stem.name.john")
    assert (before["status"], before["metadata"]) == ("not_found", None)
    made = await app.post("/generate/name", name="john")
    after = await app.get("/generate/check/stem_path", label="stem.name.john")
    assert (after["status"], after["local_path"], after["gcs_path"]) == ("ok", made["path"], None)
    assert after["metadata"]["text"] == "John"
    assert (await app.get("/generate/check/stem_path", 422, label="../x"))["code"] == "invalid_label"


async def test_presets_are_sorted(app: House) -> None:
    for kind in ("names", "developers"):
        items = (await app.get(f"/generate/preset_{kind}"))["items"]
        assert items == sorted(items, key=str.casefold)
        assert len(items) > 5


async def test_every_render_is_audited(app: House) -> None:
    answer = await app.http.post("/generate/name", json={"name": "john"})
    lines = (app.data / "audit" / "audit.jsonl").read_text().splitlines()
    assert sum("stem.rendered" in line and "stem.name.john" in line for line in lines) == 1
    assert answer.headers["x-request-id"] in lines[0]


async def test_one_render_for_two_processes_with_one_state(tmp_path: Path, database_url: str) -> None:
    """Two applications, each with a kernel, a cache and a connection of its own."""
    config = {"backends": {"synthesis": ["clerk"]}, "plugins": {"local": {"root": str(tmp_path / "files")}}}
    clerk = Clerk()
    async with (
        house(tmp_path / "a", clerk=clerk, config=config, database_url=database_url) as one,
        house(tmp_path / "b", clerk=clerk, config=config, database_url=database_url) as two,
    ):
        clerk.gate.clear()
        asked = [
            asyncio.create_task(app.post("/generate/name", name=name))
            for name in ("john", "mary")
            for app in (one, two)
            for _ in range(5)
        ]
        while not clerk.spoken:
            await asyncio.sleep(0.01)
        clerk.gate.set()
        answers = await asyncio.gather(*asked)
        assert sorted(request.text for request in clerk.spoken) == ["John", "Mary"]
        assert len({answer["url"] for answer in answers}) == 2
        message = await two.post("/assemble/segments", segments=["stem.name.john", "stem.name.mary"])
        assert message["segments"] == 2


async def test_what_is_being_rendered_stops_with_the_application(tmp_path: Path) -> None:
    async with house(tmp_path) as app:
        app.clerk.gate.clear()
        asking = asyncio.create_task(app.messages.stems.get("name", "john"))
        while not app.clerk.spoken:
            await asyncio.sleep(0.01)
    with pytest.raises((asyncio.CancelledError, Problem)):
        await asking
