"""Scenes drawn at random: an answer or a refusal, never a failure of ours; and every one that is heard comes apart exactly."""

from __future__ import annotations

import io
import random
from typing import Any

import numpy as np
import pytest
import soundfile

from ..scenes.served import Served

TEXTS = (
    "Hello there.",
    "Yes.",
    "One, two. Three!",
    "<speak>Hi <voice name='onyx'>you</voice><break time='200ms'/> there</speak>",
)
KINDS = ("voice", "voice", "music", "music", "background", "silence")


def drawn(seed: int) -> list[dict[str, Any]]:
    draw = random.Random(seed)
    layers: list[dict[str, Any]] = []
    for number in range(draw.randint(1, 6)):
        layer = sounding(draw, draw.choice(KINDS)) | {"id": f"x{number}"}
        place(draw, layer, [other["id"] for other in layers])
        layers.append(layer)
    return layers


def sounding(draw: random.Random, type_: str) -> dict[str, Any]:
    layer: dict[str, Any] = {"type": type_}
    if type_ == "voice":
        layer |= {"text": draw.choice(TEXTS), "voice": draw.choice(("alloy", "echo"))}
        layer |= {"speed": draw.choice((0.8, 1, 1.3))}
    if type_ == "music":
        layer |= {"genre": draw.choice(("lofi", "jazz", "electronic")), "volume": draw.choice((20, 80))}
    if type_ in ("music", "background"):
        layer |= {"duck": draw.random() < 0.5}
    if type_ == "silence" or draw.random() < (0.2 if type_ == "voice" else 0.6):
        layer |= {"duration_ms": draw.randint(20, 2500)}
    return layer


def place(draw: random.Random, layer: dict[str, Any], others: list[str]) -> None:
    how = draw.choice(("start", "after", "gap", "crossfade"))
    if how == "start" or not others:
        layer["start_ms"] = draw.choice((0, draw.randint(0, 2000)))
    else:
        layer["after"] = draw.choice(others)
    if "after" in layer and how == "gap":
        layer["gap_ms"] = draw.randint(-800, 800)
    if "after" in layer and how == "crossfade":
        layer["crossfade_ms"] = draw.randint(1, 300)
    for fade in ("fade_in", "fade_out"):
        if draw.random() < 0.4:
            layer[fade] = min(draw.randint(0, 500), layer.get("duration_ms", 500))
    layer["pan"] = draw.choice((0, draw.randint(-100, 100)))


def heard(served: Served, url: str) -> np.ndarray:
    data = served.http.get(url).content
    return np.asarray(soundfile.read(io.BytesIO(data), dtype="float64", always_2d=True)[0])


@pytest.mark.parametrize("seed", range(12))
def test_a_drawn_scene_is_the_sum_of_its_stems(served: Served, seed: int) -> None:
    """To the rounding of 16 bits; quiet enough for its limiter to rest."""
    body = {"layers": drawn(seed), "output": {"format": "wav", "loudness": -32}}
    made = served.http.post("/v1/audio/layers", json=body)
    if made.status_code != 200:
        assert made.status_code == 400, made.text
        assert made.json()["error"] in ("ENDLESS_LAYER", "ENDLESS_SCENE", "INVALID_CROSSFADE_MS"), made.text
        return
    answer = served.http.post("/v1/music/stems", json={"audio_url": made.json()["audio_url"]})
    assert answer.status_code == 200, answer.text
    assert answer.json()["method"] == "exact"
    total = sum(heard(served, url) for url in answer.json()["stems"].values())
    assert np.abs(total - heard(served, made.json()["audio_url"])).max() * 32768 < 0.6
