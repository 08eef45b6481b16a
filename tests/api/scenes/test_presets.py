"""Presets and levels: defaults for what a request leaves out, and nothing more."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from mixdown_api.scenes.layers_schemas import LayersBody
from mixdown_api.scenes.levels import PRESETS as LEVELS
from mixdown_api.scenes.presets import PRESETS, PresetName
from mixdown_api.scenes.schemas import GenerateBody

from .served import Served

LAYERS = [
    {"type": "voice", "text": "Hello there."},
    {"type": "music"},
    {"type": "background"},
    {"type": "silence", "duration_ms": 4000},
]


def planned(served: Served, path: str, **body: Any) -> dict[str, Any]:
    """The scene of a dry run; its layers by id."""
    answer = served.http.post(path, json={"dry_run": True, "seed": 1, **body})
    assert answer.status_code == 200, answer.text
    scene = answer.json()["scene"]
    return {**scene, "layers": {layer["id"]: layer for layer in scene["layers"]}}


def generated(served: Served, **body: Any) -> dict[str, Any]:
    return planned(served, "/v1/audio/generate", **{"text": "Hello there.", **body})


def layered(served: Served, **body: Any) -> dict[str, Any]:
    return planned(served, "/v1/audio/layers", **{"layers": LAYERS, **body})


def test_all_presets_and_levels_are_listed(served: Served) -> None:
    found = served.http.get("/v1/audio/presets").json()
    assert [one["name"] for one in found["presets"]] == list(get_args(PresetName))
    assert [one["name"] for one in found["levels"]] == list(LEVELS)
    assert all(one["description"] for one in found["presets"])


@pytest.mark.parametrize("name", PRESETS)
def test_what_is_listed_may_be_asked_for_and_is_what_the_preset_does(served: Served, name: str) -> None:
    listed = served.http.get("/v1/audio/presets").json()["presets"]
    members = next(one["members"] for one in listed if one["name"] == name)
    asked = [
        {**layer, **members.get(layer["type"], {})} if layer["type"] != "silence" else layer
        for layer in LAYERS
    ]
    by_hand = layered(served, layers=asked, output=members["output"], levels=PRESETS[name].levels)
    assert layered(served, preset=name) == by_hand


@pytest.mark.parametrize("name", PRESETS)
def test_both_endpoints_take_a_preset_alike(served: Served, name: str) -> None:
    one, other = generated(served, preset=name), layered(served, preset=name)
    assert (one["master"], one["tail_ms"]) == (other["master"], other["tail_ms"])
    for id_ in one["layers"].keys() & other["layers"].keys():
        assert one["layers"][id_] == other["layers"][id_], id_


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_brings_its_beds_to_a_text(served: Served, name: str) -> None:
    preset = PRESETS[name]
    layers = generated(served, preset=name)["layers"]
    assert ("music" in layers, "background" in layers) == (
        preset.music is not None,
        preset.background is not None,
    )
    assert layers["music"]["request"]["genre"] == preset.music["genre"]
    assert layers["music"]["volume"] == LEVELS[preset.levels].music / 100


def test_what_the_request_says_wins(served: Served) -> None:
    scene = generated(
        served,
        preset="meditation",
        speed=1.2,
        background=None,
        music={"genre": "jazz", "volume": 60, "duck": False},
        output={"loudness": -14},
    )
    music = scene["layers"]["music"]
    assert "background" not in scene["layers"]
    assert (scene["layers"]["voice"]["speed"], scene["master"]["loudness_lufs"]) == (1.2, -14)
    assert (music["request"]["genre"], music["volume"], music.get("duck")) == ("jazz", 0.6, None)
    assert (music["request"]["intensity"], scene["tail_ms"]) == (0.15, 8000)  # of which it says nothing


def test_a_level_beats_that_of_the_preset(served: Served) -> None:
    music = generated(served, preset="podcast", levels="bed_first")["layers"]["music"]
    assert music["volume"] == LEVELS["bed_first"].music / 100
    assert music["request"]["genre"] == "lofi"


@pytest.mark.parametrize("name", LEVELS)
def test_levels_set_volumes_and_ducking_where_none_are_named(served: Served, name: str) -> None:
    beds = {"background": {"type": "cafe"}, "music": {"volume": 33}}
    layers = generated(served, levels=name, **beds)["layers"]
    at = LEVELS[name]
    assert (layers["background"]["volume"], layers["music"]["volume"]) == (at.background / 100, 0.33)
    for id_, ducking in (("background", at.background_ducking), ("music", at.music_ducking)):
        assert layers[id_].get("duck") == (ducking and ducking.model_dump())


def test_levels_bring_no_beds(served: Served) -> None:
    assert set(generated(served, levels="bed_first")["layers"]) == {"voice"}


def test_balanced_are_the_defaults(served: Served) -> None:
    beds = {"background": {}, "music": {}}
    assert generated(served, levels="balanced", **beds) == generated(served, **beds)


def test_without_a_preset_nothing_changes() -> None:
    bare = {"text": "Hi.", "music": {"genre": "jazz"}}
    assert GenerateBody(**bare) == GenerateBody(**bare, preset=None, levels=None)


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize(
    ("model", "body"), [(GenerateBody, {"text": "Hi."}), (LayersBody, {"layers": LAYERS})]
)
def test_a_job_reads_back_what_was_asked(name: str, model: Any, body: dict[str, Any]) -> None:
    asked = model.model_validate({**body, "preset": name})
    assert model.model_validate(asked.model_dump(mode="json")) == asked


@pytest.mark.parametrize(
    ("members", "error", "field"),
    [
        ({"preset": "karaoke"}, "UNKNOWN_PRESET", "preset"),
        ({"preset": ["podcast"]}, "UNKNOWN_PRESET", "preset"),
        ({"levels": "loud"}, "UNKNOWN_LEVELS", "levels"),
        ({"levels": 3}, "UNKNOWN_LEVELS", "levels"),
        ({"preset": "podcast", "music": {"volume": 300}}, "INVALID_VOLUME", "music.volume"),
        ({"preset": "podcast", "music": "loud"}, "INVALID_MUSIC", "music"),
        ({"preset": "podcast", "output": 5}, "INVALID_OUTPUT", "output"),
    ],
)
def test_what_is_wrong_is_named(served: Served, members: dict[str, Any], error: str, field: str) -> None:
    answer = served.generate({"text": "Hi.", **members})
    found = answer.json()
    assert (answer.status_code, found["error"], found["field"]) == (400, error, field)
    if error.startswith("UNKNOWN"):
        allowed = list(PRESETS if field == "preset" else LEVELS)
        assert found["valid_values"] == allowed


def test_music_by_a_preset_is_heard_at_its_loudness(served: Served) -> None:
    answer = served.generate({"text": "Breathe in.", "preset": "meditation", "seed": 3})
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert abs(found["receipt"]["loudness"]["integrated_lufs"] + 20) < 0.2
    assert found["components"]["background"]["type"] == "ocean"
    assert found["duration_ms"] > 8000


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9) | st.sampled_from([*PRESETS, *LEVELS]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["type", "duck", "volume"]), inner)
    ),
    max_leaves=4,
)


@settings(max_examples=300, deadline=None)
@given(name=st.sampled_from(["preset", "levels", "music", "background", "output", "layers"]), value=VALUES)
def test_whatever_json_is_read_or_refused(name: str, value: Any) -> None:
    for model, body in ((GenerateBody, {"text": "Hi."}), (LayersBody, {"layers": LAYERS})):
        with suppress(ValidationError):
            model.model_validate({"preset": "meditation", "levels": "bed_first", **body, name: value})
