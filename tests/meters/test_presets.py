"""Presets of levels: what the meter simulates, and what the presets promise."""

from __future__ import annotations

import numpy as np
import pytest
from meters.levels import loudness
from meters.presets import LEAD, RATE, TAIL, mixed, phone

from mixdown_api.scenes.layers import Background, Music
from mixdown_api.scenes.levels import PRESETS, levels
from mixdown_kernel import Ducking

from .materials import pink


def tone(hertz: float) -> np.ndarray:
    wave = 0.1 * np.sin(2 * np.pi * hertz * np.arange(RATE) / RATE)
    return np.stack([wave, wave], axis=1).astype(np.float32)


def harmonic_share(sound: np.ndarray, hertz: int) -> float:
    spectrum = np.abs(np.fft.rfft(sound[RATE // 2 :])) ** 2
    return float(1 - spectrum[hertz // 2 - 2 : hertz // 2 + 3].sum() / spectrum[10:].sum())


def test_a_phone_passes_speech_and_little_below_it():
    both = [np.sqrt(np.mean(np.square(phone(tone(1000) + tone(hertz))[RATE // 2 :]))) for hertz in (60, 1500)]
    alone = np.sqrt(np.mean(np.square(phone(tone(1000))[RATE // 2 :])))
    assert both[0] == pytest.approx(alone, rel=0.02)
    assert both[1] != pytest.approx(alone, rel=0.02)


def test_a_phone_clips_a_little_and_is_mono():
    assert 1e-4 < harmonic_share(phone(tone(1000)), 1000) < 0.1
    opposed = tone(1000) * np.array([1, -1], np.float32)
    assert np.abs(phone(opposed)).max() == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("name", PRESETS)
def test_the_voice_stands_above_the_beds(name):
    """All at -20 LUFS, as backends deliver; without ducking the volumes alone give the figures of the decision."""
    rng = np.random.default_rng(0)
    sounds = [pink(8 * RATE, rng) for _ in range(5)]
    voice, *sides = (0.1 * sound / 10 ** ((loudness(0.1 * sound, RATE) + 20) / 20) for sound in sounds)
    background, music = (np.stack(pair, axis=1).astype(np.float32) * 0.7 for pair in (sides[:2], sides[2:]))
    voice = voice[: 4 * RATE].astype(np.float32)
    parts = mixed(voice, background, music, PRESETS[name])
    speech = slice(LEAD, LEAD + len(voice))
    beds = parts["background"] + parts["music"]
    over = loudness(parts["voice"][speech], RATE) - loudness(beds[speech], RATE)
    assert over > {"voice_first": 20, "balanced": 14, "bed_first": 9}[name]
    assert loudness(beds[-TAIL // 2 :], RATE) > loudness(beds[speech], RATE) + 0.5  # they come back


def test_presets_go_from_voice_to_beds():
    rows = [PRESETS[name] for name in ("voice_first", "balanced", "bed_first")]
    assert [row.background for row in rows] == sorted(row.background for row in rows)
    assert [row.music for row in rows] == sorted(row.music for row in rows)


def test_balanced_are_the_defaults():
    balanced = levels(None)
    assert (balanced.background, balanced.music) == (Background().volume, Music().volume)
    assert balanced.music_ducking == Ducking()
    assert balanced.background_ducking is None
