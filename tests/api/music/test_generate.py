"""``POST /v1/music/generate``: the piece that was asked for, to the frame, and how the prompt was read."""

from __future__ import annotations

import io
from typing import Any

import mido
import numpy as np
import pytest
import soundfile

from ..scenes.served import Served

EXAMPLE = {"prompt": "epic battle music", "duration_sec": 30, "params": {"bpm": 120, "key": "C_minor"}}
"""3.1 of sources/audio-layer-api.md."""
RATE = 48_000


def post(served: Served, prompt: str = "calm piano", **members: Any) -> Any:
    body = {"prompt": prompt, "duration_sec": 2, **members}
    return served.http.post("/v1/music/generate", json=body)


def ask(served: Served, prompt: str = "calm piano", **members: Any) -> dict[str, Any]:
    answer = post(served, prompt, **members)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def samples(served: Served, url: str) -> np.ndarray:
    data, rate = soundfile.read(io.BytesIO(served.http.get(url).content), dtype="float32", always_2d=True)
    assert rate == RATE
    return data


def test_the_example_of_the_source(served: Served) -> None:
    found = ask(served, **EXAMPLE, midi=True)
    assert found["duration_ms"] == 30_000
    assert (found["bpm"], found["key"], found["genre"]) == (120, "C_minor", "orchestral")
    assert found["reading"]["words"] == {"genre": ["epic", "battle"], "intensity": ["epic", "battle"]}
    assert served.http.get(found["audio_url"]).headers["content-type"] == "audio/mpeg"
    midi = mido.MidiFile(file=io.BytesIO(served.http.get(found["midi_url"]).content))
    tempo = next(event for event in midi.tracks[0] if event.type == "set_tempo")
    assert mido.tempo2bpm(tempo.tempo) == pytest.approx(120)


@pytest.mark.parametrize("seconds", [1, 1.234, 3])
def test_a_piece_lasts_exactly_as_long_as_asked(served: Served, seconds: float) -> None:
    found = ask(served, duration_sec=seconds, output={"format": "wav"})
    assert found["duration_ms"] == round(seconds * 1000)
    assert len(samples(served, found["audio_url"])) == round(seconds * RATE)


def test_members_beat_the_prompt(served: Served) -> None:
    params = {"genre": "jazz", "bpm": 100, "key": "F#m", "intensity": 10, "instruments": ["flute"]}
    found = ask(served, "epic techno, 128 bpm, in D major, no flute", params=params)
    assert (found["genre"], found["bpm"], found["key"]) == ("jazz", 100, "F#_minor")
    assert found["reading"]["intensity"] == 0.1
    assert found["reading"]["with"] == ["flute"]
    assert found["reading"]["words"] == {"with": ["flute"]}


def test_mood_and_those_who_shall_not_play_are_words_after_the_prompt(served: Served) -> None:
    dry = ask(served, "happy lofi with drums", params={"mood": "sad", "without": ["drums"]}, dry_run=True)
    reading = dry["layers"][0]["reading"]
    assert reading["key"].endswith("_minor")
    assert (reading["without"], "with" in reading) == (["drums"], False)


def test_what_is_not_understood_still_makes_music_and_is_told(served: Served) -> None:
    found = ask(served, "quantum sandwich", output={"format": "wav"})
    assert found["reading"]["ignored"] == ["quantum", "sandwich"]
    assert (found["genre"], found["reading"]["words"]) == ("lofi", {})
    assert np.abs(samples(served, found["audio_url"])).max() > 0.1


def test_the_seed_in_an_answer_gives_the_same_piece(served: Served) -> None:
    first = ask(served, "jazz", output={"format": "wav"})
    again = ask(served, "jazz", params={"seed": first["seed"]}, output={"format": "wav"})
    other = ask(served, "jazz", seed=first["seed"] ^ 1, output={"format": "wav"})
    assert np.array_equal(samples(served, first["audio_url"]), samples(served, again["audio_url"]))
    assert (again["seed"], again["bpm"], again["key"]) == (first["seed"], first["bpm"], first["key"])
    assert not np.array_equal(samples(served, first["audio_url"]), samples(served, other["audio_url"]))


def test_an_equal_request_is_answered_by_what_is_kept(served: Served) -> None:
    first = ask(served, "ambient", seed=5, midi=True)
    again = ask(served, "ambient", seed=5, midi=True)
    assert (first["cached"], again["cached"]) == (False, True)
    assert again["reading"] == first["reading"]
    assert again["midi_url"] == first["midi_url"]


@pytest.mark.parametrize("wish", [{"stems": True}, {"output": {"separate_tracks": True}}], ids=str)
def test_stems_are_those_that_play_and_sum_to_the_piece(served: Served, wish: dict[str, Any]) -> None:
    wish = {**wish, "output": {"format": "wav", **wish.get("output", {})}}
    found = ask(served, "lofi without drums", duration_sec=6, seed=3, **wish)
    assert set(found["stems"]) == {"bass", "harmony", "melody", "texture"}
    total = sum(samples(served, url).astype(np.float64) for url in found["stems"].values())
    mix = samples(served, found["audio_url"]).astype(np.float64)
    gain = (total * mix).sum() / (total * total).sum()
    error = np.sqrt(np.mean((gain * total - mix) ** 2) / np.mean(mix**2))
    assert error < 0.01  # 16 bits, and a limiter that has next to nothing to do


def test_pcm_is_plain_samples(served: Served) -> None:
    found = ask(served, output={"format": "pcm"})
    assert len(served.http.get(found["audio_url"]).content) == 2 * 24_000 * 2


def test_a_job_makes_the_same(served: Served) -> None:
    headers = {"prefer": "respond-async", "idempotency-key": "a-piece"}
    body = {"prompt": "slow waltz", "duration_sec": 2, "seed": 9, "midi": True}
    answers = [served.http.post("/v1/music/generate", json=body, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 202]
    jobs = [answer.json() for answer in answers]
    assert jobs[0]["id"] == jobs[1]["id"]
    assert jobs[0]["kind"] == "music"
    with served.http.stream("GET", f"/v1/jobs/{jobs[0]['id']}/events") as events:
        events.read()
    result = served.http.get(f"/v1/jobs/{jobs[0]['id']}").json()["result"]
    assert result["genre"] == "orchestral"
    assert result["midi_url"]
    assert ask(served, "slow waltz", seed=9, midi=True)["audio_url"] == result["audio_url"]


def test_a_dry_run_tells_the_reading_and_makes_no_sound(served: Served) -> None:
    before = served.traces()
    found = ask(served, "dark techno, 130 bpm", duration_sec=3600, dry_run=True)
    assert served.traces() == before
    assert found["estimated_duration_ms"] == 3_600_000
    reading = found["layers"][0]["reading"]
    assert (reading["genre"], reading["bpm"], reading["key"][-5:]) == ("electronic", 130, "minor")


@pytest.mark.parametrize(
    ("members", "error", "field", "valid"),
    [
        ({"params": {"bpm": 59}}, "INVALID_BPM", "params.bpm", [60, 200]),
        ({"params": {"bpm": 201}}, "INVALID_BPM", "params.bpm", [60, 200]),
        ({"params": {"bpm": "fast"}}, "INVALID_BPM", "params.bpm", [60, 200]),
        ({"params": {"key": "H moll"}}, "INVALID_KEY", "params.key", None),
        ({"params": {"key": "C" * 17}}, "INVALID_KEY", "params.key", [None, 16]),
        ({"params": {"genre": "polka"}}, "UNKNOWN_GENRE", "params.genre", None),
        ({"params": {"intensity": 101}}, "INVALID_INTENSITY", "params.intensity", [0, 100]),
        ({"params": {"instruments": ["<b>"]}}, "INVALID_INSTRUMENTS", "params.instruments.0", None),
        ({"params": {"instruments": ["oboe"] * 17}}, "INVALID_INSTRUMENTS", "params.instruments", [None, 16]),
        ({"params": {"tempo": 90}}, "UNKNOWN_FIELD", "params.tempo", None),
        ({"params": {"seed": 1}, "seed": 2}, "TWO_SEEDS", "params.seed", None),
        ({"params": {"seed": -1}}, "INVALID_SEED", "params.seed", [0, 2**32 - 1]),
        ({"duration_sec": 0.5}, "INVALID_DURATION_SEC", "duration_sec", [1, 3600]),
        ({"duration_sec": 3601}, "INVALID_DURATION_SEC", "duration_sec", [1, 3600]),
        ({"duration_sec": None}, "INVALID_DURATION_SEC", "duration_sec", [1, 3600]),
        ({"prompt": ""}, "INVALID_PROMPT", "prompt", [1, 10_000]),
        ({"prompt": "x" * 10_001}, "INVALID_PROMPT", "prompt", [1, 10_000]),
        ({"output": {"captions": "srt"}}, "INVALID_CAPTIONS", "output.captions", None),
        ({"output": {"format": "ogg"}}, "INVALID_FORMAT", "output.format", None),
    ],
    ids=lambda value: str(value)[:40],
)
def test_bad_input_is_refused_before_any_sound(
    served: Served, members: dict[str, Any], error: str, field: str | None, valid: list[float] | None
) -> None:
    before = served.traces()
    answer = post(served, **members)
    found = answer.json()
    assert answer.status_code == 400, found
    assert (found["error"], found.get("field") or None) == (error, field)
    if valid is not None:
        assert found["valid_range"] == valid
    assert served.traces() == before


def test_a_prompt_is_required(served: Served) -> None:
    answer = served.http.post("/v1/music/generate", json={"duration_sec": 2})
    assert (answer.status_code, answer.json()["error"]) == (400, "MISSING_PROMPT")
