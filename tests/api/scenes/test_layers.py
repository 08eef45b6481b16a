"""``POST /v1/audio/layers``: every layer where it was asked for, to the sample, and one answer about all of them."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import webvtt

from mixdown_api.jobs import JobState

from ..application import Application
from .served import Served
from .test_before_sound import Website, app, ended, server, website  # noqa: F401 - fixtures

EXAMPLE = {
    "layers": [
        {"type": "voice", "text": "The dragon approaches...", "start_ms": 0, "voice": "en_epic_001"},
        {"type": "music", "genre": "orchestral", "start_ms": 0, "duration_ms": 5000, "fade_in": 1000},
    ]
}
"""2.1 of sources/audio-layer-api.md."""
RATE = 48_000


def ask(served: Served, layers: list[dict[str, Any]], **members: Any) -> dict[str, Any]:
    answer = served.http.post("/v1/audio/layers", json={"layers": layers, **members})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def samples(served: Served, url: str) -> np.ndarray:
    data, rate = soundfile.read(io.BytesIO(served.http.get(url).content), dtype="float32", always_2d=True)
    assert rate == RATE
    return data


def tracks(served: Served, layers: list[dict[str, Any]], **output: Any) -> dict[str, np.ndarray]:
    found = ask(served, layers, output={"format": "wav", "separate_tracks": True, **output}, seed=1)
    return {id_: samples(served, one["url"]) for id_, one in found["components"].items()}


def say(text: str = "Hello there.", **members: Any) -> dict[str, Any]:
    return {"type": "voice", "text": text, **members}


def first_sound(track: np.ndarray) -> int:
    return int(np.flatnonzero(np.abs(track).max(axis=1))[0])


def test_the_example_of_the_source(served: Served) -> None:
    found = ask(served, **EXAMPLE)
    assert found["duration_ms"] == 5000
    voice, music = found["components"]["voice"], found["components"]["music"]
    assert (voice["type"], voice["start_ms"]) == ("voice", 0)
    assert [word["text"] for word in voice["words"]] == ["The", "dragon", "approaches..."]
    assert (music["start_ms"], music["end_ms"], music["genre"]) == (0, 5000, "orchestral")
    assert music["bpm"]
    assert music["key"]
    assert served.http.get(found["audio_url"]).headers["content-type"] == "audio/mpeg"


def test_a_start_is_exact_to_the_sample(served: Served) -> None:
    made = tracks(served, [say(), say(start_ms=1234), say(start_ms=1235)])
    start = 1234 * RATE // 1000
    reference = made["voice"]
    for id_, begin in (("voice-2", start), ("voice-3", start + RATE // 1000)):
        assert not made[id_][:begin].any()
        assert np.array_equal(made[id_][begin:], reference[: len(reference) - begin])


def test_one_after_another(served: Served) -> None:
    found = ask(
        served, [say(), say("And then?", after="voice", gap_ms=700), say("The end.", after="voice-2")]
    )
    one, two, three = found["components"].values()
    assert two["start_ms"] == pytest.approx(one["end_ms"] + 700, abs=1)
    assert three["start_ms"] == pytest.approx(two["end_ms"], abs=1)
    assert found["duration_ms"] == pytest.approx(three["end_ms"], abs=1)
    assert two["words"][0]["start_ms"] >= two["start_ms"]
    assert two["words"][0]["start"] == 0


def test_a_crossfade_overlaps_and_fades_both(served: Served) -> None:
    rains = [
        {"type": "background", "kind": "white_noise", "duration_ms": 2000, "volume": 50},
        {
            "type": "background",
            "kind": "rain",
            "duration_ms": 2000,
            "after": "background",
            "crossfade_ms": 500,
        },
    ]
    made = tracks(served, rains)
    assert len(made["background"]) == 3500 * RATE // 1000
    fading = made["background"][1500 * RATE // 1000 : 2000 * RATE // 1000]
    coming = made["background-2"][1500 * RATE // 1000 : 2000 * RATE // 1000]
    for sound in (fading[::-1], coming):
        quarter = len(sound) // 4
        levels = [np.sqrt(np.mean(sound[i * quarter : (i + 1) * quarter] ** 2)) for i in range(4)]
        assert levels == sorted(levels)
        assert levels[3] > 5 * levels[0]


def test_an_overlap_longer_than_a_layer_is_told(served: Served) -> None:
    """How long a voice lasts is only known once it has spoken."""
    fits = ask(served, [say(id="a"), say(id="b", after="a", crossfade_ms=200)])
    assert fits["notices"] == []
    found = ask(served, [say(id="a"), say("Hi.", id="b", after="a", crossfade_ms=60_000)])
    starts = {id_: one["start_ms"] for id_, one in found["components"].items()}
    assert starts == {"a": 0, "b": 0}
    assert [(notice["code"], notice["layer"]) for notice in found["notices"]] == [("overlap_cut", "b")]


def test_a_preset_s_fades_leave_a_short_layer_its_middle(served: Served) -> None:
    """A meditation's music takes four seconds to come and seven to go."""
    music = {"type": "music", "duration_ms": 3000}
    found = ask(served, [music], preset="meditation", dry_run=True)
    layer = found["scene"]["layers"][0]
    assert (layer["fade_in_ms"], layer["fade_out_ms"]) == (1500, 1500)


def test_the_scene_ends_with_the_last_end_and_beds_fill_it(served: Served) -> None:
    found = ask(
        served,
        [
            say(),
            {"type": "background", "kind": "wind"},
            {"type": "music", "genre": "ambient"},
            {"type": "silence", "duration_ms": 4000, "id": "rest"},
        ],
        output={"tail_ms": 500},
    )
    assert found["duration_ms"] == 4500
    ends = {id_: one["end_ms"] for id_, one in found["components"].items()}
    assert ends["rest"] == 4000
    assert ends["background"] == 4500
    assert ends["music"] == 4500


def test_pan_volume_and_ducking(served: Served) -> None:
    noise = {"type": "background", "kind": "brown_noise"}
    made = tracks(
        served,
        [
            say(pan=-100),
            {**noise, "id": "left", "pan": -100, "duration_ms": 3000, "volume": 40},
            {**noise, "id": "half", "pan": -100, "duration_ms": 3000, "volume": 20},
            {**noise, "id": "ducked", "duration_ms": 3000, "duck": {"depth_db": -20, "attack_ms": 10}},
        ],
    )
    assert not made["left"][:, 1].any()
    assert not made["voice"][:, 1].any()
    assert made["half"][:, 0] == pytest.approx(made["left"][:, 0] / 2, abs=1e-6)
    during = np.abs(made["ducked"][RATE // 4 : RATE // 2]).mean()
    after = np.abs(made["ducked"][-RATE // 2 :]).mean()
    assert 20 * np.log10(during / after) == pytest.approx(-20, abs=3)


def test_a_dialogue_is_captioned_by_name(served: Served) -> None:
    found = ask(
        served,
        [
            say("Who is there?", id="Ann", voice="alloy"),
            say("Only me.", id="Bob", voice="onyx", after="Ann"),
        ],
        output={"captions": "vtt"},
    )
    cues = list(webvtt.from_buffer(io.StringIO(found["captions"]["text"])))
    assert [(cue.voice, cue.text) for cue in cues] == [("Ann", "Who is there?"), ("Bob", "Only me.")]
    assert {source["layer"] for source in found["receipt"]["sources"]} == {"Ann", "Bob"}


def test_voices_of_one_text_are_captioned_by_name(served: Served) -> None:
    text = "<speak>Who is there? <voice name='onyx'>Only me.</voice> <voice name='echo'>And me.</voice> Come in.</speak>"
    found = ask(served, [say(text, voice="alloy")], output={"captions": "vtt"})
    cues = list(webvtt.from_buffer(io.StringIO(found["captions"]["text"])))
    assert [(cue.voice, cue.text) for cue in cues] == [
        ("alloy", "Who is there?"), ("onyx", "Only me."), ("echo", "And me."), ("alloy", "Come in."),
    ]  # fmt: skip
    among = ask(
        served, [say(text, id="Ann"), say("Hush.", id="Bob", after="Ann")], output={"captions": "vtt"}
    )
    cues = list(webvtt.from_buffer(io.StringIO(among["captions"]["text"])))
    assert [cue.voice for cue in cues] == ["Ann", "onyx", "echo", "Ann", "Bob"]
    assert "<v " not in ask(served, [say(voice="alloy")], output={"captions": "vtt"})["captions"]["text"]


def test_what_would_fill_the_disk_is_refused_before_any_sound(served: Served) -> None:
    """Sixteen gigabytes by default: twelve hours of five layers apart are more."""
    layers = [say(), *[{"type": "silence", "duration_ms": 12 * 3_600_000 - 1000}] * 4]
    before = served.traces()
    body = {"layers": layers, "output": {"separate_tracks": True}}
    answer = served.http.post("/v1/audio/layers", json=body)
    assert (answer.status_code, answer.json()["error"]) == (413, "RENDER_TOO_LONG"), answer.text
    assert served.traces() == before


def test_stems_and_notes_of_one_of_two_pieces(served: Served) -> None:
    piece = {"type": "music", "duration_ms": 3000, "genre": "electronic", "bpm": 120}
    found = ask(served, [{**piece, "stems": True, "midi": True}, {**piece, "seed": 5, "id": "other"}])
    music, other = found["components"]["music"], found["components"]["other"]
    assert music["bpm"] == other["bpm"] == 120
    assert "drums" in music["stems"]
    assert served.http.get(music["midi_url"]).content.startswith(b"MThd")
    assert "stems" not in other
    assert "midi_url" not in other


def test_equal_requests_are_answered_by_one_render(served: Served) -> None:
    layers = [say("Once."), {"type": "background", "kind": "ocean"}]
    first, second = (ask(served, layers, seed=3) for _ in range(2))
    assert not first["cached"]
    assert second["cached"]
    assert second["audio_url"] == first["audio_url"]
    assert not ask(served, [{**layers[0], "start_ms": 1}, layers[1]], seed=3)["cached"]


def test_a_dry_run_makes_no_sound(served: Served) -> None:
    before = served.traces()
    found = ask(served, [say(), say("Next.", after="voice", gap_ms=100)], dry_run=True)
    assert [layer["id"] for layer in found["layers"]] == ["voice", "voice-2"]
    assert found["layers"][1]["start_ms"] == found["layers"][0]["estimated_ms"] + 100
    assert served.traces() == before


VOICE = say()
REFUSED: dict[str, tuple[list[dict[str, Any]], str, str]] = {
    "no layers": ([], "INVALID_LAYERS", "layers"),
    "thousands of layers": ([VOICE] * 1001, "INVALID_LAYERS", "layers"),
    "no type": ([{"text": "x"}], "MISSING_LAYER_TYPE", "layers.0.type"),
    "unknown type": ([{"type": "smell"}], "UNKNOWN_LAYER_TYPE", "layers.0.type"),
    "a member of another type": ([{**VOICE, "genre": "jazz"}], "UNKNOWN_FIELD", "layers.0.genre"),
    "negative start": ([{**VOICE, "start_ms": -1}], "INVALID_START_MS", "layers.0.start_ms"),
    "absurd start": ([{**VOICE, "start_ms": 10**12}], "INVALID_START_MS", "layers.0.start_ms"),
    "no length": ([VOICE, {"type": "silence", "duration_ms": 0}], "INVALID_DURATION_MS", "layers.1.duration_ms"),
    "a start that is no number": ([{**VOICE, "start_ms": "soon"}], "INVALID_START_MS", "layers.0.start_ms"),
    "pan": ([{**VOICE, "pan": 101}], "INVALID_PAN", "layers.0.pan"),
    "volume": ([{**VOICE, "volume": -1}], "INVALID_VOLUME", "layers.0.volume"),
    "fade": ([{**VOICE, "fade_in": -5}], "INVALID_FADE_IN", "layers.0.fade_in"),
    "unknown voice": ([VOICE, {**VOICE, "voice": "nobody"}], "UNKNOWN_VOICE", "layers.1.voice"),
    "unknown genre": ([{"type": "music", "genre": "polka"}], "UNKNOWN_GENRE", "layers.0.genre"),
    "unknown key": ([VOICE, {"type": "music", "key": "H_flat"}], "INVALID_KEY", "layers.1.key"),
    "unknown kind": ([VOICE, {"type": "background", "kind": "hail"}], "UNKNOWN_KIND", "layers.1.kind"),
    "nothing to say": ([VOICE, say("...")], "NOTHING_TO_SPEAK", "layers.1.text"),
    "bpm": ([VOICE, {"type": "music", "bpm": 500}], "INVALID_BPM", "layers.1.bpm"),
    "twins": ([{**VOICE, "id": "a"}, {**VOICE, "id": "a"}], "DUPLICATE_LAYER", "layers.0.id"),
    "bad id": ([{**VOICE, "id": "a b"}], "INVALID_ID", "layers.0.id"),
    "after nobody": ([{**VOICE, "after": "b"}], "UNKNOWN_LAYER", "layers.0.after"),
    "a ring": (
        [{**VOICE, "id": "a", "after": "b"}, {**VOICE, "id": "b", "after": "a"}], "ENDLESS_ORDER", "layers.0.after",
    ),
    "after an endless bed": (
        [{"type": "background"}, {**VOICE, "after": "background"}], "ENDLESS_LAYER", "layers.1.after",
    ),
    "two starts": ([VOICE, {**VOICE, "after": "voice", "start_ms": 4}], "TWO_STARTS", "layers.1.start_ms"),
    "two joins": (
        [VOICE, {**VOICE, "after": "voice", "gap_ms": 4, "crossfade_ms": 4}], "TWO_JOINS", "layers.1.gap_ms",
    ),
    "a crossfade with nobody": ([{**VOICE, "crossfade_ms": 4}], "CROSSFADE_WITHOUT_LAYER", "layers.0.crossfade_ms"),
    "a crossfade longer than its layer": (
        [VOICE, {"type": "silence", "duration_ms": 9, "after": "voice", "crossfade_ms": 10}],
        "INVALID_CROSSFADE_MS", "layers.1.crossfade_ms",
    ),
    "nothing ends": ([{"type": "background"}], "ENDLESS_SCENE", "layers"),
    "a url inside": ([VOICE, {"type": "clip", "audio_url": "http://127.0.0.1/x"}], "UNSAFE_URL", "layers.1.audio_url"),
    "no url": ([VOICE, {"type": "clip", "audio_url": "x"}], "UNSAFE_URL", "layers.1.audio_url"),
    "a blank url": ([VOICE, {"type": "clip", "audio_url": "  "}], "MISSING_AUDIO_URL", "layers.1.audio_url"),
    "a fade longer than its layer": (
        [VOICE, {"type": "background", "duration_ms": 500, "fade_out": 501}], "INVALID_FADE_OUT", "layers.1.fade_out",
    ),
    "long texts": ([say("a" * 300_000)] * 2, "TEXT_TOO_LONG", "layers.1.text"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_refused_before_any_sound(served: Served, case: str) -> None:
    layers, code, field = REFUSED[case]
    before = served.traces()
    answer = served.http.post("/v1/audio/layers", json={"layers": layers})
    assert answer.status_code in (400, 404), answer.text
    body = answer.json()
    assert body["error"] == code, body
    assert body["field"] == field
    assert served.traces() == before


async def test_clips_are_fetched_once_all_else_is_in_order(
    app: Application,  # noqa: F811
    website: Website,  # noqa: F811
) -> None:
    clip = {"type": "clip", "audio_url": website.url}
    layers = [VOICE, clip, {**clip, "after": "clip", "volume": 50}]
    wrong = await app.http.post("/v1/audio/layers", json={"layers": [*layers, {**VOICE, "voice": "nobody"}]})
    assert wrong.status_code == 404
    assert website.hits == 0
    answer = await app.http.post("/v1/audio/layers", json={"layers": layers})
    assert answer.status_code == 200, answer.text
    assert website.hits == 2
    components = answer.json()["components"]
    assert components["clip"]["end_ms"] - components["clip"]["start_ms"] == 562
    assert components["clip-2"]["start_ms"] == components["clip"]["end_ms"]


def test_a_render_of_ours_is_a_clip_as_any_other(served: Served) -> None:
    """Without a request to ourselves, which would be to a private network here."""
    piece = served.http.post("/v1/music/generate", json={"prompt": "lofi", "duration_sec": 2}).json()
    clip = {"type": "clip", "audio_url": piece["audio_url"], "start_ms": 500}
    found = ask(served, [say(), clip, {**say(), "after": "clip"}])
    assert found["components"]["clip"]["end_ms"] == pytest.approx(2500, abs=1)
    bed = ask(served, [say(), {"type": "background", "audio_url": piece["audio_url"]}])
    assert bed["components"]["background"]["kind"] == "custom"
    gone = [say(), {**clip, "audio_url": f"{piece['audio_url']}0"}]
    answer = served.http.post("/v1/audio/layers", json={"layers": gone})
    assert (answer.status_code, answer.json()["error"]) == (404, "UNKNOWN_RENDER")
    assert answer.json()["field"] == "layers.1.audio_url"


async def test_as_a_job(app: Application, tmp_path: Path) -> None:  # noqa: F811
    answer = await app.http.post("/v1/audio/layers", json=EXAMPLE, headers={"prefer": "respond-async"})
    assert answer.status_code == 202, answer.text
    job = await ended(app, answer.json()["id"])
    assert job.state is JobState.SUCCEEDED, job.error
    assert job.result["duration_ms"] == 5000
    assert set(job.result["components"]) == {"voice", "music"}
