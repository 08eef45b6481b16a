"""Templates: what ships, what each rule refuses, and what every field does (contracts/hybrid-audio.md, "Template")."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mixdown_api.messages.template import Join, parse_template
from mixdown_api.messages.templates import Templates
from mixdown_kernel import Problem


@pytest.fixture
def templates(tmp_path: Path) -> Templates:
    return Templates(tmp_path)


def document(**members: Any) -> dict[str, Any]:
    """Two segments and a join."""
    return {
        "template_name": "two",
        "segments": [{"id": "a", "text": "Hello {name}."}, {"id": "b", "text": "Bye."}],
        "timing_map": [{"from": "a", "to": "b"}],
        **members,
    }


async def test_the_default_ships_and_both_its_names_resolve(templates: Templates) -> None:
    names = ("double_anchor_hybrid", "double_anchor_hybrid.json", "double_anchor", "double_anchor.json")
    found = [await templates.load(name) for name in names]
    assert all(one == found[0] for one in found)
    shipped = found[0]
    assert shipped.template_name == "double_anchor_hybrid"
    assert len(shipped.segments) == 4
    assert shipped.placeholders == ("name", "developer")
    assert set(shipped.variants) == {"fast_assertive", "soft_warm"}


async def test_every_template_that_ships_is_valid(templates: Templates) -> None:
    assert not [one for one in (await templates.checked()).values() if isinstance(one, Problem)]


async def test_the_operators_own_are_found_listed_and_win(templates: Templates, tmp_path: Path) -> None:
    own = document(template_name="double_anchor_hybrid", description="mine")
    (tmp_path / "double_anchor_hybrid.json").write_text(json.dumps(own), encoding="utf-8-sig")
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "not a name.json").write_text("{}")
    assert (await templates.load("double_anchor")).description == "mine"
    assert await templates.names() == ["broken", "double_anchor_hybrid"]
    checked = await templates.checked()
    assert isinstance(checked["broken"], Problem)
    assert checked["broken"].code == "bad_template_json"


def _nested(levels: int) -> str:
    return "[" * levels + "]" * levels


@pytest.mark.parametrize(
    "text",
    [
        "",
        json.dumps(document(description="half: \ud800")),
        json.dumps(document(metadata={})).replace(
            '"metadata": {}', f'"metadata": {{"deep": {_nested(500)}}}'
        ),
    ],
)
async def test_what_is_no_document_is_told_and_hides_no_other(
    templates: Templates, tmp_path: Path, text: str
) -> None:
    (tmp_path / "broken.json").write_text(text)
    (tmp_path / "folder.json").mkdir()
    found = await templates.checked()
    codes = {name: one.code for name, one in found.items() if isinstance(one, Problem)}
    assert codes == {"broken": "bad_template_json", "folder": "unreadable_template"}
    assert set(found) == {*codes, "double_anchor_hybrid"}


@pytest.mark.parametrize(
    "name", ["nothing", "../secret", "a/b", "", "double_anchor_hybrid.json.json", "\x00"]
)
async def test_a_name_that_is_none_finds_nothing_outside(
    templates: Templates, tmp_path: Path, name: str
) -> None:
    (tmp_path.parent / "secret.json").write_text(json.dumps(document()))
    with pytest.raises(Problem) as raised:
        await templates.load(name)
    assert raised.value.code == "unknown_template"
    assert raised.value.allowed == ["double_anchor_hybrid"]


# ------------------------------------------------------------ an error per rule


def broken(change: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    made = copy.deepcopy(document())
    change(made)
    return made


def three(edges: list[tuple[str, str]]) -> dict[str, Any]:
    segments = [{"id": id_, "text": "Hello."} for id_ in "abc"]
    return document(segments=segments, timing_map=[{"from": one, "to": two} for one, two in edges])


RULES: dict[str, tuple[Any, str, str]] = {
    "not an object": ([], "bad_template_json", "template"),
    "no name": (broken(lambda t: t.pop("template_name")), "bad_template_member", "template_name"),
    "no segments": (document(segments=[]), "bad_template_member", "segments"),
    "an unknown member": (document(speed=2), "bad_template_member", "speed"),
    "a gap of text": (broken(lambda t: t["segments"][0].update(gap_ms="10")), "bad_template_member", "segments.0.gap_ms"),
    "a negative gap": (broken(lambda t: t["segments"][0].update(gap_ms=-1)), "bad_template_member", "segments.0.gap_ms"),
    "an empty text": (broken(lambda t: t["segments"][0].update(text="")), "bad_template_member", "segments.0.text"),
    "too fast": (document(voice_config={"speed": 9}), "bad_template_member", "voice_config.speed"),
    "a segment twice": (broken(lambda t: t["segments"][1].update(id="a")), "duplicate_segment", "segments.1.id"),
    "an open brace": (broken(lambda t: t["segments"][0].update(text="Hi {name")), "bad_placeholder", "segments.0.text"),
    "an expression": (broken(lambda t: t["segments"][0].update(text="{name.upper}")), "bad_placeholder", "segments.0.text"),
    "a format": (broken(lambda t: t["segments"][0].update(text="{name:>10}")), "bad_placeholder", "segments.0.text"),
    "no name in braces": (broken(lambda t: t["segments"][0].update(text="{}")), "bad_placeholder", "segments.0.text"),
    "ssml": (broken(lambda t: t["segments"][0].update(text="<break/> x")), "markup_in_template", "segments.0.text"),
    "another format": (
        broken(lambda t: t["segments"][0].update(output_format={"sample_rate": 44100})),
        "bad_output_format",
        "segments.0.output_format",
    ),
    "a join from nowhere": (document(timing_map=[{"from": "x", "to": "b"}]), "unknown_segment", "timing_map.0.from"),
    "a join to nowhere": (document(timing_map=[{"from": "a", "to": "x"}]), "unknown_segment", "timing_map.0.to"),
    "a join twice": (three([("a", "b"), ("b", "c"), ("a", "b")]), "duplicate_edge", "timing_map.2"),
    "two ways on": (three([("a", "b"), ("a", "c")]), "branching_segments", "timing_map.1.from"),
    "two ways in": (three([("a", "c"), ("b", "c")]), "branching_segments", "timing_map.1.to"),
    "a ring": (three([("a", "b"), ("b", "c"), ("c", "a")]), "segment_cycle", "timing_map"),
    "a ring of one": (document(timing_map=[{"from": "a", "to": "a"}]), "segment_cycle", "timing_map"),
    "two roots": (three([("a", "b")]), "several_roots", "timing_map"),
}  # fmt: skip


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_has_its_own_error(rule: str) -> None:
    made, code, field = RULES[rule]
    with pytest.raises(Problem) as raised:
        parse_template(made)
    assert (raised.value.code, raised.value.field) == (code, field)


# ------------------------------------------------------------ what fields do


def test_the_timing_map_decides_the_order() -> None:
    made = parse_template(three([("c", "a"), ("a", "b")]))
    assert [segment.id for segment in made.in_order()] == ["c", "a", "b"]


def test_joins_are_the_timing_maps_then_the_segments_then_usual() -> None:
    segments = [
        {"id": "a", "text": "A.", "gap_ms": 100, "crossfade_ms": 20},
        {"id": "b", "text": "B.", "gap_ms": 50},
        {"id": "c", "text": "C.", "break_ms": 30},
        {"id": "d", "text": "D.", "break_ms": 70},
    ]
    edges = [{"from": "a", "to": "b", "gap_ms": 5}, {"from": "b", "to": "c"}, {"from": "c", "to": "d"}]
    made = parse_template(document(segments=segments, timing_map=edges))
    assert made.joins() == [Join(5, 20), Join(50, 10), Join(30, 10), Join(70, 0)]


def test_without_any_timing_it_is_a_clean_merge() -> None:
    made = parse_template(document(timing_map=[]))
    assert made.joins() == [Join(0, 8), Join(0, 0)]


def test_a_segments_own_voice_beats_the_variants_and_that_the_templates() -> None:
    made = parse_template(
        document(
            voice_config={"speed": 1.1, "volume": 0.9, "tone": "calm"},
            variants={"fast": {"voice_config": {"speed": 1.3, "tone": "excited"}}},
            segments=[
                {"id": "a", "text": "A.", "generation_config": {"speed": 0.8}},
                {"id": "b", "text": "B."},
            ],
        )
    )
    own, other = made.segments
    plain, fast = made.config(other, None), made.config(other, "fast")
    assert (plain.speed, plain.volume, plain.emotion) == (1.1, 0.9, "calm")
    assert (fast.speed, fast.volume, fast.emotion) == (1.3, 0.9, "excited")
    assert (made.config(own, "fast").speed, made.config(own, "fast").emotion) == (0.8, "excited")


def test_braces_of_the_text_are_doubled() -> None:
    made = parse_template(document(segments=[{"id": "a", "text": "{{x}} {name} and {name}"}], timing_map=[]))
    assert made.placeholders == ("name",)
    assert made.segments[0].filled({"name": "{developer}"}) == "{x} {developer} and {developer}"
