"""Edges in the middle of a wave are ramped where a track asks for it; sound that begins by itself is left alone."""

from __future__ import annotations

import numpy as np
import pytest

from mixdown_kernel import MixingBackend, Samples, Track

from .sounds import RATE, mixed, tone

DECLICK = RATE // 200


def cut(**members: float) -> Track:
    """A track with the ramp."""
    return Track("a", declick=DECLICK, **members)


def cosine(frames: int) -> Samples:
    return (0.5 * np.cos(2 * np.pi * 220 * np.arange(frames) / RATE)).astype(np.float32)[:, None]


def alone(
    mixing: MixingBackend, track: Track, sound: Samples, end: int | None = None, size: int = 480
) -> Samples:
    mixer = mixing.mixer(RATE, 1)
    mixer.add(track)
    if end is not None:
        mixer.end_at(track.id, end)
    return mixed(mixer, {track.id: sound}, size)


def test_a_start_at_full_level_is_ramped(mixing: MixingBackend) -> None:
    sound = cosine(RATE)
    mix = alone(mixing, cut(), sound)
    assert abs(mix[0, 0]) < 1e-4
    assert np.all(np.abs(mix[:DECLICK]) <= np.abs(sound[:DECLICK]))
    assert np.array_equal(mix[DECLICK:], sound[DECLICK:])


def test_a_start_at_zero_keeps_its_attack(mixing: MixingBackend) -> None:
    drum = tone(RATE, 180) * np.exp(-np.arange(RATE) / 2000)[:, None].astype(np.float32)
    assert np.array_equal(alone(mixing, cut(), drum), drum)


def test_a_cut_end_is_ramped(mixing: MixingBackend) -> None:
    end, sound = 20_123, cosine(RATE)
    mix = alone(mixing, cut(), sound, end)
    assert abs(mix[end - 1, 0]) < 1e-4
    assert not mix[end:].any()
    assert np.array_equal(mix[DECLICK : end - DECLICK], sound[DECLICK : end - DECLICK])


def test_a_longer_fade_is_left_as_it_is(mixing: MixingBackend) -> None:
    sound = cosine(RATE)
    faded = alone(mixing, Track("a", fade_in=4800, fade_out=4800), sound, RATE)
    assert np.array_equal(alone(mixing, cut(fade_in=4800, fade_out=4800), sound, RATE), faded)


def test_without_it_nothing_is_touched(mixing: MixingBackend) -> None:
    sound = cosine(RATE)
    assert np.array_equal(alone(mixing, Track("a"), sound), sound)


@pytest.mark.parametrize("size", [960, 4800, 48_000])
def test_the_block_size_does_not_change_a_bit(mixing: MixingBackend, size: int) -> None:
    sound = np.concatenate([np.zeros((1001, 1), np.float32), cosine(RATE)])
    track = cut(start=1001, gain=0.7)
    assert np.array_equal(alone(mixing, track, sound, 30_011, size), alone(mixing, track, sound, 30_011))
