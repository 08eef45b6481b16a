"""Ducking: how deep, how fast, and how calm a bed steps back while a key track sounds."""

import numpy as np
import pytest

from mixdown_kernel import Duck, MixingBackend, Samples, Track

from .sounds import RATE, mixed, tone

DUCK = Duck(depth_db=-12, attack_ms=30, release_ms=400, threshold_db=-40)
DEPTH = 10 ** (-12 / 20)


def bed_gain(mixing: MixingBackend, key: Samples, *, gain: float = 1.0, duck: Duck = DUCK) -> Samples:
    """The gain that a bed of ones gets beside ``key``."""
    mixer = mixing.mixer(RATE, 1)
    mixer.add(Track("key", gain=gain, is_key=True))
    mixer.add(Track("bed", duck=duck))
    inputs = {"key": key, "bed": np.ones_like(key)}
    blocks = []
    for start in range(0, key.shape[0], 4800):
        part = {name: x[start : start + 4800] for name, x in inputs.items()}
        blocks.append(mixer.process(part, part["key"].shape[0], parts=True).parts["bed"])
    return np.concatenate(blocks)[:, 0]


def speech(on: list[tuple[float, float]], seconds: float) -> Samples:
    key = tone(int(seconds * RATE), 220)
    sounding = np.zeros(key.shape[0], bool)
    for start, end in on:
        sounding[int(start * RATE) : int(end * RATE)] = True
    return key * sounding[:, None]


def test_the_depth_is_reached_and_left_again(mixing: MixingBackend) -> None:
    gain = bed_gain(mixing, speech([(1, 2)], 4))
    assert np.all(gain[: int(0.98 * RATE)] == 1)
    assert np.allclose(gain[int(1.2 * RATE) : int(2 * RATE)], DEPTH, rtol=1e-6)
    assert np.all(gain[int(3.5 * RATE) :] == 1)


def test_attack_and_release_take_the_time_asked_for(mixing: MixingBackend) -> None:
    gain_db = 20 * np.log10(bed_gain(mixing, speech([(1, 2)], 5)))
    nearly_down = np.flatnonzero(gain_db < -12 * 0.95)
    assert nearly_down[0] / RATE == pytest.approx(1.03, abs=0.011)
    nearly_up = np.flatnonzero(gain_db[2 * RATE :] > -12 * 0.05)
    assert nearly_up[0] / RATE == pytest.approx(0.2 + 0.4, abs=0.021)


def test_it_does_not_rise_between_syllables(mixing: MixingBackend) -> None:
    syllables = [(1 + 0.3 * k, 1.15 + 0.3 * k) for k in range(10)]
    gain = bed_gain(mixing, speech(syllables, 6))
    assert np.ptp(gain[int(1.2 * RATE) : int(3.8 * RATE)]) < 1e-6


def test_it_holds_through_what_is_a_little_softer_than_the_threshold(mixing: MixingBackend) -> None:
    key = speech([(0, 3)], 3)
    key[RATE:] *= np.float32(0.007 / 0.5)  # -43 dBFS: below the threshold, above its hysteresis
    assert np.allclose(bed_gain(mixing, key)[RATE:], DEPTH, rtol=1e-6)
    assert np.all(bed_gain(mixing, key[RATE:]) == 1)


def test_the_way_down_and_up_has_no_step(mixing: MixingBackend) -> None:
    gain = bed_gain(mixing, speech([(0.5, 1), (1.7, 2.2)], 4))
    assert np.abs(np.diff(gain)).max() < 1.0 / 480


def test_a_key_turned_down_pushes_nothing(mixing: MixingBackend) -> None:
    assert np.all(bed_gain(mixing, speech([(0, 1)], 2), gain=0.01) == 1)


def test_a_key_that_ducks_listens_to_others_only(mixing: MixingBackend) -> None:
    mixer = mixing.mixer(RATE, 1)
    for name in ("first", "second"):
        mixer.add(Track(name, is_key=True, duck=DUCK if name == "second" else None))
    loud, quiet = tone(RATE, 220), np.zeros((RATE, 1), np.float32)
    alone = mixer.process({"first": quiet, "second": loud}, RATE, parts=True).parts["second"]
    assert np.array_equal(alone, loud)
    under = mixer.process({"first": loud, "second": loud}, RATE, parts=True).parts["second"]
    assert np.allclose(under[RATE // 2 :], DEPTH * loud[RATE // 2 :], rtol=1e-6)


def test_beds_with_the_same_parameters_move_together(mixing: MixingBackend) -> None:
    mixer = mixing.mixer(RATE, 2)
    mixer.add(Track("key", is_key=True))
    mixer.add(Track("a", duck=DUCK))
    mixer.add(Track("b", duck=Duck(depth_db=-12, attack_ms=30, release_ms=400)))
    ones = np.ones((RATE, 1), np.float32)
    parts = mixer.process({"key": tone(RATE, 220), "a": ones, "b": ones}, RATE, parts=True).parts
    assert np.array_equal(parts["a"], parts["b"])
    assert parts["a"].min() < 0.3


def test_ducking_goes_on_while_the_ducked_track_is_away(mixing: MixingBackend) -> None:
    mixer = mixing.mixer(RATE, 1)
    mixer.add(Track("key", is_key=True))
    mixer.add(Track("bed", duck=DUCK))
    mixer.process({"key": tone(RATE, 220)}, RATE)
    mix = mixed(mixer, {"bed": np.ones((480, 1), np.float32)}, 480)
    assert np.allclose(mix, DEPTH, rtol=1e-6)
