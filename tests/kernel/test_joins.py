"""Scenes drawn at random: no click at any join, loop seam, fade, pause, ducking or layer edge.

The sound is tonal, where the meter finds nearly every break; silence before and behind shows the scene's own edges.
"""

from __future__ import annotations

import random

import numpy as np
import pytest
from meters.clicks import clicks

from mixdown_kernel import Ducking, Master, Samples, Scene, SourceLayer, VoiceLayer

from .humming import PAD_RATE, Humming

THRESHOLD = 6.5
SENTENCES = (
    "Low tide.",
    "She hummed along.",
    "Nobody left the harbour.",
    "And on it went.",
    "Yes.",
    "Far away now.",
)


def drawn(seed: int) -> Scene:
    """Voices after and over one another, at their speeds; beds that loop, are cut, fade and duck."""
    draw = random.Random(seed)
    layers = [voice(draw, number) for number in range(draw.choice((1, 1, 2)))]
    layers += [bed(draw, number) for number in range(draw.choice((1, 2, 3)))]
    return Scene(
        layers=layers,
        rate=draw.choice((24_000, 44_100, 48_000)),
        channels=draw.choice((1, 2)),
        tail_ms=draw.choice((0, 0, 333, 1200)),
        master=Master(mode=draw.choice(("none", "live", "finished")), gain_db=draw.choice((0, 6))),
        seed=seed,
    )


def voice(draw: random.Random, number: int) -> VoiceLayer:
    return VoiceLayer(
        id=f"voice{number}",
        text=" ".join(draw.sample(SENTENCES, draw.randint(1, 4))),
        start_ms=draw.choice((0, draw.randrange(1500))),
        speed=draw.choice((1.0, draw.uniform(0.6, 1.8))),
        volume=draw.uniform(0.5, 1.0),
        pan=draw.uniform(-1, 1),
        duration_ms=draw.choice((None, None, draw.randrange(200, 1500))),
    )


def bed(draw: random.Random, number: int) -> SourceLayer:
    depth, attack, release = draw.uniform(-20, -3), draw.uniform(5, 150), draw.uniform(50, 900)
    return SourceLayer(
        id=f"bed{number}",
        role="pad",
        request={"frames": draw.randrange(PAD_RATE // 3, 2 * PAD_RATE), "hertz": draw.uniform(80, 600)},
        loop=draw.random() < 0.7,
        start_ms=draw.choice((0, draw.randrange(2000))),
        duration_ms=draw.choice((None, draw.randrange(50, 3000))),
        fade_in_ms=draw.choice((0, draw.randrange(600))),
        fade_out_ms=draw.choice((0, draw.randrange(900))),
        volume=draw.uniform(0.1, 1.0),
        pan=draw.uniform(-1, 1),
        duck=draw.choice((None, Ducking(depth_db=depth, attack_ms=attack, release_ms=release))),
    )


def between_silences(samples: Samples, rate: int) -> np.ndarray:
    return np.pad(samples, ((rate // 20, rate // 20), (0, 0)))


@pytest.mark.parametrize("seed", range(30))
async def test_a_scene_drawn_at_random_has_no_click(road, seed):
    scene = drawn(seed)
    async with road(Humming()) as kernel:
        audio, _ = await kernel.render(scene)
    assert np.abs(audio.samples).max() > 0.01
    assert clicks(between_silences(audio.samples, audio.rate), audio.rate, THRESHOLD) == []


@pytest.mark.parametrize("seed", range(5))
async def test_the_meter_finds_a_click_put_into_such_a_scene(road, seed):
    """Thirty frames are lost where something sounds."""
    async with road(Humming()) as kernel:
        audio, _ = await kernel.render(drawn(seed))
    sound = audio.samples
    loud = np.flatnonzero(np.abs(sound).max(axis=1) > 0.5 * np.abs(sound).max())
    at = int(loud[len(loud) // 2])
    broken = np.delete(sound, slice(at, at + 30), axis=0)
    found = clicks(between_silences(broken, audio.rate), audio.rate, THRESHOLD)
    assert any(abs(click.frame - audio.rate // 20 - at) < audio.rate // 100 for click in found)
