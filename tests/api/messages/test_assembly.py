"""Messages: joined bit for bit, timed by template or request, measured, and wrong for nobody."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mixdown_kernel import Audio, Chunk

from .house import LETTER, Clerk, House, house, steps

MS = 48


def int16(text: str) -> np.ndarray:
    return np.rint(steps(text)[:, 0] * 32768).astype(np.int16)


def put(app: House, name: str, **members: Any) -> None:
    """A template of the operator's own."""
    folder = app.data / "templates"
    folder.mkdir(exist_ok=True)
    document = {"template_name": name, **members}
    (folder / f"{name}.json").write_text(json.dumps(document))


# ------------------------------------------------------------ segments


async def test_without_crossfade_gap_and_tail_fade_it_is_the_stems_bit_for_bit(app: House) -> None:
    await app.post("/generate/name", name="john")
    made = await app.post(
        "/assemble/segments",
        segments=["stem.name.john", "your table", "is ready"],
        crossfade_ms=0,
        gap_ms=0,
        tail_fade_ms=0,
    )
    heard = await app.samples(made["url"])
    assert np.array_equal(heard, np.concatenate([int16("John"), int16("your table"), int16("is ready")]))
    assert made["duration_ms"] == len(heard) // MS


async def test_a_gap_is_silence_between_the_words(app: House) -> None:
    made = await app.post(
        "/assemble/segments?extended=true",
        segments=["aaaa", "bbbb"],
        gap_ms=100,
        crossfade_ms=2,
        tail_fade_ms=0,
    )
    heard, word = await app.samples(made["url"]), 4 * LETTER
    assert len(heard) == 2 * word + 100 * MS
    assert not heard[word : word + 100 * MS].any()
    assert np.array_equal(heard[: word - 2 * MS], int16("aaaa")[: -2 * MS])
    assert np.array_equal(heard[word + 102 * MS :], int16("bbbb")[2 * MS :])
    first, second = made["stem_details"]
    assert (first["start_ms"], first["end_ms"]) == (0, word // MS)
    assert (second["start_ms"], second["end_ms"]) == (word // MS + 100, 2 * word // MS + 100)


async def test_untimed_segments_are_merged_with_a_crossfade_of_8_ms_and_a_tail_fade_of_5(app: House) -> None:
    made = await app.post("/assemble/segments?extended=true", segments=["aaaa", "aaaa"])
    heard, word = await app.samples(made["url"]), 4 * LETTER
    assert made["timing_map"] == [{"from": "segment_1", "to": "segment_2", "gap_ms": 0, "crossfade_ms": 8}]
    assert len(heard) == 2 * word - 8 * MS
    assert np.ptp(heard[: -5 * MS]) <= 1, "two halves of one crossfade sum to one"
    assert np.all(np.diff(heard[-5 * MS :]) <= 0)
    assert abs(int(heard[-1])) <= 1


async def test_a_timing_map_times_single_joins(app: House) -> None:
    made = await app.post(
        "/assemble/segments?extended=true",
        segments=["a one", "a two", "a three"],
        segment_ids=["x", "y", "z"],
        gap_ms=20,
        timing_map=[{"from": "y", "to": "z", "gap_ms": 50, "crossfade_ms": 0}],
    )
    assert [(join["gap_ms"], join["crossfade_ms"]) for join in made["timing_map"]] == [(20, 10), (50, 0)]
    assert [detail["id"] for detail in made["stem_details"]] == ["x", "y", "z"]


class Padded(Clerk):
    """Speaks between two silences, of which neither is quite silent."""

    async def render(self, request: Any) -> Any:
        async for chunk in super().render(request):
            hiss = np.full((LETTER, 1), 40 / 32768, np.float32)
            samples = np.concatenate([hiss, hiss, chunk.audio.samples, hiss])
            yield Chunk(Audio(samples, chunk.audio.rate))


async def test_clean_leaves_the_padding_of_stems_out(tmp_path: Path) -> None:
    async with house(tmp_path, clerk=Padded()) as app:
        body = {"segments": ["aaaa", "bbbb"], "crossfade_ms": 0, "tail_fade_ms": 0}
        plain = await app.samples((await app.post("/assemble/segments", **body))["url"])
        clean = await app.samples((await app.post("/assemble/segments", clean=True, **body))["url"])
    margin = 10 * MS
    assert len(plain) == 2 * 7 * LETTER
    assert len(clean) == 2 * (4 * LETTER + 2 * margin)
    assert np.array_equal(clean[margin : margin + 4 * LETTER], int16("aaaa"))
    assert np.array_equal(clean[-margin - 4 * LETTER : -margin], int16("bbbb"))


async def test_diagnostics_measure_what_is_heard(app: House) -> None:
    made = await app.post("/assemble/segments", segments=["abcd"], tail_fade_ms=0)
    heard = (await app.samples(made["url"])) / 32768
    told = made["diagnostics"]
    assert told["rms"] == pytest.approx(float(np.sqrt(np.mean(heard**2))), abs=1e-5)
    assert told["peak"] == pytest.approx(float(np.abs(heard).max()), abs=1e-5)
    assert (told["duration_ms"], told["clipped_samples"]) == (len(heard) // MS, 0)


async def test_an_asset_that_had_to_go_is_decoded_again(app: House) -> None:
    body = {"segments": ["one two", "three"], "gap_ms": 10}
    first = await app.post("/assemble/segments", **body)
    shutil.rmtree(app.data / "assets")
    again = await app.post("/assemble/segments", **body)
    assert np.array_equal(await app.samples(again["url"]), await app.samples(first["url"]))
    assert len(app.clerk.spoken) == 2


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        ({}, 422, "missing_segments", "segments"),
        ({"segments": []}, 422, "invalid_segments", "segments"),
        ({"segments": ["a", ""]}, 422, "missing_segments", "segments.1"),
        ({"segments": ["a"] * 201}, 422, "invalid_segments", "segments"),
        ({"segments": ["x" * 10_001]}, 422, "segments_too_long", "segments.0"),
        ({"segments": ["stem.name.nobody"]}, 404, "unknown_stem", "segments.0"),
        ({"segments": ["a", "b"], "segment_ids": ["x"]}, 422, "wrong_segment_ids", "segment_ids"),
        ({"segments": ["a", "b"], "segment_ids": ["x", "x"]}, 422, "duplicate_segment", "segment_ids"),
        ({"segments": ["a"], "segment_ids": ["x y"]}, 422, "invalid_segment_ids", "segment_ids.0"),
        ({"segments": ["a", "b"], "timing_map": [{"from": "x", "to": "y"}]}, 422, "unknown_segment", "timing_map.0"),
        ({"segments": ["a"], "gap_ms": -1}, 422, "invalid_gap_ms", "gap_ms"),
        ({"segments": ["a"], "upload": True}, 503, "no_bucket", None),
    ],
)  # fmt: skip
async def test_bad_segments_are_refused_before_any_work(
    untouched: House, body: dict[str, Any], status: int, code: str, field: str | None
) -> None:
    before = await untouched.listed()
    refused = await untouched.post("/assemble/segments", status, **body)
    assert (refused["code"], refused.get("field")) == (code, field)
    assert await untouched.listed() == before or code == "missing_segments" or code == "segments_too_long"


async def test_a_message_of_many_new_stems_does_not_fill_the_queue_by_itself(tmp_path: Path) -> None:
    async with house(tmp_path, render_slots=1, render_queue=4) as app:
        made = await app.post("/assemble/segments", segments=[f"part {chr(97 + n)}" for n in range(20)])
    assert made["segments"] == 20


# ------------------------------------------------------------ templates


async def test_a_message_by_the_default_template(app: House) -> None:
    made = await app.post(
        "/assemble/template", first_name="john", developer="hilton", template="double_anchor_hybrid.json"
    )
    assert (made["status"], made["segments"], made["upload"]) == ("ok", 4, False)
    assert made["output_file"].startswith("output/double_anchor_hybrid_john_hilton_")
    assert made["output_file"].endswith(".wav")
    assert round(len(await app.samples(made["url"])) / MS) == made["duration_ms"]
    assert "stem_details" not in made
    latest = await app.get("/assemble/output_location")
    assert (latest["status"], latest["latest_output"]) == ("ok", made["output_file"])


async def test_no_output_yet(app: House) -> None:
    assert (await app.get("/assemble/output_location"))["status"] == "empty"


async def test_an_extended_answer_tells_every_segment_and_join(app: House) -> None:
    made = await app.post("/assemble/template?extended=true", first_name="john", developer="hilton")
    assert made["sample_rate"] == 48_000
    assert made["template_voice_config"] == {"speed": 1.0, "volume": 1.0, "tone": "calm"}
    assert [(one["from"], one["to"]) for one in made["timing_map"]] == [
        ("greeting", "opening"), ("opening", "developer"), ("developer", "closing"),
    ]  # fmt: skip
    texts = [one["text"] for one in made["stem_details"]]
    assert texts[0] == "Hello John."
    assert texts[2] == "It is built by Hilton."
    assert {one["status"] for one in made["stem_details"]} == {"generated"}
    assert made["stem_details"][-1]["end_ms"] + 120 == made["duration_ms"], "its break_ms"


async def test_johns_message_is_never_marys(app: House) -> None:
    """In the original, stems of a template were kept by segment: Mary heard John's name."""
    heard = {}
    for name in ("john", "mary", "john"):
        made = await app.post("/assemble/template?extended=true", first_name=name, developer="hilton")
        greeting = made["stem_details"][0]
        assert greeting["text"] == f"Hello {name.title()}."
        heard.setdefault(name, []).append((await app.samples(made["url"])).tobytes())
    assert heard["john"][0] == heard["john"][1] != heard["mary"][0]
    spoken = [request.text for request in app.clerk.spoken]
    assert len(spoken) == len(set(spoken))


async def test_names_and_developers_are_rendered_once_for_all_their_messages(app: House) -> None:
    """Eight names and three developers: 24 messages, 11 stems and those that are the same for all."""
    names, developers = [f"name{n}" for n in "abcdefgh"], ["hilton", "marriott", "accor"]
    for name in names:
        for developer in developers:
            await app.post("/assemble/template", first_name=name, developer=developer)
    constant = len({"I have a short message …", "If you would like …", "Have a good day."})
    assert len(app.clerk.spoken) == len(names) + len(developers) + constant
    stems = (await app.get("/cache/list"))["stems_count"]
    assert stems == len(names) + len(developers) + 2


async def test_a_variant_changes_the_audio(app: House) -> None:
    heard = set()
    for variant in (None, "fast_assertive", "soft_warm"):
        made = await app.post("/assemble/template", first_name="john", developer="hilton", variant=variant)
        heard.add((made["duration_ms"], made["diagnostics"]["peak"]))
    assert len({duration for duration, _ in heard}) == 3
    assert len({peak for _, peak in heard}) == 3


async def test_any_placeholders_may_be_filled(app: House) -> None:
    put(app, "visit", segments=[{"id": "a", "text": "{city}, {first_name}!"}, {"id": "b", "text": "{name}"}])
    made = await app.post(
        "/assemble/template?extended=true", template="visit", first_name="ana", values={"city": "Lisbon"}
    )
    assert [one["text"] for one in made["stem_details"]] == ["Lisbon, Ana!", "Ana"]
    assert made["stem_details"][1]["label"] == "stem.name.ana", "a segment that is a name is the name's stem"


async def test_break_and_gap_and_own_voice_have_their_effect(app: House) -> None:
    one = {"id": "a", "text": "aaaa", "gap_ms": 30, "crossfade_ms": 0}
    two = {"id": "b", "text": "bbbb"}
    put(app, "plain", segments=[one, two])
    put(app, "break", segments=[{**one, "break_ms": 70}, {**two, "break_ms": 25}])
    put(app, "quick", segments=[one, {**two, "generation_config": {"speed": 1.25}}])
    length = {
        name: (await app.post("/assemble/template", template=name, tail_fade_ms=0))["duration_ms"]
        for name in ("plain", "break", "quick")
    }
    word = 4 * LETTER // MS
    assert length == {"plain": 2 * word + 30, "break": 2 * word + 125, "quick": word + word * 4 // 5 + 30}


async def test_a_segment_may_name_its_model(app: House) -> None:
    put(app, "pinned", segments=[{"id": "a", "text": "Hello.", "model_id": "clerk"}])
    assert (await app.post("/assemble/template", template="pinned"))["segments"] == 1
    put(app, "pinned", segments=[{"id": "a", "text": "Hello.", "model_id": "sonic-9"}])
    assert (await app.post("/assemble/template", 404, template="pinned"))["code"] == "unknown_backend"


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        ({"developer": "hilton"}, 422, "missing_placeholder", "first_name"),
        ({"first_name": "john"}, 422, "missing_placeholder", "developer"),
        ({"first_name": "", "developer": "hilton"}, 422, "missing_first_name", "first_name"),
        ({"first_name": "../x", "developer": "hilton"}, 422, "invalid_first_name", "first_name"),
        ({"first_name": "john", "developer": "h", "values": {"city": "x"}}, 422, "unknown_placeholder", "values.city"),
        ({"first_name": "john", "developer": "h", "variant": "loud"}, 422, "unknown_variant", "variant"),
        ({"first_name": "john", "developer": "h", "template": "none"}, 404, "unknown_template", "template"),
        ({"first_name": "john", "developer": "h", "template": "broken"}, 422, "several_roots", "timing_map"),
        ({"first_name": "john", "developer": "h", "voice_id": "x"}, 404, "unknown_voice", "voice_id"),
        ({"first_name": "john", "developer": "h", "tail_fade_ms": -1}, 422, "invalid_tail_fade_ms", "tail_fade_ms"),
    ],
)  # fmt: skip
async def test_bad_values_are_refused_and_leave_nothing(
    untouched: House, body: dict[str, Any], status: int, code: str, field: str
) -> None:
    segments = [{"id": id_, "text": "Hello."} for id_ in "abc"]
    put(untouched, "broken", segments=segments, timing_map=[{"from": "a", "to": "b"}])
    before = len(untouched.clerk.spoken), await untouched.objects()
    refused = await untouched.post("/assemble/template", status, **body)
    assert (refused["code"], refused["field"]) == (code, field)
    assert (len(untouched.clerk.spoken), await untouched.objects()) == before


async def test_a_message_whose_stem_fails_leaves_no_message(app: House) -> None:
    app.clerk.failures = 100
    await app.post("/assemble/template", 502, first_name="john", developer="hilton")
    assert (await app.get("/assemble/output_location"))["status"] == "empty"
    while app.messages.stems.rendering:  # the other stems of the message
        await asyncio.sleep(0.01)
    assert not app.spooled()
    assert not await app.objects()


async def test_templates_are_listed_with_what_is_wrong_with_them(app: House) -> None:
    put(app, "good", segments=[{"id": "a", "text": "Hello {who}."}])
    put(app, "bad", segments=[{"id": "a", "text": "Hello {who."}])
    listed = (await app.get("/assemble/templates"))["templates"]
    assert listed["good"]["placeholders"] == ["who"]
    assert (listed["bad"]["valid"], listed["bad"]["code"]) == (False, "bad_placeholder")
    assert set(listed["double_anchor_hybrid"]["variants"]) == {"fast_assertive", "soft_warm"}


async def test_messages_expire_as_renders_do(tmp_path: Path) -> None:
    async with house(tmp_path, internal_api_key="key", render_lifetime_seconds=1000) as app:
        app.http.headers["x-internal-api-key"] = "key"
        await app.post("/assemble/segments", segments=["hello"])
        async with app.service.state.reading() as connection:
            from sqlalchemy import text

            rows = dict(
                (await connection.execute(text("SELECT kind, expires_at - created_at FROM files"))).all()
            )
    assert rows["message"] == pytest.approx(1000, abs=5)
    assert rows["stem"] == pytest.approx(30 * 86_400, abs=60)
