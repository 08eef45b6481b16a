"""Layers of the default installation, by the meters: joins without a click, loudness and peaks, ducking to the decibel."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from meters.clicks import clicks
from meters.levels import loudness
from scipy.signal import resample_poly

from .served import Served
from .test_layers import RATE, ask, samples, say

PIECE: dict[str, Any] = {"type": "music", "genre": "ambient", "seed": 4, "duration_ms": 4000, "volume": 60}
NOISE: dict[str, Any] = {"type": "background", "kind": "brown_noise", "volume": 25}
DUCK = {"depth_db": -15, "attack_ms": 40, "release_ms": 250}
TALK = "Once there was an island far out in the sea, and nobody had ever come back from it."

JOINS: dict[str, list[dict[str, Any]]] = {
    "a crossfade": [PIECE, {**PIECE, "seed": 5, "after": "music", "crossfade_ms": 1500}],
    "end to end": [{**PIECE, "fade_out": 300}, {**PIECE, "seed": 5, "after": "music", "fade_in": 20}],
    "an overlap": [PIECE, {**PIECE, "seed": 5, "after": "music", "gap_ms": -700}],
    "a gap": [PIECE, {**PIECE, "seed": 5, "after": "music", "gap_ms": 250}],
    "cut in the middle": [{**PIECE, "duration_ms": 2345}, {**PIECE, "seed": 5, "start_ms": 1111, "pan": -60}],
    "a voice between": [
        PIECE, say("And then.", id="said", after="music", gap_ms=-200), {**PIECE, "seed": 5, "after": "said", "gap_ms": -200},
    ],
    "beds that change": [
        {**NOISE, "kind": "wind", "duration_ms": 2500},
        {**NOISE, "seed": 6, "duration_ms": 2500, "after": "background", "crossfade_ms": 900},
        {**PIECE, "start_ms": 300, "fade_in": 200, "fade_out": 200},
    ],
}  # fmt: skip


@pytest.mark.parametrize("join", JOINS)
def test_no_join_is_heard_as_a_click(served: Served, join: str) -> None:
    found = ask(served, JOINS[join], output={"format": "wav"}, seed=1)
    mix = samples(served, found["audio_url"])
    assert clicks(np.pad(mix, ((RATE // 20, RATE // 20), (0, 0))), RATE) == []
    assert loudness(mix, RATE) == pytest.approx(-16, abs=0.3)
    assert 20 * np.log10(np.abs(resample_poly(mix, 16, 1, axis=0)).max()) <= -1.0 + 0.01


@pytest.mark.parametrize("target", [-14.0, -18.0, -23.0])
def test_a_scene_of_many_layers_is_as_loud_as_asked(served: Served, target: float) -> None:
    layers = [
        say(TALK, id="a", voice="alloy", pan=-20),
        say("Until today.", id="b", voice="onyx", after="a", gap_ms=300, pan=20),
        {"type": "music", "genre": "lofi", "seed": 2},
        {"type": "background", "kind": "rain", "duck": True},
    ]
    found = ask(served, layers, output={"format": "wav", "loudness": target}, seed=1)
    mix = samples(served, found["audio_url"])
    assert loudness(mix, RATE) == pytest.approx(target, abs=0.3)
    assert found["receipt"]["loudness"]["integrated_lufs"] == pytest.approx(target, abs=0.3)
    assert 20 * np.log10(np.abs(resample_poly(mix, 16, 1, axis=0)).max()) <= -1.0 + 0.01


def test_a_bed_gives_way_to_each_voice_by_as_much_as_asked_and_comes_back(served: Served) -> None:
    layers = [
        say(TALK, id="a"),
        say(TALK, id="b", after="a", gap_ms=2000),
        {**NOISE, "id": "ducked", "duck": DUCK, "duration_ms": 15_000},
        {**NOISE, "id": "free", "duration_ms": 15_000},
    ]
    found = ask(served, layers, output={"format": "wav", "separate_tracks": True}, seed=1)
    parts = found["components"]
    ducked, free = (samples(served, parts[id_]["url"]) for id_ in ("ducked", "free"))

    def gain(begin_ms: int, end_ms: int) -> float:
        stretch = slice(begin_ms * RATE // 1000, end_ms * RATE // 1000)
        return float(10 * np.log10(np.square(ducked[stretch]).mean() / np.square(free[stretch]).mean()))

    for voice in (parts["a"], parts["b"]):
        start, end = voice["start_ms"], voice["end_ms"]
        assert gain(start + 300, start + 800) == pytest.approx(DUCK["depth_db"], abs=0.5)
        assert gain(end + 1200, end + 1800) == pytest.approx(0, abs=0.5)
    assert gain(parts["b"]["end_ms"] + 2000, 15_000) == pytest.approx(0, abs=0.1)
