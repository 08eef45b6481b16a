"""The click meter finds what was broken on purpose, and leaves what is whole alone."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from meters.clicks import clicks

from .materials import RATE, Signal, drums, pad, pink, rain, vowels

CLEAN: dict[str, Callable[[], Signal]] = {
    "pad": lambda: pad(8),
    "drums": lambda: drums(8),
    "drums on a pad": lambda: drums(8) + pad(8),
    "rain": lambda: rain(8),
    "white noise": lambda: 0.1 * np.random.default_rng(0).standard_normal(8 * RATE),
    "vowels": lambda: vowels(8),
    "high vowels": lambda: vowels(8, hertz=220),
}
SPOTS = np.arange(1, 15) * (RATE // 2) + 1234


def step(sound: Signal, at: int) -> Signal:
    """The rest of the sound lies 0.05 higher and sinks back within 50 ms."""
    sound = sound.copy()
    sound[at : at + RATE // 20] += np.linspace(0.05, 0, RATE // 20)
    return sound


def impulse(sound: Signal, at: int) -> Signal:
    sound = sound.copy()
    sound[at] += 0.1
    return sound


def dropped(sound: Signal, at: int) -> Signal:
    """7.3 ms are gone."""
    return np.concatenate([sound[:at], sound[at + 350 :]])


def gap(sound: Signal, at: int) -> Signal:
    sound = sound.copy()
    sound[at : at + 240] = 0
    return sound


def repeat(sound: Signal, at: int) -> Signal:
    sound = sound.copy()
    sound[at : at + 960] = sound[at - 960 : at]
    return sound


def recall(sound: Signal, damage: Callable[[Signal, int], Signal]) -> float:
    """The share of damaged spots that were found to a millisecond, each in a sound of its own."""
    around = RATE // 2
    hits = 0
    for spot in SPOTS:
        found = clicks(damage(sound[spot - around : spot + around], around), RATE)
        hits += any(abs(click.frame - around) <= RATE // 1000 for click in found)
    return hits / len(SPOTS)


@pytest.mark.parametrize("name", CLEAN)
def test_no_false_alarm(name):
    assert clicks(CLEAN[name](), RATE) == []


@pytest.mark.parametrize("damage", [step, impulse, dropped, gap, repeat])
def test_every_break_in_a_pad_is_found(damage):
    assert recall(pad(8), damage) == 1


@pytest.mark.parametrize("damage", [gap, repeat])
@pytest.mark.parametrize("name", ["rain", "white noise", "vowels"])
def test_gaps_and_repeats_are_found_everywhere(name, damage):
    assert recall(CLEAN[name](), damage) >= 0.9


def test_an_impulse_in_speech_is_found_where_it_can_be_heard():
    assert recall(vowels(8), impulse) >= 0.8


def test_the_place_is_exact():
    sound = step(pad(2), 50_001)
    assert [click.frame for click in clicks(sound, RATE)] == [50_001]


def test_a_break_in_one_channel_is_found():
    stereo = np.stack([pad(2), step(pad(2, seed=1), 30_000)], axis=1)
    assert [(click.channel, click.kind) for click in clicks(stereo, RATE)] == [(1, "jump")]


def test_a_naively_cut_loop_clicks_and_a_whole_one_does_not():
    time = np.arange(RATE) / RATE
    whole, cut = np.sin(2 * np.pi * 440 * time), np.sin(2 * np.pi * 440.3 * time)
    assert clicks(0.3 * np.tile(whole, 2), RATE) == []
    assert [click.frame for click in clicks(0.3 * np.tile(cut, 2), RATE)] == [RATE]


def test_noise_masks_a_splice():
    """What cannot be heard is not reported."""
    assert recall(0.1 * pink(8 * RATE, np.random.default_rng(1)), dropped) <= 0.1


@pytest.mark.parametrize("frames", [0, 1, 100, 2000])
def test_short_sounds(frames):
    assert clicks(np.zeros((frames, 2)), RATE) == []
